// A camera looked at: its live picture, how it does and since when, and which tasks use it.

import { el } from "../base/dom.js";
import { dateTime } from "../base/format.js";
import { address } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, say } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { stateMark } from "../parts/marks.js";
import { openSheet } from "../parts/sheet.js";
import { hintOf } from "./devices_hints.js";
import { Preview } from "./devices_preview.js";
import { sinceText, stateNow } from "./devices_table.js";
import { tasksOf } from "./devices_uses.js";

// `acts`: { edit, clone, check, remove }, each of a camera; `onClose()`. The sheet has `refresh()`.
export function openDevice(id, acts, onClose) {
  const device = () => store.devices.get(id);
  const preview = new Preview(device());
  const state = stateMark("devices", stateNow(device()));
  const [since, where, added] = [el("span", { className: "muted" }), el("code"), el("span")];
  const [problem, hint, tasks] = [el("p"), el("p", { className: "muted" }), el("ul", { className: "uses" })];
  const [problemPart, hintPart] = [part(mark("Last problem"), problem), part(mark("What to try"), hint)];
  const parts = [
    part(mark("State"), el("p", { className: "bar" }, state, since)),
    part(mark("Address"), where),
    part(mark("Used by"), tasks),
    part(mark("Added"), added),
    problemPart,
    hintPart,
  ];
  const body = el(
    "div",
    { className: "device" },
    preview.element,
    ...parts,
    may("operator") ? verbs(device, acts) : null,
  );
  const sheet = openSheet({
    title: mark("Camera “{name}”"),
    values: { name: device().name },
    body,
    onClose: () => (preview.end(), onClose()),
  });

  sheet.refresh = () => {
    const now = device();
    if (!now) return sheet.shut();
    say(sheet.heading, mark("Camera “{name}”"), { name: now.name });
    state.show(stateNow(now));
    since.textContent = sinceText(now);
    where.textContent = now.rtsp_url;
    added.textContent = dateTime(now.created_at);
    problem.textContent = now.last_error?.message ?? "";
    say(hint, hintOf(now.last_error?.code));
    problemPart.hidden = !problem.textContent;
    hintPart.hidden = !hint.textContent;
    showTasks(tasks, tasksOf(id));
  };
  sheet.refresh();
  return sheet;
}

const part = (says, content) => el("section", { className: "part" }, el("h3", { says }), content);

function verbs(device, { edit, clone, check, remove }) {
  return el(
    "div",
    { className: "actions" },
    button(mark("Delete"), () => remove([device()]), { glyph: "trash", look: "danger quiet" }),
    el("span", { className: "space" }),
    button(mark("Clone"), () => clone(device())),
    button(mark("Check"), () => check([device()])),
    button(mark("Edit"), () => edit(device()), { look: "primary" }),
  );
}

// Anew only where a line reads otherwise: the keyboard may be on one.
function showTasks(list, tasks) {
  const now = JSON.stringify([store.connection.up, ...tasks.map(({ id, name, state }) => [id, name, state])]);
  if (list.dataset.shows === now) return;
  list.dataset.shows = now;
  const lines = tasks.map((task) =>
    el("li", {}, el("a", { href: address("tasks", task.id), textContent: task.name }), taskState(task)),
  );
  list.replaceChildren(
    ...(lines.length ? lines : [el("li", { className: "muted", says: mark("No task uses this camera.") })]),
  );
}

const taskState = ({ state }) => stateMark("tasks", store.connection.up ? state : "unknown");
