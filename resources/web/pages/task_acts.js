// What is done with tasks, one or several at once.

import { api } from "../base/api.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { ask } from "../parts/ask.js";
import { forEach, tellOutcomes } from "../parts/bulk.js";
import { canStart, canStop } from "./task_words.js";

// Of one, the table shows the new state: nothing has to be told.
const STARTED = { many: mark("{count} tasks are starting."), some: mark("{count} of {total} tasks are starting.") };
const STOPPED = { many: mark("{count} tasks are stopping."), some: mark("{count} of {total} tasks are stopping.") };
const DELETED = {
  one: mark("The task “{name}” is deleted."),
  many: mark("{count} tasks are deleted."),
  some: mark("{count} of {total} tasks are deleted."),
};

export const startTasks = (tasks) => change(tasks.filter(canStart), "start", STARTED);
export const stopTasks = (tasks) => change(tasks.filter(canStop), "stop", STOPPED);

async function change(tasks, verb, telling) {
  const act = async ({ id }) => store.put("tasks", await api.post(`/tasks/${id}/${verb}`));
  tellOutcomes(await forEach(tasks, act), telling);
}

// Asks once, naming what is lost.
export async function deleteTasks(tasks) {
  const one = tasks.length === 1;
  const wanted = await ask({
    title: one ? mark("Delete the task “{name}”?") : mark("Delete {count} tasks?"),
    text: mark("Its options, its log and its results are lost. Camera and algorithm stay."),
    verb: one ? mark("Delete task") : mark("Delete tasks"),
    values: { name: tasks[0].name, count: tasks.length },
    names: one ? [] : tasks.map(({ name }) => name),
  });
  if (!wanted) return;
  const remove = ({ id }) => api.remove(`/tasks/${id}`).then(() => store.remove("tasks", id));
  tellOutcomes(await forEach(tasks, remove), DELETED);
}
