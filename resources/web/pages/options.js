// How a task or test analyses, as a form: for a new one, and for one that runs.

import { el } from "../base/dom.js";
import { mark, sayAs, t } from "../base/words.js";
import { CheckList } from "../parts/check_list.js";
import { field, tick } from "../parts/form.js";

const COLOURS = 12;
const DEFAULTS = {
  confidence: 0.25,
  iou: 0.7,
  classes: null,
  max_fps: null,
  keyframe_interval: 30,
  draw_labels: true,
};
const RULES = {
  confidence: [0, 1, mark("The confidence is a number from 0 to 1.")],
  iou: [0, 1, mark("The IoU is a number from 0 to 1.")],
  max_fps: [0, 240, mark("The highest frame rate is a number from 0.1 to 240.")],
  keyframe_interval: [1, 100_000, mark("The key-frame interval is a whole number from 1 to 100000.")],
};

const classColour = (number) => `var(--class-${number % COLOURS})`;

// `fields`: for form(); `onChange()` tells that a person changed something, `show` changes without a word.
export class Options {
  // `rated`: of a recorded video every frame is looked at, so that a test has no highest rate.
  constructor({ rated = true, onChange = () => {} } = {}) {
    this.classes = new CheckList(mark("Classes to keep"));
    this.fields = {
      confidence: threshold(mark("Confidence"), mark("Less sure ones are left out")),
      iou: threshold(mark("IoU"), mark("More overlap counts as one")),
      ...(rated
        ? { max_fps: number(mark("Highest fps"), { min: 0, max: 240, step: "any" }, mark("0 takes all")) }
        : {}),
      keyframe_interval: number(mark("Key frame every"), { min: 1, max: 100_000, step: 1 }, mark("frames analysed")),
      classes: field(mark("Classes to keep"), this.classes.element),
      draw_labels: tick(mark("Draw labels on key frames and pictures for browsers"), true),
    };
    this.element = el("div", { className: "options" }, ...Object.values(this.fields).map(({ element }) => element));
    this.element.addEventListener("input", () => (this.tell(), onChange()));
    this.show(DEFAULTS);
  }

  // What the algorithm's version can find. All are kept until somebody chooses.
  setClasses(names) {
    const everything = this.classes.allChecked;
    this.classes.show(names.map((name, id) => ({ id, name, colour: classColour(id) })));
    if (everything) this.classes.check(names.keys());
    this.fields.classes.element.hidden = !names.length;
    this.tell();
  }

  show(options) {
    this.given = options;
    for (const name of ["confidence", "iou"]) this.fields[name].set(options[name].toFixed(2));
    if (this.fields.max_fps) this.fields.max_fps.input.value = options.max_fps ?? 0;
    this.fields.keyframe_interval.input.value = options.keyframe_interval;
    this.fields.draw_labels.input.checked = options.draw_labels;
    this.classes.check(options.classes ?? this.classes.lines.map(({ id }) => id));
    this.tell();
  }

  // As the form shows them.
  get value() {
    const of = (name) => Number(this.fields[name].value);
    return {
      confidence: this.share("confidence"),
      iou: this.share("iou"),
      classes: this.classes.allChecked ? null : this.classes.checked,
      ...(this.fields.max_fps ? { max_fps: of("max_fps") || null } : {}),
      keyframe_interval: of("keyframe_interval"),
      draw_labels: this.fields.draw_labels.value,
    };
  }

  // A share is shown rounded: what nobody has changed stays exactly what it was.
  share(name) {
    const shown = Number(this.fields[name].value);
    return shown === Number(this.given[name].toFixed(2)) ? this.given[name] : shown;
  }

  // What is out of its range, as sentences by field.
  check() {
    const wrong = Object.entries(RULES).filter(
      ([name, [least, most]]) => this.fields[name] && !within(this.fields[name], least, most),
    );
    return Object.fromEntries(wrong.map(([name, [, , rule]]) => [name, t(rule)]));
  }

  setEditable(yes) {
    for (const input of this.element.querySelectorAll("input:not([type=checkbox], [type=search])"))
      input.disabled = !yes;
    this.fields.draw_labels.input.disabled = !yes;
    this.classes.setEditable(yes);
  }

  tell() {
    const nothing = this.classes.lines.length > 0 && !this.classes.checked.length;
    this.fields.classes.element.querySelector(".problem").textContent = nothing
      ? t(mark("Without a class nothing is found."))
      : "";
  }
}

function within({ input }, least, most) {
  const value = Number(input.value);
  return input.value !== "" && value >= least && value <= most && (input.step !== "1" || Number.isInteger(value));
}

function number(says, input, help) {
  return field(says, { type: "number", inputMode: "decimal", ...input }, { help });
}

// A share from 0 to 1: dragged, or written exactly.
function threshold(says, help) {
  const made = number(says, { min: 0, max: 1, step: 0.01 }, help);
  const slider = el("input", { type: "range", min: 0, max: 1, step: 0.01 });
  sayAs(slider, "aria-label", says);
  made.element.classList.add("threshold");
  made.input.after(slider);
  made.input.addEventListener("input", () => (slider.value = made.input.value));
  slider.addEventListener("input", () => {
    made.input.value = Number(slider.value).toFixed(2);
    made.problem("");
  });
  made.set = (value) => (made.input.value = slider.value = value);
  return made;
}

// The options that differ, by name, as `after` has them.
export function changes(before, after) {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value)),
  );
}
