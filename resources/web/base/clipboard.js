// The clipboard.

import { el } from "./dom.js";

// True where it is copied. Over plain http browsers have no clipboard to offer, but an old way to it.
export async function copy(text) {
  if (navigator.clipboard)
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  const before = document.activeElement;
  const area = el("textarea", { className: "hidden-text", value: text, readOnly: true });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  before?.focus();
  return copied;
}
