// Optimise a version: choose the camera whose pictures its INT8 form is calibrated on.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { byName } from "../base/format.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { choice, form } from "../parts/form.js";
import { done } from "../parts/notices.js";
import { openSheet } from "../parts/sheet.js";

const WHY = [
  mark("A new version is made that computes in 8 bits (INT8), which is faster on most machines."),
  mark("Pictures of what it will see calibrate it, and show how far it agrees with this version."),
  mark("Nothing changes until you activate the new version."),
];

// The work goes on after the sheet is closed.
export function openOptimize(algorithm, number) {
  const cameras = [...store.devices.values()].sort(byName).map(({ id, name }) => [id, name, true]);
  const source = choice(
    mark("Pictures of"),
    cameras,
    null,
    cameras.length ? {} : { help: mark("There are no cameras yet.") },
  );
  const made = form({
    fields: { source },
    body: [...WHY.map((says) => el("p", { className: "muted", says })), source.element],
    submit: mark("Optimise"),
    busy: mark("Starting …"),
    work: () =>
      api.post(`/algorithms/${algorithm.id}/versions/${number}/optimize`, { device_id: Number(source.value) }),
    onDone: begun,
  });
  const sheet = openSheet({
    title: mark("Optimise version {number} of “{name}”"),
    values: { number, name: algorithm.name },
    body: made.element,
  });
  if (!cameras.length) made.element.querySelector("[type=submit]").disabled = true;

  function begun(now) {
    store.put("algorithms", now);
    done(mark("Version {number} is being made. This takes some minutes."), { number: now.versions.at(-1).version });
    sheet.shut();
  }
}
