// A row of segments of which one is chosen, each with a number beside its word where there is something to count.

import { el, uniqueId } from "../base/dom.js";
import { sayAs } from "../base/words.js";

// `called`: what is chosen here, for those who hear it; `choices`: [[value, sentence]]; `onChoose(value)` tells what a
// person has chosen. Gives { element, value, count({ value: number }) }.
export function segments(called, choices, onChoose = () => {}) {
  const name = uniqueId("segments");
  const boxes = choices.map(([value]) =>
    el("input", { type: "radio", name, value, on: { change: () => onChoose(value) } }),
  );
  const counts = choices.map(() => el("span", { className: "figure" }));
  const labels = choices.map(([, says], place) => el("label", {}, boxes[place], el("span", { says }), counts[place]));
  const element = el("div", { className: "segmented", attrs: { role: "radiogroup" } }, ...labels);
  sayAs(element, "aria-label", called);
  boxes[0].checked = true;
  return {
    element,
    get value() {
      return boxes.find(({ checked }) => checked).value;
    },
    set value(wanted) {
      for (const box of boxes) box.checked = box.value === wanted;
    },
    count: (numbers) => boxes.forEach(({ value }, place) => (counts[place].textContent = numbers[value] ?? "")),
  };
}
