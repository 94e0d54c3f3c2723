// The columns of the table of tests.

import { el } from "../base/dom.js";
import { dateTime } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, say, t } from "../base/words.js";
import { stateMark } from "../parts/marks.js";
import { algorithmText, isActive } from "./task_words.js";
import { percent, share, stateText, timeLeft } from "./test_words.js";

export function columns() {
  const state = stateCells();
  return [
    { says: mark("State"), cell: state, sort: (test) => t(stateText(test)), narrow: true, width: "156px" },
    { says: mark("Name"), cell: ({ name }) => name, sort: ({ name }) => name, narrow: true, main: true },
    { says: mark("Algorithm"), cell: algorithmText, sort: algorithmText },
    { says: mark("Video file"), cell: ({ video }) => video.filename, sort: ({ video }) => video.filename, spare: true },
    {
      says: mark("Time left"),
      cell: (test) => timeLeft(test) || "–",
      sort: ({ progress }) => progress.eta_s,
      width: "112px",
    },
    { says: mark("Why"), cell: why, sort: ({ error }) => error?.message ?? "", spare: true },
    {
      says: mark("Created"),
      cell: (test) => dateTime(test.created_at),
      sort: ({ created_at: at }) => at,
      spare: true,
      width: "144px",
    },
  ];
}

const why = ({ error }) => (error ? el("span", { textContent: error.message, title: error.message }) : "");

// State, how much is done, and a bar below: changed, not made anew.
function stateCells() {
  const cells = new Map();
  return (test) => {
    if (!cells.has(test.id)) cells.set(test.id, new StateCell());
    return cells.get(test.id).show(test);
  };
}

export class StateCell {
  constructor() {
    this.mark = stateMark("tests", "unknown");
    this.percent = el("span", { className: "muted" });
    this.bar = el("progress", { max: 1, called: mark("Progress") });
    this.element = el(
      "div",
      { className: "run-state" },
      el("div", { className: "bar" }, this.mark, this.percent),
      this.bar,
    );
  }

  show(test) {
    const up = store.connection.up;
    this.mark.show(up ? test.state : "unknown");
    if (up) say(this.mark.querySelector("span"), stateText(test));
    this.percent.textContent = up ? percent(test) : "";
    this.bar.hidden = !up || !isActive(test);
    this.bar.value = share(test.progress) ?? 0;
    return this.element;
  }
}
