// What a tile says in words: in its line, in place of a picture, and to a screen reader.

import { since } from "../base/format.js";
import { mark, t } from "../base/words.js";
import { stateWord } from "../parts/marks.js";

export const STALE_MS = 3000;

// Milliseconds, or seconds from one second on: at most five characters and the unit.
export function lateness(milliseconds) {
  if (milliseconds < 999.5) return t(mark("{milliseconds} ms"), { milliseconds: Math.round(milliseconds) });
  return t(mark("{seconds} s"), { seconds: (milliseconds / 1000).toFixed(1) });
}

// From which age on a picture can't pass for live, for a task that was asked for so few that this matters.
export const staleAfter = ({ options }) => Math.max(STALE_MS, options.max_fps ? 2000 / options.max_fps : 0);

// What stands in place of a picture: a headline, and lines below it. `known`: whether the station says how its tasks
// are; `returned`: after nobody could see the tile; `wait`: seconds to the next try of the pictures' own connection.
export function message(task, { known, returned, wait }) {
  const trying = nextTry(wait);
  if (task.state === "running") {
    return [t(returned ? mark("Waiting for a new picture") : mark("Waiting for the first picture")), trying];
  }
  if (!known) return [t(mark("Unknown")), trying];
  const from = t(mark("Since {time}"), { time: since(task.state_since) });
  return [t(stateWord("live", task.state)), task.error?.message ?? "", trying, from];
}

// What stands over an old one.
export function oldness(seconds, wait) {
  return [t(mark("STALE {seconds} s"), { seconds }), nextTry(wait)];
}

const nextTry = (wait) =>
  wait > 0 ? t(mark("No connection to the station. Next try in {seconds} s."), { seconds: wait }) : "";

// In steps of five seconds, so that a screen reader isn't told every one.
export function spoken(task, { known, staleS }) {
  const { name } = task;
  const seconds = Math.floor(staleS / 5) * 5 || staleS;
  if (staleS) return t(mark("{name}: the picture is {seconds} s old"), { name, seconds });
  return t(mark("{name}: {state}"), { name, state: t(known ? stateWord("live", task.state) : mark("Unknown")) });
}

// Where a task's milliseconds go, for whoever points at its line.
export function tip(task, note) {
  const lines = [task.name, `${task.device.name} · ${task.algorithm.name}`];
  const { stats } = task;
  if (task.state === "running" && stats.fps_out) {
    lines.push(t(mark("Inference: {time}"), { time: lateness(stats.inference_ms) }));
    lines.push(t(mark("Frames left out for newer ones: {count}"), { count: stats.dropped }));
  }
  return [...lines, ...(note ? [note] : [])].join("\n");
}
