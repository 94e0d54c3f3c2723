// The page Users.

import { el } from "../base/dom.js";
import { mark } from "../base/words.js";
import { head } from "../parts/head.js";

export function open(_place) {
  const element = el("div", { className: "page" }, ...head(mark("Users")));
  return { element, update() {}, end() {} };
}
