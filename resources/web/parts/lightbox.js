// One picture over the whole page. Left and right go to the next ones, Esc or a click beside it closes.

import { el } from "../base/dom.js";
import { mark } from "../base/words.js";
import { iconButton } from "./buttons.js";

// `shots`: [{ title, image() }], `title` in the person's language, `image()` a new <img>; opens at `place`.
export function lightbox(shots, place, onClose = () => {}) {
  const title = el("strong", { className: "cut", id: "shot", attrs: { "aria-live": "polite" } });
  const frame = el("div", { className: "shot", on: { click: ({ target }) => target === frame && dialog.close() } });
  const back = iconButton(mark("Picture before (Left)"), "caret-left", () => step(-1));
  const on = iconButton(mark("Next picture (Right)"), "caret-right", () => step(1));
  const leave = iconButton(mark("Close (Esc)"), "x", () => dialog.close());
  const bar = el("div", { className: "bar" }, title, el("span", { className: "space" }), back, on, leave);
  const gone = () => (dialog.remove(), onClose(place));
  const dialog = el(
    "dialog",
    { className: "lightbox", attrs: { "aria-labelledby": "shot" }, on: { close: gone, keydown: walk } },
    bar,
    frame,
  );

  function show(at) {
    place = at;
    title.textContent = shots[at].title;
    const image = shots[at].image();
    image.alt = shots[at].title;
    frame.replaceChildren(image);
    back.disabled = at === 0;
    on.disabled = at === shots.length - 1;
  }

  const step = (by) => shots[place + by] && show(place + by);

  function walk(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    event.stopPropagation(); // what is below has keys of its own
    if (!by) return;
    event.preventDefault();
    step(by);
  }

  show(place);
  document.body.append(dialog);
  dialog.showModal();
  leave.focus();
}
