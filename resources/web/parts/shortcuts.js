// What keys do on every page, and their list.

import { el } from "../base/dom.js";
import { keep, kept } from "../base/keep.js";
import { mark } from "../base/words.js";
import { button } from "./buttons.js";
import { tick } from "./form.js";

const OFF = "keys-off";
const TYPED_IN = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
const ALWAYS = [
  ["Tab", mark("Go to the next button or field")],
  ["↑ ↓", mark("Go from row to row, from tile to tile")],
  ["Esc", mark("Close what is open")],
  ["Enter", mark("On the wall: show the tile alone, or all again")],
  ["Ctrl ← ↑ → ↓", mark("On the wall: move the tile")],
  [", .", mark("In a video: one frame back or on")],
  ["[ ]", mark("In a video: slower or faster")],
];
let all = [];

// `made`: { key, says, values?, run() }. Single keys do nothing where somebody types, and none at all where the person
// wants none: speech and switch software presses keys that nobody means. Gives a function that takes them away.
export function shortcuts(made) {
  all = [...all, ...made];
  return () => (all = all.filter((one) => !made.includes(one)));
}

addEventListener("keydown", (event) => {
  const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing && !event.defaultPrevented;
  const isBusy =
    event.target.closest?.(`${TYPED_IN}, [role=menu]`) || document.querySelector("dialog[open], body.bare");
  if (!isPlain || isBusy || kept(OFF)) return;
  const wanted = all.find(({ key }) => key === event.key);
  if (!wanted) return;
  event.preventDefault();
  wanted.run();
});

export function showShortcuts() {
  const rows = [...all.map(({ key, says, values }) => [key, says, values]), ...ALWAYS];
  const list = el(
    "dl",
    { className: "keys" },
    ...rows.flatMap(([key, says, values]) => [el("dt", {}, ...keysOf(key)), el("dd", { says, values })]),
  );
  const wish = tick(mark("Use single keys"), !kept(OFF));
  wish.input.addEventListener("change", () => keep(OFF, !wish.value));
  const close = button(mark("Close"), () => dialog.close(), { look: "primary" });
  const dialog = el(
    "dialog",
    { className: "question", attrs: { "aria-labelledby": "shortcuts" }, on: { close: () => dialog.remove() } },
    el("h2", { id: "shortcuts", says: mark("Keyboard shortcuts") }),
    list,
    wish.element,
    el("div", { className: "actions" }, close),
  );
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}

const keysOf = (key) => key.split(" ").map((one) => el("kbd", { textContent: one }));
