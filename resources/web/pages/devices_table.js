// What the table of cameras shows of each.

import { el } from "../base/dom.js";
import { dateTime, since } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { stateMark, stateWord, statesOf } from "../parts/marks.js";
import { listed, tasksOf } from "./devices_uses.js";

// Without the station nobody knows how a camera is: the last word would be a guess.
export const stateNow = (device) => (store.connection.up ? device.state : "unknown");

export const sinceText = (device) =>
  store.connection.up && device.state_since ? t(mark("since {time}"), { time: since(device.state_since) }) : "";

export const columns = () => [
  {
    says: mark("State"),
    cell: state,
    sort: ({ state: name }) => statesOf("devices").indexOf(name),
    narrow: true,
    width: "var(--state)",
  },
  { says: mark("Camera"), cell: camera, sort: ({ name }) => name, narrow: true, main: true },
  { says: mark("Used by"), cell: use, sort: ({ id }) => tasksOf(id).length, width: "20%" },
  { says: mark("Last problem"), cell: problem, spare: true, width: "24%" },
  {
    says: mark("Added"),
    cell: ({ created_at }) => dateTime(created_at),
    sort: ({ created_at }) => created_at,
    spare: true,
    width: "144px",
  },
];

// What the search looks through.
export const searched = (device) =>
  [
    device.name,
    device.rtsp_url,
    t(stateWord("devices", stateNow(device))),
    device.last_error?.message ?? "",
    ...namesOfTasks(device),
  ]
    .join("\n")
    .toLowerCase();

const namesOfTasks = ({ id }) => tasksOf(id).map(({ name }) => name);

const twoLines = (first, second, title = "") =>
  el(
    "span",
    { className: "two", title },
    first,
    second ? el("span", { className: "muted cut", textContent: second }) : null,
  );

function state(device) {
  return twoLines(stateMark("devices", stateNow(device)), sinceText(device), device.last_error?.message);
}

function camera({ name, rtsp_url }) {
  return twoLines(el("span", { className: "cut", textContent: name }), rtsp_url, `${name}\n${rtsp_url}`);
}

function use(device) {
  const names = namesOfTasks(device);
  if (!names.length) return el("span", { textContent: "–", title: t(mark("No task uses this camera.")) });
  const first = names.length === 1 ? names[0] : t(mark("{count} tasks"), { count: names.length });
  return twoLines(
    el("span", { className: "cut", textContent: first }),
    names.length > 1 ? listed(names) : "",
    names.join("\n"),
  );
}

const problem = ({ last_error }) => last_error?.message ?? "";
