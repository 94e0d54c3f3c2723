// The uploads that run or were refused, above the cards.

import { el } from "../base/dom.js";
import { size } from "../base/format.js";
import { mark, say } from "../base/words.js";
import { button, iconButton } from "../parts/buttons.js";
import { allUploads, forget, watchUploads } from "./algorithms_uploads.js";

// `again(upload)`: what "Try again" does. Gives { element, end() }.
export function tray(again) {
  const lines = new Map();
  const list = el("ul");
  const element = el(
    "section",
    { className: "tray", attrs: { "aria-live": "off" } },
    el("h2", { says: mark("Uploads") }),
    list,
  );
  const show = () => {
    const uploads = allUploads();
    element.hidden = !uploads.length;
    for (const [one, line] of lines) if (!uploads.includes(one)) (line.element.remove(), lines.delete(one));
    for (const one of uploads) {
      if (!lines.has(one)) lines.set(one, make(one, again, list));
      lines.get(one).show();
    }
  };
  show();
  return { element, end: watchUploads(show) };
}

function make(one, again, list) {
  const { file, name, algorithm } = one;
  const target = algorithm
    ? el("span", { className: "muted cut", says: mark("New version of “{name}”"), values: { name: algorithm.name } })
    : el("span", { className: "muted cut", textContent: name });
  const bar = el("progress", { max: 1, called: mark("Upload progress") });
  const figure = el("small", { className: "muted" });
  const reason = el("p", { className: "problem", attrs: { role: "alert" } });
  const retry = button(mark("Try again"), () => again(one), { look: "link" });
  const cancel = iconButton(mark("Cancel"), "x", () => forget(one));
  const line = el(
    "div",
    { className: "bar" },
    el("strong", { className: "cut", textContent: file.name }),
    target,
    el("span", { className: "space" }),
    figure,
    retry,
    cancel,
  );
  const element = list.appendChild(el("li", {}, line, bar, reason));
  const show = () => {
    const refused = one.state === "refused";
    bar.hidden = refused;
    bar.value = one.total ? one.sent / one.total : 0;
    if (one.state === "waiting") say(figure, mark("Waiting for its turn"));
    else say(figure, refused ? "" : mark("{sent} of {total}"), { sent: size(one.sent), total: size(one.total) });
    retry.hidden = !refused;
    reason.textContent = one.error?.message ?? "";
  };
  return { element, show };
}
