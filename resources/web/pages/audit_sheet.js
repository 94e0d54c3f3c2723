// One entry of the audit whole, with how it was before and after.

import { el } from "../base/dom.js";
import { copy } from "../base/clipboard.js";
import { dateTime } from "../base/format.js";
import { mark, t } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { outcomeMark, ROLES, stateWord, statesOf } from "../parts/marks.js";
import { done, warn } from "../parts/notices.js";
import { openSheet } from "../parts/sheet.js";
import { actorWord, intention, objectWord, placeWord, reason, sentence } from "./audit_words.js";

const NOTHING = "–";
const KEYS = {
  name: mark("Name"),
  rtsp_url: mark("Address"),
  status: mark("State"),
  state: mark("State"),
  role: mark("Role"),
  auto_start: mark("Auto-start"),
  camera: mark("Camera"),
  device: mark("Camera"),
  algorithm: mark("Algorithm"),
  version: mark("Version"),
  active_version: mark("Active version"),
  "options.confidence": mark("Confidence"),
  "options.iou": mark("IoU"),
  "options.max_fps": mark("Highest fps"),
  "options.classes": mark("Classes"),
  filename: mark("File"),
  video: mark("Video"),
  size: mark("Bytes"),
  sessions_ended: mark("Sign-ins that ended"),
  reachable: mark("Answers"),
  error: mark("Problem"),
  entries: mark("Entries"),
  times: mark("Times"),
};
const wordsOf = (kind) => Object.fromEntries(statesOf(kind).map((state) => [state, stateWord(kind, state)]));
const ANSWERS = { true: mark("Yes"), false: mark("No") };
const VALUES = {
  role: ROLES,
  status: wordsOf("users"),
  state: wordsOf("tasks"),
  auto_start: ANSWERS,
  reachable: ANSWERS,
};

export function openEntry(entry, onClose) {
  const press = button(mark("Copy"), () => copyEntry(entry), { glyph: "copy" });
  const changes = differences(entry);
  const body = el(
    "div",
    { className: "form" },
    facts(entry),
    changes.length ? el("h3", { says: mark("Before and after") }) : null,
    changes.length ? table(changes) : null,
    el("div", { className: "actions" }, press),
  );
  return openSheet({ title: el("span", { textContent: sentence(entry) }), body, onClose });
}

async function copyEntry({ id: _ours, ...entry }) {
  if (await copy(JSON.stringify(entry, null, 2))) done(mark("Copied."));
  else warn(mark("This browser does not let the page copy."));
}

function facts(entry) {
  const told = [
    [mark("Outcome"), outcomeMark(entry.outcome)],
    ...(entry.outcome === "refused" ? [[mark("Why"), reason(entry)]] : []),
    [mark("Time"), dateTime(entry.at, true)],
    [mark("UTC"), entry.at],
    [mark("Person"), actorWord(entry)],
    [mark("From"), placeWord(entry.address)],
    [mark("Action"), intention(entry.action)],
    [
      mark("Object"),
      entry.object.name && entry.object.id !== null ? `${entry.object.name} (#${entry.object.id})` : objectWord(entry),
    ],
  ];
  return el(
    "dl",
    { className: "facts" },
    ...told.flatMap(([key, value]) => [el("dt", { says: key }), el("dd", {}, value)]),
  );
}

function table(changes) {
  const heads = [mark("Field"), mark("Before"), mark("After")].map((says) => el("th", { says, scope: "col" }));
  const rows = changes.map(([key, ...values]) => {
    const [before, after] = values.map((value) => worded(key, value));
    const name = Object.hasOwn(KEYS, key) ? t(KEYS[key]) : key;
    const now = before === after ? after : el("strong", { textContent: after });
    return el(
      "tr",
      {},
      el("th", { scope: "row", textContent: name }),
      el("td", { textContent: before }),
      el("td", {}, now),
    );
  });
  return el("table", { className: "changes" }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows));
}

// States, roles and the like in words, everything else as it is.
const worded = (key, value) => (Object.hasOwn(VALUES[key] ?? {}, value) ? t(VALUES[key][value]) : value);

// Key, before and after, what changed first; of a refusal nothing, which changed nothing.
function differences({ outcome, before, after }) {
  if (outcome === "refused") return [];
  const [was, is] = [flat(before ?? {}), flat(after ?? {})];
  const rows = Object.keys({ ...was, ...is }).map((key) => [key, was[key] ?? NOTHING, is[key] ?? NOTHING]);
  return rows.sort((one, other) => (one[1] === one[2]) - (other[1] === other[2]));
}

function flat(values, prefix = "") {
  const parts = Object.entries(values).map(([key, value]) => {
    if (value && typeof value === "object" && !Array.isArray(value)) return flat(value, `${prefix}${key}.`);
    return { [prefix + key]: value === null ? NOTHING : typeof value === "string" ? value : JSON.stringify(value) };
  });
  return Object.assign({}, ...parts);
}
