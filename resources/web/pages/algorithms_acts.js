// What is done to algorithms from their page: activate, roll back, delete, cancel; and what is told of it.

import { api } from "../base/api.js";
import { byName } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { ask } from "../parts/ask.js";
import { done, failed, warn } from "../parts/notices.js";

const MOST_NAMES = 5;
const RUNNING = new Set(["starting", "running", "reconnecting", "stopping"]);

// Nothing is lost by it, so that it is done at once and can be undone.
export async function activate(algorithm, version) {
  const before = algorithm.active_version;
  try {
    const now = await api.put(`/algorithms/${algorithm.id}/active-version`, { version });
    store.put("algorithms", now);
    tellActive(now, before);
  } catch (error) {
    failed(error);
  }
}

function tellActive(algorithm, before) {
  const tasks = usersOf("tasks", algorithm, ({ state }) => RUNNING.has(state));
  const text = tasks.length
    ? mark("Version {number} of “{name}” is active. Running tasks change over to it now: {tasks}.")
    : mark("Version {number} of “{name}” is active. No running task uses the algorithm.");
  const undo = before !== null && before !== algorithm.active_version;
  done(
    text,
    { number: algorithm.active_version, name: algorithm.name, tasks: named(tasks) },
    undo && { says: mark("Undo"), run: () => activate(algorithm, before) },
  );
}

// Once, naming what is lost; where it would be refused, that is said in place of the question.
export async function removeAlgorithm(algorithm) {
  const { id, name, versions } = algorithm;
  if (refused(algorithm, [...usersOf("tasks", algorithm), ...usersOf("tests", algorithm)])) return;
  const wanted = await ask({
    title: mark("Delete the algorithm “{name}”?"),
    text:
      versions.length === 1
        ? mark("Its only version and the file are lost.")
        : mark("All {count} versions and their files are lost."),
    verb: mark("Delete algorithm"),
    values: { name, count: versions.length },
  });
  if (wanted) await attempt(() => deleteWhole(id), mark("The algorithm “{name}” is deleted."), { name });
}

export async function removeVersion(algorithm, number) {
  const users = usersOf("tests", algorithm, (test) => RUNNING.has(test.state) && test.algorithm.version === number);
  if (number === algorithm.active_version) {
    return warn(mark("Version {number} is the active one. Activate another version first."), { number });
  }
  if (refused(algorithm, users)) return;
  const values = { number, name: algorithm.name };
  const wanted = await ask({
    title: mark("Delete version {number} of “{name}”?"),
    text: mark("Its file is lost. The other versions stay."),
    verb: mark("Delete version"),
    values,
  });
  if (wanted)
    await attempt(() => deleteVersion(algorithm.id, number), mark("Version {number} of “{name}” is deleted."), values);
}

// Without a question: nothing is there yet that could be lost. An algorithm that never had anything else goes, too.
export async function cancelImport(algorithm, number) {
  const { id, name, versions } = algorithm;
  const stillborn = versions.length === 1 && !usersOf("tasks", algorithm).length && !usersOf("tests", algorithm).length;
  const work = () => (stillborn ? deleteWhole(id) : deleteVersion(id, number));
  await attempt(work, mark("Version {number} of “{name}” was cancelled."), { number, name });
}

async function deleteWhole(id) {
  await api.remove(`/algorithms/${id}`);
  store.remove("algorithms", id);
}

// Events tell what is left of the algorithm.
const deleteVersion = (id, number) => api.remove(`/algorithms/${id}/versions/${number}`);

async function attempt(work, says, values) {
  try {
    await work();
    done(says, values);
  } catch (error) {
    failed(error);
  }
}

const usersOf = (kind, { id }, wanted = () => true) =>
  [...store[kind].values()].filter((user) => user.algorithm.id === id && wanted(user)).sort(byName);

function refused({ name }, users) {
  if (users.length)
    warn(mark("“{name}” is used by {users}. Delete what uses it first."), { name, users: named(users) });
  return users.length > 0;
}

// All of a few, the first of many.
function named(users) {
  const names = users
    .slice(0, MOST_NAMES)
    .map(({ name }) => name)
    .join(t(mark(", ")));
  const count = users.length - MOST_NAMES;
  return count > 0 ? t(mark("{names} and {count} more"), { names, count }) : names;
}
