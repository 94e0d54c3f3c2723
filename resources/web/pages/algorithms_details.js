// All that is known of one version: the file, the network, and every class with its colour.

import { copy } from "../base/clipboard.js";
import { el } from "../base/dom.js";
import { dateTime } from "../base/format.js";
import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { mark } from "../base/words.js";
import { button, iconButton } from "../parts/buttons.js";
import { searchField } from "../parts/head.js";
import { stateMark } from "../parts/marks.js";
import { done } from "../parts/notices.js";
import { openSheet } from "../parts/sheet.js";
import { activeOf, inputSize, kindOf, reportDetails } from "./algorithms_words.js";

const COLOURS = 12;
const SEARCHED_FROM = 12;

// Only looks, so that viewers open it, too.
export function openDetails(algorithm, version, onClose) {
  const { version: number, classes, error, report } = version;
  const note = error?.message ?? (report ? reportDetails(report) : "");
  const parts = [
    facts(algorithm, version),
    note && el("p", { className: error ? "problem" : "caption muted details-note", textContent: note }),
    classes.length && classList(classes),
    may("operator") && activeOf(algorithm) && begin(algorithm),
  ];
  const body = el("div", { className: "details-sheet" }, ...parts.map((part) => part || null));
  const sheet = openSheet({
    title: mark("Version {number} of “{name}”"),
    values: { number, name: algorithm.name },
    body,
    onClose,
  });
  sheet.element.focus({ preventScroll: true }); // not the search of classes
  return sheet;
}

function facts(algorithm, version) {
  const { sha256, state, made_from } = version;
  const active =
    algorithm.active_version === version.version ? el("span", { className: "chip", says: mark("Active") }) : null;
  return el(
    "dl",
    { className: "facts" },
    ...fact(mark("State"), el("span", { className: "bar" }, stateMark("versions", state), active)),
    ...fact(mark("File"), version.filename),
    ...fact(mark("Kind"), kindOf(version)),
    ...fact(mark("Input size"), inputSize(version)),
    ...fact(
      "SHA-256",
      el("span", { className: "bar" }, el("code", { className: "digest", textContent: sha256 }), copier(version)),
    ),
    ...fact(mark("Uploaded"), `${version.uploaded_by} · ${dateTime(version.created_at)}`),
    ...(made_from === null
      ? []
      : fact(mark("Made from"), el("span", { says: mark("Version {number}"), values: { number: made_from } }))),
  );
}

const fact = (says, value) => [el("dt", { says }), el("dd", {}, value)];

function copier({ sha256, version }) {
  const run = async () =>
    (await copy(sha256)) && done(mark("The SHA-256 of version {number} is copied."), { number: version });
  return iconButton(mark("Copy SHA-256"), "copy", run);
}

function classList(names) {
  const lines = names.map(classLine);
  const search = (text) =>
    lines.forEach(
      (line, number) => (line.hidden = !(names[number].toLowerCase().includes(text) || text === String(number))),
    );
  return el(
    "section",
    { className: "class-list" },
    el("h3", { says: mark("Classes ({count})"), values: { count: names.length } }),
    names.length >= SEARCHED_FROM ? searchField(search, mark("Search classes")) : null,
    el("ul", {}, ...lines),
  );
}

function classLine(name, number) {
  const swatch = el("i", { className: "swatch" });
  swatch.style.setProperty("background", `var(--class-${number % COLOURS})`);
  return el(
    "li",
    { className: "bar" },
    swatch,
    el("span", { className: "muted number", textContent: number }),
    el("span", { className: "cut", textContent: name, title: name }),
  );
}

function begin({ id }) {
  const to = (page) => () => go(page, null, { algorithm: id, new: 1 });
  return el(
    "div",
    { className: "actions" },
    button(mark("New test"), to("tests")),
    button(mark("New task"), to("tasks"), { look: "primary" }),
  );
}
