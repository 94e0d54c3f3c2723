// The text of a log: coloured by level, following its end until somebody scrolls up, with every match marked.

import { el } from "../base/dom.js";
import { dateTime } from "../base/format.js";
import { mark, say, sayAs, t } from "../base/words.js";
import { button } from "./buttons.js";

const WORDS = { DEBUG: mark("Debug"), INFO: mark("Info"), WARNING: mark("Warning"), ERROR: mark("Error") };
const NEAR_END = 8;

export class LogText {
  // `onFound(current, total)`: which match is shown, of how many.
  constructor({ onFound }) {
    Object.assign(this, { onFound, wanted: "", current: -1, waiting: [] });
    this.lines = el("div", {
      className: "lines",
      tabIndex: 0,
      attrs: { role: "log", "aria-live": "off" },
      on: { scroll: () => this.scrolled() },
    });
    sayAs(this.lines, "aria-label", mark("Log"));
    this.nothing = el("p", { className: "muted", hidden: true });
    this.newer = button(mark("New lines: {count}"), () => this.toEnd(), {
      glyph: "arrow-down",
      look: "primary",
      values: { count: 0 },
      hidden: true,
    });
    this.element = el("div", { className: "log-text" }, this.lines, this.nothing, this.newer);
  }

  // These and no others, at their end.
  show(entries) {
    this.hold([]);
    this.lines.replaceChildren(...entries.map((entry) => this.line(entry)));
    this.lines.scrollTop = this.lines.scrollHeight;
    this.find();
  }

  // Below the others; out of sight until somebody who reads further up comes back to the end.
  add(entries, most) {
    if (!entries.length) return;
    if (!this.atEnd || this.waiting.length) return this.hold([...this.waiting, ...entries].slice(-most));
    this.lines.append(...entries.map((entry) => this.line(entry)));
    while (this.lines.children.length > most) this.lines.firstChild.remove();
    this.lines.scrollTop = this.lines.scrollHeight;
    this.find();
  }

  get atEnd() {
    return this.lines.scrollTop + this.lines.clientHeight >= this.lines.scrollHeight - NEAR_END;
  }

  // And show what has waited.
  toEnd() {
    const waiting = this.waiting;
    this.hold([]);
    this.lines.append(...waiting.map((entry) => this.line(entry)));
    this.lines.scrollTop = this.lines.scrollHeight;
    this.find();
  }

  hold(entries) {
    this.waiting = entries;
    this.newer.hidden = !entries.length;
    say(this.newer.querySelector("span"), mark("New lines: {count}"), { count: entries.length });
  }

  scrolled() {
    if (this.waiting.length && this.atEnd) this.toEnd();
  }

  // What stands there where there is no line.
  tellNothing(text) {
    this.nothing.textContent = text;
    this.nothing.hidden = this.lines.children.length > 0;
  }

  selected() {
    const selection = getSelection();
    return this.lines.contains(selection.anchorNode) ? selection.toString() : "";
  }

  line({ at, level, text }) {
    this.nothing.hidden = true;
    const when = el("time", { textContent: at ? dateTime(at, true).slice(5) : "" });
    const line = el(
      "div",
      { data: { level } },
      when,
      el("b", { textContent: t(WORDS[level] ?? level) }),
      el("span", { textContent: text }),
    );
    this.markIn(line.lastChild);
    return line;
  }

  // ---- searching

  // Mark every match, and go to the last one: what is new is what matters in a log.
  search(text) {
    this.wanted = text;
    this.current = -1;
    for (const line of this.lines.children) this.markIn(line.lastChild);
    this.find();
    if (this.matches.length) this.step(-1);
  }

  markIn(span) {
    const text = span.textContent;
    const lower = text.toLowerCase();
    if (!this.wanted || !lower.includes(this.wanted)) {
      if (span.children.length) span.textContent = text;
      return;
    }
    const pieces = [];
    let from = 0;
    for (let at = lower.indexOf(this.wanted); at >= 0; at = lower.indexOf(this.wanted, from)) {
      pieces.push(text.slice(from, at), el("mark", { textContent: text.slice(at, at + this.wanted.length) }));
      from = at + this.wanted.length;
    }
    span.replaceChildren(...pieces, text.slice(from));
  }

  find() {
    this.matches = this.wanted ? [...this.lines.querySelectorAll("mark")] : [];
    this.current = this.matches.findIndex((match) => match.classList.contains("current"));
    this.onFound(this.current + 1, this.matches.length);
  }

  // To the next match, or with -1 to the one before; round at both ends.
  step(by) {
    const total = this.matches.length;
    if (!total) return;
    const from = this.current < 0 && by > 0 ? -1 : Math.max(0, this.current);
    this.matches[this.current]?.classList.remove("current");
    this.current = (from + by + total) % total;
    this.matches[this.current].classList.add("current");
    this.matches[this.current].scrollIntoView({ block: "center" });
    this.onFound(this.current + 1, total);
  }
}
