// Cameras from a list: first what would become of each line, then the good ones are added.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { store } from "../base/store.js";
import { mark, say, t } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { chooseFiles } from "../parts/files.js";
import { shapeMark } from "../parts/marks.js";
import { done, warn } from "../parts/notices.js";
import { openSheet } from "../parts/sheet.js";
import { Table } from "../parts/table.js";
import { read } from "./devices_csv.js";
import { nameKey } from "./devices_names.js";

const ENDINGS = ".csv,.txt";
const FATES = {
  new: ["disc", "info", mark("Will be added")],
  added: ["check", "ok", mark("Added")],
  name_taken: ["triangle", "warning", mark("Name taken")],
  bad_name: ["cross", "alarm", mark("Wrong name")],
  bad_address: ["cross", "alarm", mark("Wrong address")],
  failed: ["cross", "alarm", mark("Not added")],
};
const ADDRESS = /^(rtsps?|https?|file):\/\/\S+$/i;

// Asks for the file first.
export const importDevices = () => chooseFiles(ENDINGS, ([file]) => openImport(file));

export function openImport(file) {
  const name = el("strong", { className: "cut" });
  const other = button(mark("Other file"), () => chooseFiles(ENDINGS, ([next]) => take(next)));
  const sentence = el("p", { attrs: { role: "status" } });
  const bar = el("progress", { hidden: true, called: mark("Adding …") });
  const press = button(mark("Add cameras"), () => (work ? work.abort() : add()), { look: "primary" });
  const table = new Table({ columns, called: mark("Import cameras") });
  const head = el("div", { className: "bar" }, name, el("span", { className: "space" }), other);
  const body = el(
    "div",
    { className: "checks" },
    head,
    sentence,
    bar,
    table.element,
    el("div", { className: "actions" }, press),
  );
  let rows = [];
  let work = null;

  async function take(next) {
    name.textContent = next.name;
    try {
      show(planned(read(await next.arrayBuffer())));
      tellPlan();
    } catch (error) {
      show([]);
      say(sentence, "");
      sentence.textContent = error.message;
      sentence.className = "problem";
    }
  }

  function tellPlan() {
    const good = count("new");
    const bad = rows.length - good;
    if (!good) tell("problem", mark("None of these cameras can be added. The table says why."));
    else if (bad) tell("", mark("Can be added: {good}. Can't: {bad}; the table says why."), { good, bad });
    else tell("", mark("Can be added: {good}."), { good });
  }

  // One after the other; cancelled, it leaves those that are there.
  async function add() {
    const { signal } = (work = new AbortController());
    const waiting = rows.filter(({ fate }) => fate === "new");
    bar.max = waiting.length;
    for (const [place, row] of waiting.entries()) {
      if (signal.aborted) break;
      offer(place);
      Object.assign(row, await addOne(row));
      show(rows.map((each) => (each === row ? { ...row } : each)));
    }
    work = null;
    offer();
    tellEnd(signal.aborted);
  }

  function tellEnd(cancelled) {
    const values = { count: count("added"), failed: count("failed") };
    const [how, text] = cancelled
      ? [warn, mark("The import was cancelled. Cameras added before, which stay: {count}.")]
      : values.failed
        ? [warn, mark("Cameras added: {count}. Not added: {failed}; the table says why.")]
        : [done, mark("Cameras added: {count}.")];
    tell("", text, values);
    how(text, values);
  }

  const count = (fate) => rows.filter((row) => row.fate === fate).length;

  function show(now) {
    rows = now;
    table.set(rows);
    offer(bar.value);
  }

  function offer(place = 0) {
    bar.hidden = !work;
    bar.value = place;
    other.disabled = work !== null;
    press.disabled = !work && !count("new");
    say(press.querySelector("span"), work ? mark("Adding … Cancel") : mark("Add cameras"));
  }

  function tell(look, text, values) {
    sentence.className = look;
    say(sentence, text, values);
  }

  openSheet({ title: mark("Import cameras"), body, wide: true, onClose: () => work?.abort() });
  take(file);
}

async function addOne({ name, address }) {
  try {
    store.put("devices", await api.post("/devices", { name, rtsp_url: address }));
    return { fate: "added" };
  } catch (error) {
    return { fate: "failed", problem: error.message };
  }
}

// What would become of each line, as far as the page can tell; the station has the last word. What can't be added comes
// first: that is what somebody has to see to.
function planned(listed) {
  const taken = new Set([...store.devices.values()].map(({ name }) => nameKey(name)));
  const lines = new Map();
  const rows = listed.map((camera) => ({ id: camera.line, ...camera, ...fate(camera, taken, lines) }));
  return rows.sort((one, other) => (one.fate === "new") - (other.fate === "new"));
}

function fate({ line, name, address }, taken, lines) {
  const key = nameKey(name);
  if (!key) return { fate: "bad_name", problem: t(mark("Please give a name.")) };
  if (taken.has(key)) return { fate: "name_taken", problem: t(mark("There is a camera of this name.")) };
  if (lines.has(key))
    return { fate: "name_taken", problem: t(mark("Line {line} has the same name."), { line: lines.get(key) }) };
  const problem = wrongAddress(address);
  if (problem) return { fate: "bad_address", problem: t(problem) };
  lines.set(key, line);
  return { fate: "new" };
}

function wrongAddress(address) {
  if (!ADDRESS.test(address))
    return mark("This is not a camera address. An example: rtsp://user:password@192.168.1.20:554/stream");
  if (address.includes("***"))
    return mark("*** stands for a password that is not known here. Please type the user name and password.");
  return "";
}

const columns = [
  { says: mark("Line"), cell: ({ line }) => line, end: true, width: "64px" },
  { says: mark("What happens"), cell: ({ fate: name }) => shapeMark(...FATES[name]), narrow: true, width: "160px" },
  { says: mark("Camera"), cell: camera, narrow: true },
];

// An address may have a password in it.
function camera({ name, address, problem }) {
  const below = problem ?? shown(address);
  return el(
    "span",
    { className: "two", title: `${name}\n${below}` },
    el("span", { className: "cut", textContent: name || "–" }),
    el("span", { className: "muted", textContent: below }),
  );
}

const shown = (address) => address.replace(/\/\/[^/]*@/, "//***:***@");
