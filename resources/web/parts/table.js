// A table of objects by their id: state first, the name opens the details, several rows can be chosen.

import { el } from "../base/dom.js";
import { mark, sayAs } from "../base/words.js";

const LONGEST_PIECE = 200; // rows that are made at once; the rest comes as one scrolls

// `columns`: { says, cell(row) gives a node or text, sort(row), end: right-aligned, narrow: shown on a phone, spare:
// only where there is plenty of room, main: its cell is the button that opens the row, width }. `onOpen(row)`;
// `onSelect(ids)` where rows can be chosen; `onEnd()` where one comes near the last row and there may be more.
export class Table {
  constructor({ columns, onOpen, onSelect, onEnd, called, empty, sort = null }) {
    Object.assign(this, {
      columns,
      onOpen,
      onSelect,
      onEnd,
      empty,
      sorted: sort,
      rows: [],
      lines: new Map(),
      chosen: new Set(),
    });
    this.body = el("tbody");
    this.all = el("input", {
      type: "checkbox",
      called: mark("All"),
      on: { change: () => this.chooseAll(this.all.checked) },
    });
    const heads = columns.map((column, place) => this.head(column, place));
    const first = onSelect ? [el("th", { className: "choose", scope: "col" }, this.all)] : [];
    const table = el("table", {}, el("thead", {}, el("tr", {}, ...first, ...heads)), this.body);
    if (called) sayAs(table, "aria-label", called);
    this.element = el(
      "div",
      { className: "table" },
      table,
      (this.nothing = el("div", { className: "empty", hidden: true })),
    );
    this.element.addEventListener("scroll", () => this.nearEnd() && this.showMore());
    this.body.addEventListener("keydown", (event) => this.walk(event));
    this.shown = LONGEST_PIECE;
  }

  head({ says, sort, width, ...column }, place) {
    const head = el("th", { className: lookOf(column), scope: "col" });
    if (width) head.style.setProperty("width", width);
    if (!sort) return (head.append(el("span", { says })), head);
    head.append(el("button", { type: "button", className: "sort", says, on: { click: () => this.sortBy(place) } }));
    return head;
  }

  sortBy(place) {
    const again = this.sorted?.place === place;
    this.sorted = { place, down: again ? !this.sorted.down : false };
    this.set(this.rows);
  }

  // `rows`: objects with an id; an object that is the same as before keeps its line as it is.
  set(rows) {
    this.rows = rows;
    const ids = new Set(rows.map(({ id }) => id));
    for (const [id, line] of this.lines) if (!ids.has(id)) (line.element.remove(), this.lines.delete(id));
    const gone = [...this.chosen].filter((id) => !ids.has(id));
    gone.forEach((id) => this.chosen.delete(id));
    this.order();
    this.nothing.hidden = rows.length > 0;
    if (!rows.length) this.nothing.replaceChildren(...[this.empty?.()].flat().filter(Boolean));
    this.element.classList.toggle("void", !rows.length);
    if (gone.length) this.onSelect?.(this.chosen);
    this.tellAll();
  }

  order() {
    const sorted = this.inOrder();
    const wanted = sorted.slice(0, this.shown).map((row) => this.line(row));
    this.columns.forEach((column, place) => {
      const head = this.element.querySelectorAll("thead th")[place + (this.onSelect ? 1 : 0)];
      const of = this.sorted?.place === place ? (this.sorted.down ? "descending" : "ascending") : null;
      if (of) head.setAttribute("aria-sort", of);
      else head.removeAttribute("aria-sort");
    });
    // Only what stands elsewhere is moved: a line that stays keeps the keyboard.
    wanted.forEach((element, place) => {
      if (this.body.children[place] !== element) this.body.insertBefore(element, this.body.children[place] ?? null);
    });
    while (this.body.children.length > wanted.length) this.body.lastChild.remove();
  }

  inOrder() {
    const column = this.columns[this.sorted?.place];
    if (!column) return this.rows;
    const way = this.sorted.down ? -1 : 1;
    return [...this.rows].sort((one, other) => way * compare(column.sort(one), column.sort(other)));
  }

