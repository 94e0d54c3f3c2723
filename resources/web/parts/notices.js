// What has come of things: told for four seconds, alarms until somebody has answered, and kept in the bell's list.

import { el } from "../base/dom.js";
import { dateTime } from "../base/format.js";
import { mark, sayAs, t } from "../base/words.js";
import { button, iconButton } from "./buttons.js";

const SHOWN_MS = 4000;
const MOST_KEPT = 200;
const kept = [];
const stack = el("div", { className: "toasts", attrs: { role: "status", "aria-live": "polite" } });
const alarms = el("div", { className: "toasts", attrs: { role: "alert" } });
const list = el("ul", { className: "notices" });
const count = el("span", { className: "badge", hidden: true });
let unseen = 0;

export const toasts = el("div", { className: "corner" }, alarms, stack);

// `says` is translated; `action`: { says, run } beside it. Gives a function that takes it away.
export const done = (says, values, action) => tell("info", t(says, values), action);
export const warn = (says, values, action) => tell("warning", t(says, values), action);
export const alarm = (says, values, action) => tell("alarm", t(says, values), action);

// A sentence of the station's: a refusal, or what went wrong without anybody asking.
export function failed(error) {
  if (error.name !== "AbortError") tell("warning", error.message);
}

// `severity`: info, warning or alarm; `text` in the person's language already.
export function tell(severity, text, action = null) {
  remember({ severity, text, at: new Date().toISOString() });
  const shown = el("div", { className: "toast", data: { severity } }, el("p", { textContent: text }));
  const leave = () => shown.remove();
  if (action) shown.append(button(action.says, () => (leave(), action.run()), { look: "link" }));
  if (severity === "alarm") shown.append(button(mark("Understood"), leave, { look: "link" }));
  else wait(shown, leave);
  (severity === "alarm" ? alarms : stack).append(shown);
  return leave;
}

// As long as somebody points at it, it stays.
function wait(shown, leave) {
  let timer = setTimeout(leave, SHOWN_MS);
  shown.addEventListener("pointerenter", () => clearTimeout(timer));
  shown.addEventListener("pointerleave", () => (timer = setTimeout(leave, SHOWN_MS)));
  shown.addEventListener("focusin", () => clearTimeout(timer));
}

function remember(notice) {
  kept.unshift(notice);
  kept.length = Math.min(kept.length, MOST_KEPT);
  unseen += 1;
  count.hidden = false;
  count.textContent = unseen > 99 ? "99+" : unseen;
  if (list.isConnected) showList();
}

export function forgetNotices() {
  kept.length = unseen = 0;
  count.hidden = true;
  alarms.replaceChildren();
  stack.replaceChildren();
}

function showList() {
  unseen = 0;
  count.hidden = true;
  const rows = kept.map(({ severity, text, at }) =>
    el(
      "li",
      { data: { severity } },
      el("time", { className: "muted", dateTime: at, textContent: dateTime(at, true) }),
      el("p", { textContent: text }),
    ),
  );
  list.replaceChildren(
    ...(rows.length
      ? rows
      : [el("li", { className: "muted", says: mark("Nothing has been told since the page was opened.") })]),
  );
}

// The bell, with how many notices nobody has seen yet; it opens their list.
export function bell() {
  const panel = el("section", { className: "popover", hidden: true }, el("h2", { says: mark("Notices") }), list);
  const press = iconButton(mark("Notices"), "bell", () => open(panel.hidden), { attrs: { "aria-expanded": "false" } });
  const open = (wanted) => {
    panel.hidden = !wanted;
    press.setAttribute("aria-expanded", wanted);
    if (wanted) showList();
    document[wanted ? "addEventListener" : "removeEventListener"]("pointerdown", beside);
  };
  const beside = ({ target }) => holder.contains(target) || open(false);
  const holder = el("div", { className: "holder" }, press, count, panel);
  holder.addEventListener("keydown", ({ key }) => key === "Escape" && (open(false), press.focus()));
  holder.addEventListener(
    "focusout",
    ({ relatedTarget }) => relatedTarget && !holder.contains(relatedTarget) && open(false),
  );
  sayAs(list, "aria-label", mark("Notices"));
  return holder;
}
