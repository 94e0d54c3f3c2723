// What is done with tests, one or several at once.

import { api } from "../base/api.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { ask } from "../parts/ask.js";
import { forEach, tellOutcomes } from "../parts/bulk.js";
import { canStart, isActive } from "./task_words.js";
import { hasResult } from "./test_words.js";

const STARTED = { many: mark("{count} tests are starting."), some: mark("{count} of {total} tests are starting.") };
const STOPPED = { many: mark("{count} tests are stopping."), some: mark("{count} of {total} tests are stopping.") };
const DELETED = {
  one: mark("The test “{name}” is deleted."),
  many: mark("{count} tests are deleted."),
  some: mark("{count} of {total} tests are deleted."),
};

export const mayStop = (test) => isActive(test) && test.state !== "stopping";

const change = async (tests, verb, telling) => {
  const act = async ({ id }) => store.put("tests", await api.post(`/test-tasks/${id}/${verb}`));
  tellOutcomes(await forEach(tests, act), telling);
};

export const startTests = (tests) => change(tests, "start", STARTED);
export const stopTests = (tests) => change(tests.filter(mayStop), "stop", STOPPED);

// Asks before results go.
export async function runTests(tests) {
  const rest = tests.filter(canStart);
  const lost = rest.filter(hasResult);
  if (lost.length && !(await askAgain(lost))) return;
  await startTests(rest);
}

function askAgain(tests) {
  const one = tests.length === 1;
  return ask({
    title: one ? mark("Run “{name}” again?") : mark("Run {count} tests again?"),
    text: one
      ? mark("The video, key frames and log of its last run are replaced.")
      : mark("The videos, key frames and logs of their last runs are replaced."),
    verb: mark("Run again"),
    values: { name: tests[0].name, count: tests.length },
    names: one ? [] : tests.map(({ name }) => name),
  });
}

export async function deleteTests(tests) {
  const one = tests.length === 1;
  const wanted = await ask({
    title: one ? mark("Delete the test “{name}”?") : mark("Delete {count} tests?"),
    text: mark("The copied video, the result video, key frames and log are lost."),
    verb: one ? mark("Delete test") : mark("Delete tests"),
    values: { name: tests[0].name, count: tests.length },
    names: one ? [] : tests.map(({ name }) => name),
  });
  if (!wanted) return;
  const remove = ({ id }) => api.remove(`/test-tasks/${id}`).then(() => store.remove("tests", id));
  tellOutcomes(await forEach(tests, remove), DELETED);
}
