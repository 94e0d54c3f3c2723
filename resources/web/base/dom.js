// Elements, made in one line each.

import { say, sayAs } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

// `says`: a sentence as its text; `called`: a sentence as its tooltip and accessible name; `hints`: as placeholder;
// `values`: of these sentences; `on`: listeners; `attrs`: attributes; `data`: data-attributes; the rest are properties.
export function el(
  tag,
  { says, called, hints, values, on = {}, attrs = {}, data = {}, ...properties } = {},
  ...children
) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  for (const [name, value] of Object.entries(attrs)) if (value !== null) element.setAttribute(name, value);
  Object.assign(element.dataset, data);
  if (says) say(element, says, values);
  if (called) sayAs(sayAs(element, "title", called, values), "aria-label", called, values);
  if (hints) sayAs(element, "placeholder", hints, values);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function svg(tag, attrs = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

let made = 0;

// A name for `id` and `for`, the only one of it.
export const uniqueId = (prefix = "x") => `${prefix}-${(made += 1)}`;
