// Which tasks use which camera.

import { byName } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";

export const tasksOf = (id) => [...store.tasks.values()].filter(({ device }) => device.id === id).sort(byName);

// One after another, with the comma that the language has for lists.
export const listed = (names) => names.join(t(mark(", ")));

// Tells that a task came, went, or has another name or camera; fresh figures and states tell nothing.
export function watchUses(listener) {
  const uses = () => JSON.stringify([...store.tasks.values()].map(({ id, name, device }) => [id, name, device.id]));
  let known = uses();
  return store.watch("tasks", () => {
    const now = uses();
    if (now === known) return;
    known = now;
    listener();
  });
}
