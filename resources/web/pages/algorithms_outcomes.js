// An import that has ended is told wherever the person is by then.

import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { done, warn } from "../parts/notices.js";

let importing = new Map();
let following = false;

export function followImports() {
  if (following) return;
  following = true;
  look();
  store.watch("algorithms", look);
}

function look() {
  const before = importing;
  importing = new Map();
  for (const algorithm of store.algorithms.values()) {
    for (const version of algorithm.versions) {
      const key = `${algorithm.id}/${version.version}`;
      if (version.state === "importing") importing.set(key, true);
      else if (before.has(key)) tell(algorithm.name, version);
    }
  }
}

function tell(name, { version: number, state }) {
  if (state === "ready") done(mark("Version {number} of “{name}” is ready."), { number, name });
  else if (state === "rejected") warn(mark("Version {number} of “{name}” was rejected."), { number, name });
}
