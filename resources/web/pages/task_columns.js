// The columns of the table of tasks, and the states that one can look at alone.

import { el } from "../base/dom.js";
import { since } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { stateMark, stateWord } from "../parts/marks.js";
import { algorithmText } from "./task_words.js";

const STATES = {
  running: new Set(["running", "starting"]),
  attention: new Set(["error", "reconnecting", "interrupted"]),
  stopped: new Set(["stopped", "stopping"]),
};
export const GROUPS = [
  ["all", mark("All")],
  ["running", mark("Running")],
  ["attention", mark("Need attention")],
  ["stopped", mark("Stopped")],
];
export const inGroup = (group, { state }) => group === "all" || STATES[group].has(state);

// What the station said last is no news while it does not answer.
export const stateNow = ({ state }) => (store.connection.up ? state : "unknown");
const running = (task) => store.connection.up && task.state === "running" && task.stats.fps_out > 0;

// Figures of a task as they are read; a dash where it has none at present.
export const figures = {
  rate: (task) => (running(task) ? task.stats.fps_out.toFixed(1) : "–"),
  latency: (task) =>
    running(task) ? t(mark("{milliseconds} ms"), { milliseconds: Math.round(task.stats.latency_ms) }) : "–",
  objects: (task) => (running(task) ? String(task.stats.objects) : "–"),
};

// A mark for each row, which changes and is not made anew.
export function stateCells(kind) {
  const marks = new Map();
  return ({ id, ...row }) => {
    if (!marks.has(id)) marks.set(id, stateMark(kind, stateNow(row)));
    const shown = marks.get(id);
    shown.show(stateNow(row));
    return shown;
  };
}

export function columns() {
  const state = stateCells("tasks");
  const why = ({ error }) => (error ? el("span", { textContent: error.message, title: error.message }) : "");
  return [
    {
      says: mark("State"),
      cell: state,
      sort: (task) => t(stateWord("tasks", task.state)),
      narrow: true,
      width: "144px",
    },
    { says: mark("Name"), cell: ({ name }) => name, sort: ({ name }) => name, narrow: true, main: true },
    { says: mark("Camera"), cell: ({ device }) => device.name, sort: ({ device }) => device.name },
    { says: mark("Algorithm"), cell: algorithmText, sort: algorithmText, spare: true },
    { says: mark("fps"), cell: figures.rate, sort: ({ stats }) => stats.fps_out, end: true, width: "64px" },
    { says: mark("Latency"), cell: figures.latency, sort: ({ stats }) => stats.latency_ms, end: true, width: "88px" },
    {
      says: mark("Objects"),
      cell: figures.objects,
      sort: ({ stats }) => stats.objects,
      end: true,
      spare: true,
      width: "80px",
    },
    {
      says: mark("Since"),
      cell: (task) => since(task.state_since),
      sort: (task) => task.state_since,
      spare: true,
      width: "112px",
    },
    { says: mark("Why"), cell: why, sort: ({ error }) => error?.message ?? "", spare: true },
  ];
}
