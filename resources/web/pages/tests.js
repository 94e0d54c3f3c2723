// Tests: algorithms tried on recorded videos; the list, and one of them beside it.

import { el } from "../base/dom.js";
import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { button, tool } from "../parts/buttons.js";
import { takeDrops } from "../parts/drop.js";
import { emptyState, head } from "../parts/head.js";
import { Table } from "../parts/table.js";
import { newTest } from "./new_test.js";
import { Sheets } from "./sheets.js";
import { algorithmText, canStart } from "./task_words.js";
import { deleteTests, mayStop, runTests, stopTests } from "./test_acts.js";
import { columns } from "./test_columns.js";
import { TestDetails } from "./test_details.js";
import "./test_ends.js";

export function open(place) {
  const page = new TestsPage();
  page.update(place);
  return page;
}

class TestsPage {
  constructor() {
    const operate = may("operator");
    this.typed = "";
    this.table = new Table({
      called: mark("Tests"),
      columns: columns(),
      onOpen: ({ id }) => go("tests", id),
      onSelect: operate ? () => this.tellActions() : null,
      empty: () => this.empty(),
    });
    const top = head(mark("Algorithm tests"), {
      actions: operate ? [this.adder()] : [],
      tools: operate ? [this.actions()] : [],
      onSearch: (text) => ((this.typed = text), this.fill()),
    });
    this.element = el("div", { className: "page tests" }, ...top, this.table.element);
    this.element.addEventListener("keydown", (event) => this.press(event));
    takeDrops(
      this.element,
      (file) => this.add(file),
      () => operate,
    );
    this.sheets = new Sheets("tests", {
      known: (id) => store.tests.get(id),
      details: (test, at) => new TestDetails(test, at),
      add: (query, close) => newTest(query, close, this.dropped),
    });
    this.forget = [
      store.watch("tests", () => this.fill()),
      store.watch("algorithms", () => this.sheets.refresh()),
      store.watch("connection", () => (this.table.refresh(), this.sheets.refresh())),
    ];
    this.fill();
  }

  update(place) {
    this.shown = place.id;
    this.sheets.update(place);
    this.table.highlight(place.id);
  }

  end() {
    this.forget.forEach((forget) => forget());
    this.sheets.end();
  }

  adder(glyph = "plus") {
    return button(mark("New test"), () => this.add(null), { glyph, look: "primary" });
  }

  // With a video that was dropped on the page.
  add(file) {
    this.dropped = file;
    if (this.sheets.key === "new" && file) this.sheets.view.take(file);
    else go("tests", null, { new: 1 });
  }

  actions() {
    this.run = tool(mark("Run"), "play", () => runTests(this.table.chosenRows()));
    this.stop = tool(mark("Stop"), "stop", () => stopTests(this.table.chosenRows()));
    this.remove = tool(mark("Delete"), "trash", () => deleteTests(this.table.chosenRows()));
    return el("div", { className: "bar" }, this.run, this.stop, this.remove);
  }

  // The newest first.
  fill() {
    const tests = [...store.tests.values()].sort((one, other) => other.id - one.id);
    this.table.set(tests.filter((test) => this.fits(test)));
    this.table.highlight(this.shown);
    this.sheets.refresh();
    this.tellActions();
  }

  fits(test) {
    return [test.name, test.video.filename, algorithmText(test), test.error?.message ?? ""].some((text) =>
      text.toLowerCase().includes(this.typed),
    );
  }

  empty() {
    if (!store.connection.known) return null;
    if (store.tests.size) return el("p", { className: "muted", says: mark("Nothing matches the search.") });
    const says = may("operator")
      ? mark("There are no tests yet. Drop a recorded video here to try an algorithm on it.")
      : mark("There are no tests yet.");
    return emptyState(says, may("operator") ? this.adder() : null);
  }

  tellActions() {
    if (!this.run) return;
    const chosen = this.table.chosenRows();
    this.run.disabled = !chosen.some(canStart);
    this.stop.disabled = !chosen.some(mayStop);
    this.remove.disabled = !chosen.length || !chosen.every(canStart);
  }

  press(event) {
    if (event.key !== "Delete" || event.target.matches("input[type=search]") || !this.remove || this.remove.disabled)
      return;
    event.preventDefault();
    deleteTests(this.table.chosenRows());
  }
}
