// A list of things with a tick each: searched, all or none at once, counted.

import { el } from "../base/dom.js";
import { mark, say, sayAs } from "../base/words.js";
import { button } from "./buttons.js";
import { searchField } from "./head.js";

// `choices`: [{ id, name, colour }], `colour` a CSS colour or none; `onChange()` tells that somebody ticked something.
// Its element has the ticked ids as `value`, in the list's order, and fits into field().
export class CheckList {
  constructor(called, { onChange = () => {} } = {}) {
    Object.assign(this, { onChange, lines: [], wanted: "" });
    this.list = el("div", { className: "choices", attrs: { role: "group" } });
    this.count = el("small", { className: "muted" });
    this.all = button(mark("All"), () => this.tickShown(true), { look: "link" });
    this.none = button(mark("None"), () => this.tickShown(false), { look: "link" });
    const above = el(
      "div",
      { className: "bar" },
      searchField((text) => this.search(text)),
      this.all,
      this.none,
    );
    this.element = el("div", { className: "check-list", tabIndex: -1 }, above, this.list, this.count);
    sayAs(this.list, "aria-label", called);
    Object.defineProperty(this.element, "value", { get: () => this.checked });
  }

  get checked() {
    return this.lines.filter(({ box }) => box.checked).map(({ id }) => id);
  }

  get allChecked() {
    return this.lines.every(({ box }) => box.checked);
  }

  // What was ticked stays so, where it is still there.
  show(choices) {
    const before = new Set(this.checked);
    this.lines = choices.map((choice) => this.line(choice, before.has(choice.id)));
    this.list.replaceChildren(...this.lines.map(({ element }) => element));
    this.search(this.wanted);
    this.tell();
  }

  // Without a word to anybody.
  check(ids) {
    const wanted = new Set(ids);
    for (const { id, box } of this.lines) box.checked = wanted.has(id);
    this.tell();
  }

  // Else it only shows.
  setEditable(yes) {
    this.all.hidden = this.none.hidden = !yes;
    for (const { box } of this.lines) box.disabled = !yes;
  }

  line({ id, name, colour }, checked) {
    const box = el("input", { type: "checkbox", checked, on: { change: () => this.changed() } });
    const swatch = colour ? el("i", { className: "swatch" }) : null;
    swatch?.style.setProperty("background", colour);
    const element = el("label", {}, box, swatch, el("span", { className: "cut", textContent: name, title: name }));
    return { id, name, box, element };
  }

  search(text) {
    this.wanted = text;
    for (const { name, element } of this.lines) element.hidden = !name.toLowerCase().includes(text);
  }

  tickShown(on) {
    for (const { box, element } of this.lines) if (!element.hidden) box.checked = on;
    this.changed();
    this.element.dispatchEvent(new Event("input", { bubbles: true }));
  }

  changed() {
    this.tell();
    this.onChange();
  }

  tell() {
    say(this.count, mark("{count} of {total} chosen"), { count: this.checked.length, total: this.lines.length });
  }
}
