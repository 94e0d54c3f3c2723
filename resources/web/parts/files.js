// Files to and from the person's machine.

import { el } from "../base/dom.js";

// Gives a Blob to the browser to keep.
export function saveFile(blob, name) {
  const href = URL.createObjectURL(blob);
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // the browser reads it in its own time
}

// Asks for files, and hands them over. `accept`: endings, as ".csv,.txt".
export function chooseFiles(accept, taken, { many = false } = {}) {
  const input = el("input", { type: "file", accept, multiple: many, on: { change: () => taken([...input.files]) } });
  input.click();
}
