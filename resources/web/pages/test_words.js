// What tests say of themselves, as the window says it.

import { clock } from "../base/format.js";
import { locale, mark, t } from "../base/words.js";
import { stateWord } from "../parts/marks.js";
import { isActive } from "./task_words.js";

// Whether a run has left something to look at.
export const hasResult = (test) => !isActive(test) && test.progress.done > 0;

// How much of a test is done, from 0 to 1; null where nobody knows the whole.
export const share = ({ done, total }) => (total ? Math.min(1, done / total) : null);

// A sentence for translation.
export const stateText = ({ state, error }) =>
  state === "starting" && error ? mark("Waiting for its turn") : stateWord("tests", state);

// Empty before it begins, and where nobody knows the whole.
export function percent({ state, progress }) {
  const known = state === "running" ? share(progress) : null;
  return known === null ? "" : `${Math.floor(known * 100)} %`;
}

export function timeLeft({ state, progress }) {
  if (state !== "running" || progress.eta_s === null) return "";
  return t(mark("{time} left"), { time: clock(progress.eta_s + 0.999) });
}

export const count = (number) => number.toLocaleString(locale());

// How far a run is, how fast, and how long it will still take; or what it waits for.
export function figuresOf(test) {
  const { done, total, fps } = test.progress;
  if (test.state !== "running" || !done) return test.error?.message ?? "";
  const frames = total
    ? t(mark("{done} of {total} frames"), { done: count(done), total: count(total) })
    : t(mark("{done} frames"), { done: count(done) });
  return [frames, t(mark("{rate} frames/s"), { rate: fps.toFixed(1) }), timeLeft(test)].filter(Boolean).join(" · ");
}
