// Several stored cameras checked at once: which of them answer, and why the others don't.

import { el } from "../base/dom.js";
import { mark, say, t } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { shapeMark } from "../parts/marks.js";
import { done, warn } from "../parts/notices.js";
import { openSheet } from "../parts/sheet.js";
import { Table } from "../parts/table.js";
import { checkDevice, FACTS, facts } from "./devices_check.js";
import { headOf, hintOf } from "./devices_hints.js";

const AT_ONCE = 2; // each is a process that must start and answer within its limit, and others check, too
const SUM = mark("Cameras that answer: {good} of {total}.");

// Begins at once; closing the sheet ends what is still under way.
export function openChecks(devices) {
  const sentence = el("p", { className: "muted", attrs: { role: "status" } });
  const bar = el("progress", { max: devices.length, called: mark("Checking …") });
  const press = button(mark("Check again"), () => (work ? work.abort() : begin()), { look: "primary" });
  const table = new Table({ columns, called: mark("Check cameras") });
  const body = el(
    "div",
    { className: "checks" },
    sentence,
    bar,
    table.element,
    el("div", { className: "actions" }, press),
  );
  let rows = [];
  let work = null;

  async function begin() {
    const { signal } = (work = new AbortController());
    rows = devices.map((device) => ({ id: device.id, device }));
    tell();
    const waiting = [...devices];
    const one = async () => {
      while (waiting.length && !signal.aborted) await look(waiting.shift(), signal);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    work = null;
    tell();
    const known = rows.filter(({ result }) => result).length;
    if (signal.aborted)
      return warn(mark("The check was cancelled. Cameras checked before: {count}."), { count: known });
    (good() === rows.length ? done : warn)(SUM, counts());
  }

  // What can't be checked (deleted meanwhile, sealed with a key of before) is an answer, too.
  async function look(device, signal) {
    const result = await checkDevice({ device_id: device.id }, signal).catch(
      (error) => !signal.aborted && { reachable: false, error },
    );
    if (!result) return;
    rows = rows.map((row) => (row.id === device.id ? { ...row, result } : row));
    tell();
  }

  const good = () => rows.filter(({ result }) => result?.reachable).length;
  const counts = () => ({ good: good(), total: rows.length });

  function tell() {
    table.set(rows);
    say(sentence, SUM, counts());
    say(press.querySelector("span"), work ? mark("Checking … Cancel") : mark("Check again"));
    bar.hidden = !work;
    bar.value = rows.filter(({ result }) => result).length;
  }

  openSheet({ title: mark("Check cameras"), body, onClose: () => work?.abort() });
  begin();
}

const columns = [
  { says: mark("Result"), cell: outcome, narrow: true, width: "168px" },
  { says: mark("Camera"), cell: camera, narrow: true },
];

function outcome({ result }) {
  if (!result) return shapeMark("ring", "muted", mark("Not checked yet"));
  if (result.reachable) return shapeMark("check", "ok", mark("Answers"));
  return shapeMark("cross", "alarm", headOf(result.error.code) || mark("Not checked"));
}

function camera({ device, result }) {
  const found = !result ? device.rtsp_url : result.reachable ? t(FACTS, facts(result)) : result.error.message;
  const hint = result?.reachable === false ? t(hintOf(result.error.code)) : "";
  const title = [device.name, found, hint].filter(Boolean).join("\n");
  return el(
    "span",
    { className: "two", title },
    el("span", { className: "cut", textContent: device.name }),
    el("span", { className: "muted", textContent: found }),
  );
}
