// What a run has found, counted from its detections as they come in: the file may be longer than memory is large.

import { linkTo } from "./results.js";

// [[label, how many objects in all frames together]], the most frequent first. Throws where there is no such file.
export async function countFound(name, signal) {
  const answer = await fetch(await linkTo(name, "detections.jsonl"), { signal });
  if (!answer.ok) throw new Error("no detections");
  const counts = new Map();
  for await (const line of linesOf(answer.body.pipeThrough(new TextDecoderStream()))) {
    for (const { label } of JSON.parse(line).objects) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].sort(([one, less], [other, more]) => more - less || one.localeCompare(other));
}

async function* linesOf(stream) {
  const reader = stream.getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield* lines.filter(Boolean);
  }
  if (rest) yield rest;
}
