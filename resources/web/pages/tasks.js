// The page Tasks.

import { el } from "../base/dom.js";
import { mark } from "../base/words.js";
import { head } from "../parts/head.js";

export function open(_place) {
  const element = el("div", { className: "page" }, ...head(mark("Tasks")));
  return { element, update() {}, end() {} };
}
