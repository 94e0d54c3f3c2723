// What is done to several cameras at once: deleted, written to a list.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { byName, dateTime } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { ask } from "../parts/ask.js";
import { forEach, tellOutcomes } from "../parts/bulk.js";
import { saveFile } from "../parts/files.js";
import { done, warn } from "../parts/notices.js";
import { written } from "./devices_csv.js";
import { listed, tasksOf } from "./devices_uses.js";

const MOST_NAMES = 10;

// Once, naming what is lost. What tasks use stays, and is told before.
export async function removeDevices(devices) {
  const used = devices.filter(({ id }) => tasksOf(id).length);
  const free = devices.filter((device) => !used.includes(device));
  if (!free.length) return used.slice(0, MOST_NAMES).forEach(tellUse);
  if (await ask(question(free, used))) await removeAll(free);
}

const tasks = ({ id }) => listed(tasksOf(id).map(({ name }) => name));

function tellUse(device) {
  warn(mark("Tasks use the camera “{name}”: {tasks}. Delete them first."), { name: device.name, tasks: tasks(device) });
}

function question(free, used) {
  const stay = used.length ? [el("p", { says: mark("These stay, because tasks use them:") }), names(used)] : [];
  if (free.length === 1) {
    return {
      title: mark("Delete the camera “{name}”?"),
      text: mark("Its address and its stored user name and password are lost."),
      verb: mark("Delete camera"),
      values: { name: free[0].name },
      more: stay,
    };
  }
  return {
    title: mark("Delete {count} cameras?"),
    text: mark("Their addresses and their stored user names and passwords are lost."),
    verb: mark("Delete cameras"),
    values: { count: free.length },
    names: free.map(({ name }) => name),
    more: stay,
  };
}

function names(devices) {
  const lines = devices.slice(0, MOST_NAMES).map((each) => `${each.name}: ${tasks(each)}`);
  if (devices.length > MOST_NAMES) lines.push(t(mark("and {count} more"), { count: devices.length - MOST_NAMES }));
  return el("ul", {}, ...lines.map((text) => el("li", { textContent: text })));
}

async function removeAll(devices) {
  const outcomes = await forEach(devices, async ({ id }) => {
    await api.remove(`/devices/${id}`);
    store.remove("devices", id);
  });
  tellOutcomes(outcomes, {
    one: mark("The camera “{name}” is deleted."),
    many: mark("Cameras deleted: {count}."),
    some: mark("{count} of {total} cameras are deleted."),
  });
}

// All cameras as a file of the person's, without their passwords.
export function exportDevices() {
  const devices = [...store.devices.values()].sort(byName);
  const file = `${t(mark("cameras"))}-${dateTime(new Date()).slice(0, 10)}.csv`;
  saveFile(new Blob([written(devices)], { type: "text/csv" }), file);
  done(mark("“{file}” is written, without user names and passwords. Cameras in it: {count}."), {
    file,
    count: devices.length,
  });
}
