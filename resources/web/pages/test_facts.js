// What a test is of, how it was done, and what it has found.

import { el } from "../base/dom.js";
import { dateTime, exactClock, size } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, t, whenLanguageChanges } from "../base/words.js";
import { countFound } from "../parts/found.js";
import { algorithmText, classesOf } from "./task_words.js";
import { count, hasResult, stateText } from "./test_words.js";

export class FactsTab {
  constructor(test) {
    this.video = el("dl", { className: "facts" });
    this.run = el("dl", { className: "facts" });
    this.options = el("dl", { className: "facts" });
    this.found = el("div", { className: "found" });
    const group = (says, body) => el("section", {}, el("h3", { says }), body);
    this.element = el(
      "div",
      { className: "test-facts" },
      group(mark("Video"), this.video),
      group(mark("Run"), this.run),
      group(mark("Options"), this.options),
      group(mark("Objects found, all frames together"), this.found),
    );
    this.forget = whenLanguageChanges(() => this.update(this.test));
    this.update(test);
  }

  end() {
    this.forget();
    this.counting?.abort();
  }

  update(test) {
    this.test = test;
    write(this.video, videoFacts(test));
    write(this.run, runFacts(test));
    write(this.options, optionFacts(test));
    const key = `${hasResult(test)} ${test.state_since}`;
    if (key !== this.counted) this.count(key);
  }

  async count(key) {
    this.counted = key;
    this.counting?.abort();
    if (!hasResult(this.test)) return this.showFound(mark("Nothing was counted yet."), []);
    this.counting = new AbortController();
    const { signal } = this.counting;
    try {
      const found = await countFound(this.test.name, signal);
      if (!signal.aborted) this.showFound(mark("Nothing was found."), found);
    } catch (error) {
      if (!signal.aborted) this.showFound(mark("Nothing was counted yet."), []);
    }
  }

  // The most frequent first, each with a bar as long as its share of the first one's.
  showFound(nothing, found) {
    const most = found[0]?.[1] ?? 1;
    const rows = found.map(([label, number]) => [
      el("span", { className: "cut", textContent: label, title: label }),
      el("meter", { max: most, value: number, attrs: { "aria-label": label } }),
      el("span", { className: "end", textContent: count(number) }),
    ]);
    this.found.replaceChildren(...(found.length ? rows.flat() : [el("p", { className: "muted", says: nothing })]));
  }
}

// Facts that have not changed stay as they are: somebody may be selecting one.
function write(list, facts) {
  const key = JSON.stringify(facts);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(
    ...facts.flatMap(([says, text]) => [el("dt", { says }), el("dd", { textContent: text || "–" })]),
  );
}

function videoFacts({ video }) {
  const unknown = t(mark("unknown"));
  return [
    [mark("File"), video.filename],
    [mark("Size"), `${video.width} × ${video.height}, ${size(video.size)}`],
    [mark("Duration"), video.duration_s === null ? unknown : exactClock(video.duration_s)],
    [mark("Frames"), video.frames === null ? unknown : count(video.frames)],
    [mark("fps"), video.fps ? String(Number(video.fps.toFixed(2))) : unknown],
  ];
}

function runFacts(test) {
  return [
    [mark("State"), t(stateText(test))],
    [mark("Since"), dateTime(test.state_since)],
    [mark("Algorithm"), algorithmText(test)],
    [mark("Analysed"), analysed(test.progress)],
    [mark("Created by"), test.created_by],
    [mark("Created"), dateTime(test.created_at)],
  ];
}

function analysed({ done, fps }) {
  if (!done) return "";
  return `${t(mark("{count} frames"), { count: count(done) })}, ${t(mark("{rate} frames/s"), { rate: fps.toFixed(1) })}`;
}

function optionFacts({ options, algorithm }) {
  const names = classesOf(store.algorithms.get(algorithm.id), algorithm.version);
  const kept = options.classes?.map((number) => names[number] ?? number).join(", ");
  return [
    [mark("Confidence"), options.confidence.toFixed(2)],
    [mark("IoU"), options.iou.toFixed(2)],
    [mark("Classes to keep"), options.classes === null ? t(mark("all")) : kept],
    [mark("Key frame every"), t(mark("{count} frames"), { count: options.keyframe_interval })],
    [mark("Labels drawn"), options.draw_labels ? t(mark("Yes")) : t(mark("No"))],
  ];
}
