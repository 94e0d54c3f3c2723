// Elements, made in one line each.

import { say } from "./words.js";

export function el(tag, { says, on = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  if (says) say(element, says);
  element.append(...children);
  return element;
}

export function show(...children) {
  document.body.replaceChildren(...children);
}
