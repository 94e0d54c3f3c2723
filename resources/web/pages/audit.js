// Who did what, and who was refused what. For administrators; nothing of it can be changed.

import { el } from "../base/dom.js";
import { dateTime } from "../base/format.js";
import { go } from "../base/routes.js";
import { mark, say, whenLanguageChanges } from "../base/words.js";
import { button, iconButton } from "../parts/buttons.js";
import { emptyState, head } from "../parts/head.js";
import { outcomeMark } from "../parts/marks.js";
import { done, failed } from "../parts/notices.js";
import { shutSheet } from "../parts/sheet.js";
import { Table } from "../parts/table.js";
import { exportAudit } from "./audit_export.js";
import { AuditFilter } from "./audit_filter.js";
import { AuditReader } from "./audit_reader.js";
import { openEntry } from "./audit_sheet.js";
import { placeWord, sentence } from "./audit_words.js";

const LOOK_MS = 5000;
const COLUMNS = [
  { says: mark("Outcome"), width: "112px", narrow: true, cell: ({ outcome }) => outcomeMark(outcome) },
  {
    says: mark("Time"),
    width: "168px",
    cell: ({ at }) => el("time", { dateTime: at, title: `${at} (UTC)`, textContent: dateTime(at, true) }),
  },
  { says: mark("What happened"), narrow: true, main: true, cell: sentence },
  { says: mark("From"), width: "140px", cell: ({ address }) => placeWord(address) },
];

export const open = (at) => new AuditPage(at);

class AuditPage {
  constructor(at) {
    this.filter = new AuditFilter((query) => go("audit", null, query, { quietly: true }));
    this.table = new Table({
      columns: COLUMNS,
      called: mark("Audit"),
      onOpen: (entry) => this.show(entry),
      onEnd: () => this.read(),
      empty: () =>
        emptyState(
          mark("No entry fits these filters."),
          button(mark("Show all"), () => go("audit", null, {}, { quietly: true })),
        ),
    });
    this.full = el("p", {
      className: "muted",
      hidden: true,
      says: mark("Only the newest 20,000 are shown. Choose a time, or export all."),
    });
    this.export = button(mark("Export CSV"), () => this.toggleExport());
    const actions = [iconButton(mark("Refresh"), "arrows-clockwise", () => this.begin()), this.export];
    this.element = el(
      "div",
      { className: "page audit" },
      ...head(mark("Audit"), { actions }),
      this.filter.element,
      this.table.element,
      this.full,
    );
    this.forget = whenLanguageChanges(() => this.table.refresh());
    this.clock = setInterval(() => this.look(), LOOK_MS);
    this.update(at);
  }

  end() {
    this.forget();
    clearInterval(this.clock);
    this.reader?.end();
    this.sending?.abort();
  }

  // An entry has no address of its own: its number changes when old ones are cut off.
  update({ id, query }) {
    if (id !== null) return go("audit", null, Object.fromEntries(query), { quietly: true });
    const asked = query.toString();
    if (asked === this.asked) return;
    this.asked = asked;
    this.filter.show(query);
    shutSheet();
    this.begin();
  }

  // Anew from the newest.
  begin() {
    this.reader?.end();
    this.reader = new AuditReader(this.filter.wanted());
    this.table.element.scrollTop = 0;
    this.read();
  }

  read() {
    if (this.reader.entries.length && !this.reader.hasMore) return;
    this.take((reader) => reader.older());
  }

  // What is new, while nobody reads further down: nothing may move under somebody's eyes.
  look() {
    if (!document.hidden && this.table.element.scrollTop === 0)
      this.take(
        (reader) => reader.newer(),
        () => {},
      );
  }

  async take(work, refuse = failed) {
    const { reader } = this;
    try {
      await work(reader);
    } catch (error) {
      if (reader === this.reader) refuse(error);
      return;
    }
    if (reader !== this.reader) return;
    this.table.set([...reader.entries]);
    this.table.highlight(this.shownId);
    this.full.hidden = !reader.isFull;
    this.filter.know(reader.entries.map(({ actor }) => actor).filter((name) => name !== "?"));
  }

  show(entry) {
    this.shownId = entry.id;
    openEntry(entry, () => this.table.highlight((this.shownId = null)));
    this.table.highlight(entry.id);
  }

  // The button is its progress, and the way out.
  async toggleExport() {
    if (this.sending) return this.sending.abort();
    this.sending = new AbortController();
    const label = this.export.querySelector("span");
    const bar = el("progress", { max: 1, value: 0 });
    bar.setAttribute("aria-label", label.textContent);
    this.export.append(bar);
    say(label, mark("Exporting … Cancel"));
    try {
      const { name, count } = await exportAudit(
        this.filter.wanted(),
        this.sending.signal,
        (share) => (bar.value = share),
      );
      done(mark("{count} entries are in “{name}”."), { count, name });
    } catch (error) {
      if (error.name === "AbortError") done(mark("The export was cancelled; nothing was written."));
      else failed(error);
    } finally {
      this.sending = null;
      bar.remove();
      say(label, mark("Export CSV"));
    }
  }
}
