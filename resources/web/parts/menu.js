// A button that opens a short list of actions.

import { el } from "../base/dom.js";
import { icon } from "./icon.js";

// `opener`: the button; `items()`: each { says, glyph, run, danger?, values? }, { note, says } for what is only to be
// read, or null for a line between two groups.
export function menu(opener, items) {
  const list = el("ul", { className: "menu", hidden: true, attrs: { role: "menu" } });
  const holder = el("div", { className: "holder" }, opener, list);
  opener.setAttribute("aria-haspopup", "menu");
  const beside = ({ target }) => holder.contains(target) || close();
  const close = (focus = false) => {
    document.removeEventListener("pointerdown", beside);
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (focus) opener.focus();
  };
  const open = () => {
    list.replaceChildren(
      ...items().map((item) =>
        item ? entry(item, close) : el("li", { className: "apart", attrs: { role: "separator" } }),
      ),
    );
    list.hidden = false;
    document.addEventListener("pointerdown", beside);
    opener.setAttribute("aria-expanded", "true");
    list.querySelector("button")?.focus();
  };
  opener.addEventListener("click", () => (list.hidden ? open() : close()));
  holder.addEventListener("keydown", (event) => walk(event, list, close));
  holder.addEventListener(
    "focusout",
    ({ relatedTarget }) => relatedTarget && !holder.contains(relatedTarget) && close(),
  );
  close();
  return holder;
}

function entry({ note, says, glyph, run, danger = false, values }, close) {
  if (note)
    return el(
      "li",
      { className: "note", attrs: { role: "none" } },
      el("strong", { textContent: note }),
      el("small", { className: "muted", says }),
    );
  const press = () => {
    close(true);
    run();
  };
  const name = el("span", { says, values });
  const look = danger ? "danger" : "";
  const button = el(
    "button",
    { type: "button", className: look, attrs: { role: "menuitem" }, on: { click: press } },
    glyph ? icon(glyph) : null,
    name,
  );
  return el("li", { attrs: { role: "none" } }, button);
}

function walk(event, list, close) {
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (event.key === "Escape" && !list.hidden) {
    event.stopPropagation();
    close(true);
  } else if (to !== undefined && !list.hidden) {
    event.preventDefault();
    buttons.at(to % buttons.length)?.focus();
  }
}
