// One test: its video with what was found, facts and log, and what can be done with it.

import { el } from "../base/dom.js";
import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, say } from "../base/words.js";
import { button, iconButton } from "../parts/buttons.js";
import { icon } from "../parts/icon.js";
import { LogView } from "../parts/log.js";
import { menu } from "../parts/menu.js";
import { failed } from "../parts/notices.js";
import { download } from "../parts/results.js";
import { tabs } from "../parts/tabs.js";
import { canStart, isActive } from "./task_words.js";
import { deleteTests, mayStop, runTests, stopTests } from "./test_acts.js";
import { StateCell } from "./test_columns.js";
import { FactsTab } from "./test_facts.js";
import { VideoTab } from "./test_video.js";
import { figuresOf, hasResult } from "./test_words.js";

const TABS = [
  ["video", mark("Video")],
  ["facts", mark("Facts")],
  ["log", mark("Log")],
];

export class TestDetails {
  constructor(test, at) {
    this.wide = true;
    this.title = el("span", { textContent: test.name });
    this.state = new StateCell();
    this.figures = el("span", { className: "muted figures" });
    this.why = el("p", { className: "why", attrs: { role: "status" } });
    const turn = (tab) => go("tests", this.test.id, { tab: tab === "video" ? null : tab }, { quietly: true });
    this.tabs = tabs(mark("View"), TABS, turn);
    const row = el(
      "div",
      { className: "bar wraps" },
      this.state.element,
      this.figures,
      el("span", { className: "space" }),
      ...this.buttons(),
    );
    this.element = el(
      "div",
      { className: "details-sheet test-details" },
      row,
      this.why,
      this.tabs.element,
      this.tabs.panel,
    );
    this.update(test, at);
  }

  // The keys of players count in the whole sheet.
  opened(sheet) {
    sheet.element.addEventListener("keydown", (event) => this.view.press?.(event));
  }

  end() {
    this.view?.end();
  }

  update(test, at) {
    this.test = test;
    this.state.show(test);
    this.figures.textContent = store.connection.up && isActive(test) ? figuresOf(test) : "";
    this.why.textContent = test.error && !isActive(test) ? test.error.message : "";
    this.why.hidden = !this.why.textContent;
    this.why.dataset.failed = test.state === "error";
    this.tellButtons();
    const wanted = at.query.get("tab");
    const tab = TABS.some(([name]) => name === wanted) ? wanted : "video";
    if (tab !== this.tab) this.turn(tab);
    else this.view.update(test);
  }

  turn(tab) {
    this.view?.end();
    this.tab = tab;
    this.tabs.show(tab);
    if (tab === "facts") this.view = new FactsTab(this.test);
    else if (tab === "log")
      this.view = new LogView(`/test-tasks/${this.test.id}/log`, `${this.test.name} process.log`, () =>
        isActive(this.test),
      );
    else this.view = new VideoTab(this.test);
    this.tabs.panel.replaceChildren(this.view.element);
  }

  buttons() {
    const operate = may("operator");
    this.run = button(mark("Run"), () => runTests([this.test]), { glyph: "play" });
    this.stop = button(mark("Stop"), () => stopTests([this.test]), { glyph: "stop" });
    this.remove = iconButton(mark("Delete"), "trash", () => deleteTests([this.test]), { look: "quiet" });
    const opener = el("button", { type: "button" }, icon("download-simple"), el("span", { says: mark("Save") }));
    this.saver = menu(opener, () => this.files());
    return operate ? [this.run, this.stop, this.saver, this.remove] : [this.saver];
  }

  files() {
    const save = (says, file) => ({ says, run: () => download(this.test.name, file).catch(failed) });
    const all = [
      save(mark("Save video"), "output.mp4"),
      save(mark("Save detections (JSON lines)"), "detections.jsonl"),
      save(mark("Save log"), "process.log"),
    ];
    return this.test.state === "error" ? [...all, save(mark("Save error text"), "error.txt")] : all;
  }

  tellButtons() {
    const { test } = this;
    this.run.hidden = !canStart(test);
    this.stop.hidden = canStart(test);
    this.stop.disabled = !mayStop(test);
    this.remove.disabled = !canStart(test);
    say(this.run.querySelector("span"), hasResult(test) ? mark("Run again") : mark("Run"));
    this.saver.hidden = !hasResult(test);
  }
}
