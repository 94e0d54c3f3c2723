// Tabs: one of several views of the same thing. Left and right go from one to the next.

import { el, uniqueId } from "../base/dom.js";
import { sayAs } from "../base/words.js";

// `called`: of what these are views; `entries`: [[name, sentence]]; `onTurn(name)` tells what a person wants to see.
// Gives { element, panel, show(name) }: the view of the tab that is shown belongs into `panel`.
export function tabs(called, entries, onTurn) {
  const panel = el("div", { className: "tab-panel", id: uniqueId("panel"), attrs: { role: "tabpanel" } });
  const buttons = entries.map(([name, says]) => tab(name, says, panel, onTurn));
  const element = el(
    "div",
    { className: "tabs", attrs: { role: "tablist" }, on: { keydown: (event) => walk(event, buttons) } },
    ...buttons,
  );
  sayAs(element, "aria-label", called);
  const show = (name) => {
    for (const button of buttons) choose(button, button.dataset.tab === name);
    panel.setAttribute("aria-labelledby", buttons.find(({ dataset }) => dataset.tab === name).id);
  };
  return { element, panel, show };
}

function tab(name, says, panel, onTurn) {
  const attrs = { role: "tab", "aria-controls": panel.id };
  return el("button", {
    type: "button",
    id: uniqueId("tab"),
    says,
    attrs,
    data: { tab: name },
    on: { click: () => onTurn(name) },
  });
}

function choose(button, chosen) {
  button.setAttribute("aria-selected", chosen);
  button.tabIndex = chosen ? 0 : -1;
}

function walk(event, buttons) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = buttons.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  const next = buttons[(at + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
}
