// As what pictures come: the person's wish, kept by this browser.

import { keep, kept } from "../base/keep.js";
import { mark } from "../base/words.js";

export const FORMATS = { auto: mark("Automatic"), h264: "H.264", jpeg: "JPEG" };
const listeners = new Set();
let wish = kept("live.format") in FORMATS ? kept("live.format") : "auto";

export const wishedFormat = () => wish;

export function wishFormat(name) {
  wish = name;
  keep("live.format", name);
  listeners.forEach((listener) => listener());
}

export function whenFormatChanges(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
