// Buttons: with words, or an icon alone that has its words as tooltip and accessible name.

import { el } from "../base/dom.js";
import { icon } from "./icon.js";

// `glyph`: an icon before the words; `look`: "primary", "quiet", "danger", "link" or none.
export function button(says, onClick, { glyph, look = "", values, ...more } = {}) {
  const label = el("span", { says, values });
  return el(
    "button",
    { type: "button", className: look, on: { click: onClick }, ...more },
    glyph ? picture(glyph) : null,
    label,
  );
}

// Beside others in a line: its icon alone where there is little room.
export function tool(says, glyph, run, more = {}) {
  return button(says, run, { glyph, look: "quiet folding", called: says, ...more });
}

export function iconButton(called, glyph, onClick, { look = "quiet", size = 20, ...more } = {}) {
  return el(
    "button",
    { type: "button", className: `${look} bare`, called, on: { click: onClick }, ...more },
    picture(glyph, size),
  );
}

export function link(says, href, { glyph, values, ...more } = {}) {
  return el("a", { href, ...more }, glyph ? picture(glyph) : null, el("span", { says, values }));
}

function picture(glyph, size = 16) {
  return typeof glyph === "string" ? icon(glyph, size) : glyph;
}
