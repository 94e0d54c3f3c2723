// State in colour, shape and words: nobody has to tell colours apart to read a state.

import { el, svg } from "../base/dom.js";
import { mark, say } from "../base/words.js";

const STATES = {
  tasks: {
    stopped: ["ring", "muted", mark("Stopped")],
    starting: ["half", "info", mark("Starting")],
    running: ["disc", "ok", mark("Running")],
    reconnecting: ["triangle", "warning", mark("Reconnecting")],
    stopping: ["half", "muted", mark("Stopping")],
    completed: ["check", "ok", mark("Completed")],
    interrupted: ["triangle", "muted", mark("Interrupted")],
    error: ["cross", "alarm", mark("Error")],
  },
  devices: {
    idle: ["ring", "muted", mark("Not in use")],
    connecting: ["half", "info", mark("Connecting")],
    online: ["disc", "ok", mark("Online")],
    reconnecting: ["triangle", "warning", mark("Reconnecting")],
    offline: ["cross", "alarm", mark("Offline")],
  },
  users: {
    pending: ["triangle", "warning", mark("Waiting")],
    approved: ["disc", "ok", mark("Approved")],
    rejected: ["cross", "muted", mark("Rejected")],
    disabled: ["ring", "muted", mark("Disabled")],
    deleted: ["cross", "muted", mark("Deleted")],
  },
  versions: {
    importing: ["half", "info", mark("Importing")],
    ready: ["disc", "ok", mark("Ready")],
    rejected: ["cross", "alarm", mark("Rejected")],
  },
  outcomes: {
    done: ["check", "muted", mark("Done")],
    refused: ["cross", "alarm", mark("Refused")],
  },
};
STATES.tests = STATES.tasks;
// Running by its word, but what is seen is old.
STATES.live = { ...STATES.tasks, stale: ["triangle", "warning", mark("Stale")] };
export const ROLES = { viewer: mark("Viewer"), operator: mark("Operator"), admin: mark("Administrator") };
// What was last heard may not be so any more.
const UNKNOWN = ["ring", "muted", mark("Unknown")];

const line = {
  fill: "none",
  stroke: "currentColor",
  "stroke-width": 2,
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
};
const SHAPES = {
  disc: () => [svg("circle", { cx: 6, cy: 6, r: 5, fill: "currentColor" })],
  ring: () => [svg("circle", { cx: 6, cy: 6, r: 4, ...line })],
  half: () => [
    svg("circle", { cx: 6, cy: 6, r: 4, ...line }),
    svg("path", { d: "M6 2a4 4 0 0 0 0 8z", fill: "currentColor" }),
  ],
  triangle: () => [svg("path", { d: "M6 2.5 10 9.5H2z", ...line, fill: "currentColor" })],
  cross: () => [svg("path", { d: "M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5", ...line })],
  check: () => [svg("path", { d: "M2 6.5 5 9.5 10.5 3", ...line })],
};

// What a state is called, for translation. `kind`: tasks, tests, devices, users, versions or outcomes.
export const stateWord = (kind, state) => (STATES[kind][state] ?? UNKNOWN)[2];
export const statesOf = (kind) => Object.keys(STATES[kind]);

export const outcomeMark = (outcome) => stateMark("outcomes", outcome);

// A mark with its word beside it. `show(state)` changes it; a state that nobody knows is "Unknown".
export function stateMark(kind, state) {
  const element = el("span", { className: "state" }, el("span"));
  element.show = (now) => {
    if (element.dataset.state === now) return;
    element.dataset.state = now;
    draw(element, ...(STATES[kind][now] ?? UNKNOWN));
  };
  element.show(state);
  return element;
}

// The same for what is no state of the station's: an outcome of a page's own.
export const shapeMark = (shape, token, text) =>
  draw(el("span", { className: "state" }, el("span")), shape, token, text);

function draw(element, shape, token, text) {
  element.dataset.token = token;
  const drawn = svg(
    "svg",
    { viewBox: "0 0 12 12", width: 12, height: 12, class: "mark", "aria-hidden": "true" },
    ...SHAPES[shape](),
  );
  element.replaceChildren(drawn, say(element.querySelector("span"), text));
  return element;
}
