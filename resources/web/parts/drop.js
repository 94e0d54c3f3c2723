// A place to drop a file, with a button for those who would rather choose it.

import { el } from "../base/dom.js";
import { size } from "../base/format.js";
import { mark } from "../base/words.js";
import { button } from "./buttons.js";

// `hint`: what may be dropped; `accept`: endings, ".mp4,.mov"; `onChoose(file)`. Its element has the chosen File as
// `value`, null before, and fits into field(). `take(file)`: as if it had been dropped.
export function drop(hint, accept, onChoose = () => {}) {
  const input = el("input", {
    type: "file",
    accept,
    hidden: true,
    tabIndex: -1,
    on: { change: () => take(input.files[0]) },
  });
  const name = el("strong", { className: "cut" });
  const choose = button(mark("Choose file"), () => input.click());
  const element = el(
    "div",
    { className: "drop", tabIndex: -1 },
    el("p", { className: "muted", says: hint }),
    name,
    choose,
    input,
  );
  let file = null;

  function take(chosen) {
    if (!chosen) return;
    file = chosen;
    name.textContent = `${chosen.name} · ${size(chosen.size)}`;
    name.title = chosen.name;
    element.dispatchEvent(new Event("input", { bubbles: true }));
    onChoose(chosen);
  }

  Object.defineProperty(element, "value", { get: () => file });
  takeDrops(element, take);
  return { element, take, focus: () => choose.focus() };
}

// A file that misses its place must not take the place of the page.
addEventListener("dragover", (event) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
});
addEventListener("drop", (event) => event.preventDefault());

// Whatever is dropped on the element: `take(first, all)` of its files, where `wanted()` says that one may.
export function takeDrops(element, take, wanted = () => true) {
  const over = (event) => {
    if (!event.dataTransfer.types.includes("Files") || !wanted()) return;
    event.preventDefault();
    element.classList.add("dropping");
  };
  const leave = ({ relatedTarget }) => element.contains(relatedTarget) || element.classList.remove("dropping");
  element.addEventListener("dragenter", over);
  element.addEventListener("dragover", over);
  element.addEventListener("dragleave", leave);
  element.addEventListener("drop", (event) => {
    element.classList.remove("dropping");
    if (event.defaultPrevented || !event.dataTransfer.files.length || !wanted()) return;
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    take(files[0], files);
  });
}
