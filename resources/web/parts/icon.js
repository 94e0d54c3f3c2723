// Icons of the window's family. Their paths come once, before anything is shown.
//
// The station looks the scripts through for the names that it sends paths for: a name is found as the first argument of
// icon() and glyph(), as the property `glyph`, and as the second argument of iconButton() and tool() behind a mark().

import { svg } from "../base/dom.js";

let paths = {};

export async function loadIcons() {
  const answer = await fetch("/page/icons.json");
  if (answer.ok) paths = await answer.json();
}

// Marks a name that reaches icon() by another way.
export const glyph = (name) => name;

// A glyph by name, decoration only: whatever holds it has the words. `size` in pixels.
export function icon(name, size = 16) {
  if (!(name in paths)) console.warn(`no icon is called ${name}`);
  const path = svg("path", { d: paths[name] ?? "", fill: "currentColor" });
  return svg("svg", { viewBox: "0 0 256 256", width: size, height: size, class: "icon", "aria-hidden": "true" }, path);
}
