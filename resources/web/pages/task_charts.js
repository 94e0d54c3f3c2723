// How a task did since this page was opened: frame rates, latency, objects.

import { el } from "../base/dom.js";
import { samplesOf, STEP_MS } from "../base/history.js";
import { mark, say } from "../base/words.js";
import { Chart } from "../parts/chart.js";
import { segments } from "../parts/segments.js";

const LONG_MS = 3_600_000;
const SHORT_MS = 600_000;
const MEASURES = [
  {
    title: mark("Frames per second"),
    digits: 1,
    lines: [
      [mark("Analysed"), "fps_out"],
      [mark("From the camera"), "fps_in"],
    ],
  },
  {
    title: mark("Latency"),
    unit: mark("ms"),
    lines: [
      [mark("Mean"), "latency_ms"],
      [mark("95 % within"), "latency_p95_ms"],
    ],
  },
  { title: mark("Objects"), lines: [[mark("Highest in five seconds"), "objects"]] },
];

// Drawn anew every five seconds: time goes on, whatever the task does.
export class ChartsTab {
  constructor(task) {
    this.id = task.id;
    const point = (moment) => this.charts.forEach((chart) => chart.pointAt(moment));
    this.charts = MEASURES.map((measure) => new Chart({ ...measure, onPoint: point }));
    this.span = segments(
      mark("Time shown"),
      [
        [LONG_MS, mark("Last hour")],
        [SHORT_MS, mark("10 minutes")],
      ],
      () => this.draw(),
    );
    this.span.value = String(this.fitting());
    this.dropped = el("small", { className: "muted" });
    const since = el("small", {
      className: "muted",
      says: mark("Figures are kept from the moment on at which this page is opened."),
    });
    this.element = el(
      "div",
      { className: "charts" },
      el("div", {}, this.span.element),
      ...this.charts.map(({ element }) => element),
      this.dropped,
      since,
    );
    this.clock = setInterval(() => this.draw(), STEP_MS);
    this.draw();
  }

  end() {
    clearInterval(this.clock);
    this.charts.forEach((chart) => chart.close());
  }

  update() {}

  // The span that shows most of what there is.
  fitting() {
    const [first] = samplesOf(this.id);
    return first && Date.now() - first.at > SHORT_MS ? LONG_MS : SHORT_MS;
  }

  draw() {
    const [samples, now, span] = [samplesOf(this.id), Date.now(), Number(this.span.value)];
    MEASURES.forEach(({ lines }, place) => {
      this.charts[place].show(
        lines.map(([says, name]) => ({ says, runs: runs(samples, name) })),
        now,
        span,
      );
    });
    const count = samples.filter(({ at }) => now - at <= span).reduce((sum, { dropped }) => sum + dropped, 0);
    say(this.dropped, mark("Frames left out for newer ones in this time: {count}"), { count });
  }
}

// Points of one figure, in pieces between which the task did not run.
function runs(samples, name) {
  const pieces = [];
  for (const sample of samples) {
    if (sample.begins || !pieces.length) pieces.push([]);
    pieces.at(-1).push([sample.at, sample[name]]);
  }
  return pieces;
}
