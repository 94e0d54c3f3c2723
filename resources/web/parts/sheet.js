// The sheet at the side: details and forms beside the table that they belong to, not over it. One at a time.

import { el, uniqueId } from "../base/dom.js";
import { mark, t } from "../base/words.js";
import { ask } from "./ask.js";
import { iconButton } from "./buttons.js";

let shown = null;

// `title`: an element or a sentence; `body`: an element; `onClose()` once it is gone; `dirty()`: whether something
// typed would be lost, `form`: what the question calls it. `wide`: for videos and logs.
export function openSheet({ title, values, body, onClose = () => {}, dirty = () => false, wide = false }) {
  shown?.shut();
  const id = uniqueId("sheet");
  const heading = typeof title === "string" ? el("h2", { id, says: title, values }) : el("h2", { id }, title);
  const opener = document.activeElement === document.body ? null : document.activeElement;
  const sheet = { dirty, heading };
  const element = el(
    "aside",
    { className: wide ? "sheet wide" : "sheet", tabIndex: -1, attrs: { role: "dialog", "aria-labelledby": id } },
    el(
      "div",
      { className: "sheet-head" },
      heading,
      iconButton(mark("Close"), "x", () => sheet.leave()),
    ),
    el("div", { className: "sheet-body" }, body),
  );
  sheet.element = element;
  sheet.shut = () => {
    if (shown !== sheet) return;
    shown = null;
    element.remove();
    onClose();
    (opener?.isConnected ? opener : document.getElementById("content"))?.focus();
  };
  sheet.leave = async () => {
    if (await maySheetClose()) sheet.shut();
  };
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    sheet.leave();
  });
  shown = sheet;
  host.append(element);
  (element.querySelector("[autofocus], input:not([type=hidden], [hidden]), select, textarea") ?? element).focus({
    preventScroll: true,
  });
  return sheet;
}

// Where sheets are put: a part of the shell.
export const host = el("div", { className: "sheets" });

export const shutSheet = () => shown?.shut();

// Whether the sheet may go: asks where something typed would be lost.
export async function maySheetClose() {
  if (!shown?.dirty()) return true;
  return ask({
    title: mark("Discard what you typed?"),
    text: mark("“{form}” is not saved yet."),
    verb: mark("Discard"),
    values: { form: shown.heading.textContent || t(mark("This form")) },
  });
}
