// The page Devices: the table of cameras, and what can be done with the chosen ones.

import { el } from "../base/dom.js";
import { go, place } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { button, tool } from "../parts/buttons.js";
import { takeDrops } from "../parts/drop.js";
import { emptyState, head } from "../parts/head.js";
import { glyph } from "../parts/icon.js";
import { warn } from "../parts/notices.js";
import { segments } from "../parts/segments.js";
import { maySheetClose } from "../parts/sheet.js";
import { Table } from "../parts/table.js";
import { exportDevices, removeDevices } from "./devices_acts.js";
import { openChecks } from "./devices_checks.js";
import { addDevice, cloneDevice, editDevice } from "./devices_form.js";
import { importDevices, openImport } from "./devices_import.js";
import { columns, searched, stateNow } from "./devices_table.js";
import { watchUses } from "./devices_uses.js";
import { openDevice } from "./devices_view.js";

const GROUPS = [
  ["all", mark("All")],
  ["online", mark("Online")],
  ["attention", mark("Need attention")],
  ["idle", mark("Not in use")],
];
const GROUP_OF = {
  online: "online",
  reconnecting: "attention",
  offline: "attention",
  unknown: "attention",
  idle: "idle",
};

export function open(to) {
  const page = new DevicesPage();
  page.update(to);
  return page;
}

class DevicesPage {
  constructor() {
    this.words = "";
    this.acts = {
      edit: (device) => inPlace(() => editDevice(device)),
      clone: (device) => inPlace(() => cloneDevice(device)),
      check: (devices) => inPlace(() => openChecks(devices)),
      remove: removeDevices,
    };
    this.groups = segments(mark("State"), GROUPS, () => this.show());
    this.table = new Table({
      columns: columns(),
      called: mark("Devices"),
      sort: { place: 1, down: false },
      onOpen: ({ id }) => inPlace(() => go("devices", id)),
      onSelect: may("operator") ? () => this.offer() : null,
      empty: () => this.nothing(),
    });
    this.element = el("div", { className: "page devices" }, ...this.head(), this.table.element);
    takeDrops(
      this.element,
      (file) => inPlace(() => openImport(file)),
      () => may("operator"),
    );
    this.forget = [
      store.watch("devices", () => (this.show(), this.view?.refresh(), this.arrive())),
      store.watch("connection", () => (this.again(), this.view?.refresh())),
      store.watch("tasks", () => this.view?.refresh()),
      watchUses(() => this.again()),
    ];
    this.show();
    this.offer();
  }

  end() {
    this.forget.forEach((forget) => forget());
  }

  // ---- what there is -----------------------------------------------------------------------------------

  head() {
    const exporter = tool(mark("Export"), "upload-simple", exportDevices);
    const importer = tool(mark("Import"), "download-simple", () => inPlace(importDevices));
    return head(mark("Devices"), {
      actions: may("operator") ? [importer, exporter, this.adder()] : [exporter],
      tools: [this.groups.element, may("operator") ? this.verbs() : null],
      onSearch: (words) => ((this.words = words), this.show()),
    });
  }

  adder() {
    return button(mark("Add camera"), () => inPlace(addDevice), { glyph: "plus", look: "primary" });
  }

  // What can be done with the chosen ones.
  verbs() {
    const one = (rows) => rows.length === 1;
    const some = (rows) => rows.length > 0;
    this.offers = [
      this.verb(mark("Edit"), glyph("pencil-simple"), one, ([device]) => this.acts.edit(device)),
      this.verb(mark("Clone"), glyph("copy"), one, ([device]) => this.acts.clone(device)),
      this.verb(mark("Check"), glyph("checks"), some, this.acts.check),
      this.verb(mark("Delete"), glyph("trash"), some, this.acts.remove),
    ];
    return el("div", { className: "bar" }, ...this.offers.map(({ element }) => element));
  }

  verb(says, name, allowed, run) {
    return { element: tool(says, name, () => run(this.table.chosenRows())), allowed };
  }

  offer() {
    const rows = this.table.chosenRows();
    this.offers?.forEach(({ element, allowed }) => (element.disabled = !allowed(rows)));
  }

  // ---- the table ---------------------------------------------------------------------------------------

  show() {
    const all = [...store.devices.values()];
    const counts = { all: all.length, online: 0, attention: 0, idle: 0 };
    for (const device of all) counts[GROUP_OF[stateNow(device)]] += 1;
    this.groups.count(counts);
    const group = this.groups.value;
    const shown = all.filter(
      (device) => (group === "all" || GROUP_OF[stateNow(device)] === group) && searched(device).includes(this.words),
    );
    this.table.set(shown);
    this.table.highlight(place().id);
  }

  // Where cells say something that is not of the camera itself.
  again() {
    this.show();
    this.table.refresh();
  }

  nothing() {
    if (!store.connection.known) return null;
    if (store.devices.size) return el("p", { className: "muted", says: mark("Nothing matches the search.") });
    return emptyState(mark("There are no cameras yet."), may("operator") ? this.adder() : null);
  }

  // ---- sheets ------------------------------------------------------------------------------------------

  // One camera's sheet is a place of its own, which "back" leaves.
  update({ id, query }) {
    this.wanted = id;
    if (this.view && this.view.id !== id) this.view.shut();
    if (query.has("new") && may("operator")) {
      this.leave();
      inPlace(addDevice);
    } else this.arrive();
    this.table.highlight(id);
  }

  // A place may be asked for before it is known what there is.
  async arrive() {
    const id = this.wanted;
    if (id === null || this.view || !store.connection.known) return;
    if (!store.devices.has(id)) warn(mark("What was looked for is not there any more."));
    if (!store.devices.has(id) || !(await maySheetClose())) return this.leave();
    this.view = openDevice(id, this.acts, () => this.closed(id));
    this.view.id = id;
  }

  leave() {
    go("devices", null, {}, { quietly: true });
  }

  closed(id) {
    this.view = null;
    const here = place();
    if (here.page === "devices" && here.id === id) this.leave();
  }
}

// `opens()` opens a sheet in place of another one, unless that is half filled in and is to stay.
async function inPlace(opens) {
  if (await maySheetClose()) opens();
}
