// A log that is watched: by level, searched, followed as it grows, copied and saved.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { mark, say, t, whenLanguageChanges } from "../base/words.js";
import { iconButton } from "./buttons.js";
import { saveFile } from "./files.js";
import { searchField } from "./head.js";
import { LogText } from "./log_text.js";
import { done, failed } from "./notices.js";
import { segments } from "./segments.js";

const MOST_LINES = 2000;
const PIECE = 200;
const ACTIVE_MS = 2000;
const REST_MS = 15_000;
const RANKS = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3, CRITICAL: 3 };
const LINE = /^(\S+) +([A-Z]+) +(.*)$/;
const LEVELS = [
  ["0", mark("All")],
  ["1", mark("Info")],
  ["2", mark("Warnings")],
  ["3", mark("Errors")],
];

export class LogView {
  // `path`: of the log in the API; `fileName`: where it is saved; `active()`: whether it may grow.
  constructor(path, fileName, active) {
    Object.assign(this, { path, fileName, active, wasActive: active(), raw: [], entries: [] });
    this.levels = segments(mark("Level"), LEVELS, () => this.showAll());
    this.text = new LogText({ onFound: (current, total) => this.tellFound(current, total) });
    this.element = el(
      "div",
      { className: "log", on: { keydown: (event) => this.press(event) } },
      el("div", {}, this.levels.element),
      this.bar(),
      this.text.element,
    );
    this.forget = whenLanguageChanges(() => this.showAll());
    this.poll();
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    this.forget();
  }

  // Whatever has become of the task is in its log: look at once.
  update() {
    const now = this.active();
    if (now === this.wasActive) return;
    this.wasActive = now;
    this.poll();
  }

  bar() {
    const find = searchField((text) => this.text.search(text), mark("Search the log"));
    this.input = find.querySelector("input");
    this.matches = el("small", { className: "muted matches", attrs: { role: "status" } });
    this.back = iconButton(mark("Match before (Shift+F3)"), "caret-up", () => this.text.step(-1), { disabled: true });
    this.on = iconButton(mark("Next match (F3)"), "caret-down", () => this.text.step(1), { disabled: true });
    const copy = iconButton(mark("Copy the lines shown"), "copy", () => this.copy());
    const save = iconButton(mark("Save the lines shown"), "download-simple", () => this.save());
    return el("div", { className: "bar" }, find, this.matches, this.back, this.on, copy, save);
  }

  press(event) {
    const searching = document.activeElement === this.input;
    if (event.key === "F3" || (searching && event.key === "Enter")) this.text.step(event.shiftKey ? -1 : 1);
    else if (event.key === "f" && (event.ctrlKey || event.metaKey)) this.input.select();
    else if (event.key === "Escape" && searching && this.input.value) {
      this.input.value = "";
      this.text.search("");
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // ---- following: what is new is found by what the last lines were

  async poll() {
    clearTimeout(this.timer);
    if (!document.hidden)
      await this.look().catch((error) => this.entries.length || this.text.tellNothing(error.message));
    clearTimeout(this.timer);
    if (!this.ended) this.timer = setTimeout(() => this.poll(), this.active() ? ACTIVE_MS : REST_MS);
  }

  async look() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const first = !this.raw.length;
    const tail = await this.read(first ? MOST_LINES : PIECE);
    const seen = first ? -1 : overlap(this.raw, tail);
    const all = seen < 0 && !first && tail.length === PIECE ? await this.read(MOST_LINES) : tail;
    if (this.ended || turn !== this.turn) return;
    if (seen < 0) this.replace(all);
    else this.add(tail.slice(seen));
  }

  async read(lines) {
    const { log } = await api.get(`${this.path}?tail=${lines}`);
    return log.split("\n").filter(Boolean);
  }

  replace(lines) {
    const same = this.raw.length > 0 && lines.join("\n") === this.raw.join("\n");
    if (same) return;
    this.raw = lines;
    this.entries = lines.map(entry);
    this.showAll();
  }

  add(lines) {
    if (!lines.length) return;
    this.raw = [...this.raw, ...lines].slice(-MOST_LINES);
    const entries = lines.map(entry);
    this.entries = [...this.entries, ...entries].slice(-MOST_LINES);
    this.count();
    this.text.add(
      entries.filter((one) => this.passes(one)),
      MOST_LINES,
    );
  }

  // ---- showing

  passes({ rank }) {
    return rank >= Number(this.levels.value);
  }

  shown() {
    return this.entries.filter((one) => this.passes(one));
  }

  shownRaw() {
    return this.raw.filter((_, place) => this.passes(this.entries[place]));
  }

  showAll() {
    this.count();
    this.text.show(this.shown());
    this.text.tellNothing(
      t(this.entries.length ? mark("No line of this level.") : mark("Nothing has been logged yet.")),
    );
  }

  count() {
    const from = (least) => this.entries.filter(({ rank }) => rank >= least).length;
    this.levels.count(Object.fromEntries(LEVELS.map(([level]) => [level, from(Number(level))])));
  }

  save() {
    saveFile(new Blob([`${this.shownRaw().join("\n")}\n`], { type: "text/plain" }), this.fileName);
  }

  async copy() {
    const selected = this.text.selected();
    const text = selected || this.shownRaw().join("\n");
    try {
      await navigator.clipboard.writeText(text);
      done(mark("Lines copied: {count}"), { count: text.split("\n").length });
    } catch {
      failed({ message: t(mark("This browser does not let the page copy. Save the lines instead.")) });
    }
  }

  tellFound(current, total) {
    this.back.disabled = this.on.disabled = !total;
    if (total) say(this.matches, mark("{current} of {total}"), { current, total });
    else say(this.matches, this.input.value ? mark("No match") : "");
  }
}

// How many lines of `tail` are the last ones of `known`; -1 where they have none in common.
function overlap(known, tail) {
  const last = known.at(-1);
  for (let count = tail.length; count > 0; count -= 1) {
    if (
      tail[count - 1] === last &&
      known.slice(-count).join("\n") === tail.slice(0, count).slice(-known.length).join("\n")
    )
      return count;
  }
  return -1;
}

function entry(line) {
  const [, at, level, text] = LINE.exec(line) ?? [null, "", "INFO", line];
  return { at, level: level === "CRITICAL" ? "ERROR" : level, rank: RANKS[level] ?? 1, text };
}