  nearEnd() {
    return this.element.scrollTop + 2 * this.element.clientHeight > this.element.scrollHeight;
  }

  showMore() {
    if (this.shown >= this.rows.length) return this.onEnd?.();
    this.shown += LONGEST_PIECE;
    this.order();
  }

  // Once more, where cells say something that changes by itself.
  refresh() {
    for (const line of this.lines.values()) this.fill(line);
  }

  line(row) {
    const known = this.lines.get(row.id);
    if (known) {
      if (known.row !== row) ((known.row = row), this.fill(known));
      return known.element;
    }
    const made = { row, element: el("tr", { data: { id: row.id } }), cells: [] };
    if (this.onSelect) made.element.append(this.chooser(made));
    for (const column of this.columns) made.element.append((made.cells[made.cells.length] = this.cell(column, made)));
    made.element.addEventListener(
      "click",
      (event) => event.target.closest("button, a, input, label") || this.onOpen?.(made.row),
    );
    this.lines.set(row.id, made);
    this.fill(made);
    return made.element;
  }

  chooser(made) {
    const box = el("input", {
      type: "checkbox",
      called: mark("Choose"),
      on: { change: () => this.choose(made.row.id, box.checked) },
    });
    made.box = box;
    box.checked = this.chosen.has(made.row.id);
    return el("td", { className: "choose" }, box);
  }

  cell(column, made) {
    const className = lookOf(column);
    if (!column.main || !this.onOpen) return el("td", { className });
    return el(
      "td",
      { className },
      el("button", { type: "button", className: "row", on: { click: () => this.onOpen(made.row) } }),
    );
  }

  fill({ row, cells }) {
    this.columns.forEach(({ cell, main }, place) => {
      const target = main && this.onOpen ? cells[place].firstChild : cells[place];
      const value = cell(row) ?? "–";
      if (value instanceof Node) {
        if (target.firstChild !== value || target.childNodes.length !== 1) target.replaceChildren(value);
      } else if (target.textContent !== String(value)) {
        target.textContent = value;
        target.title = value;
      }
    });
  }

  choose(id, wanted) {
    if (wanted) this.chosen.add(id);
    else this.chosen.delete(id);
    this.tellAll();
    this.onSelect(this.chosen);
  }

  // The objects that are chosen.
  chosenRows() {
    return this.rows.filter(({ id }) => this.chosen.has(id));
  }

  chooseAll(wanted) {
    this.chosen = new Set(wanted ? this.rows.map(({ id }) => id) : []);
    for (const { row, box } of this.lines.values()) box.checked = this.chosen.has(row.id);
    this.tellAll();
    this.onSelect(this.chosen);
  }

  // Whose details are shown.
  highlight(id) {
    for (const { row, element } of this.lines.values()) element.classList.toggle("open", row.id === id);
  }

  tellAll() {
    this.all.checked = this.rows.length > 0 && this.chosen.size === this.rows.length;
    this.all.indeterminate = this.chosen.size > 0 && !this.all.checked;
    for (const { row, element } of this.lines.values()) element.classList.toggle("chosen", this.chosen.has(row.id));
  }

  // Up and down go from name to name.
  walk(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const row = step && event.target.closest("tr")?.[step];
    const same = event.target.matches("input") ? "input" : "button.row";
    if (!row || !row.querySelector(same)) return;
    event.preventDefault();
    row.querySelector(same).focus();
  }
}

function lookOf({ end, narrow, spare, main }) {
  return [end && "end", !narrow && "wide", spare && "spare", main && "main"].filter(Boolean).join(" ");
}

function compare(one, other) {
  if (typeof one === "string" && typeof other === "string")
    return one.localeCompare(other, document.documentElement.lang, { numeric: true });
  return (one ?? -Infinity) < (other ?? -Infinity) ? -1 : (one ?? -Infinity) > (other ?? -Infinity) ? 1 : 0;
}
