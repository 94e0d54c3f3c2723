// How each run ends is told wherever the person is by then.

import { whenTokenChanges } from "../base/session.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { done, warn } from "../parts/notices.js";
import { isActive } from "./task_words.js";

const active = new Set();

store.watch("snapshot", ({ tests }) => {
  active.clear();
  tests.filter(isActive).forEach(({ id }) => active.add(id));
});
store.watch("test", ({ test }) => {
  if (isActive(test)) active.add(test.id);
  else if (active.delete(test.id)) tell(test);
});
whenTokenChanges((token) => token || active.clear());

function tell({ state, name, error }) {
  if (state === "completed") done(mark("The test “{name}” is completed."), { name });
  else if (state === "error") warn(mark("The test “{name}” failed. {why}"), { name, why: error?.message ?? "" });
}
