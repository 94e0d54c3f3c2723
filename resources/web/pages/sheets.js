// The sheets of a page that has details of one object, and a form for a new one: what the address says is what is open.

import { go, place } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { warn } from "../parts/notices.js";
import { maySheetClose, openSheet, shutSheet } from "../parts/sheet.js";

export class Sheets {
  // `page`: its name; `known(id)`: the object, or none; `details(object, place)` and `add(query, close)` make what is
  // in the sheet: { title, element, wide, dirty(), end(), update(object, place) }.
  constructor(page, { known, details, add }) {
    Object.assign(this, { page, known, details, add, key: "", view: null, sheet: null });
  }

  end() {
    const view = this.view;
    this.view = null;
    view?.end();
  }

  // Where what was typed shall not be lost, the address stays what it was.
  async update(to) {
    const key = this.keyOf(to);
    if (key === this.key) return this.refresh();
    if (this.view && !(await maySheetClose()))
      return go(this.page, this.at.id, Object.fromEntries(this.at.query), { quietly: true });
    this.forget();
    Object.assign(this, { key, at: to });
    this.refresh();
  }

  keyOf({ id, query }) {
    if (id !== null) return String(id);
    return query.has("new") && may("operator") ? "new" : "";
  }

  // The object as it is now. One that nobody knows is gone, as soon as everything is known; a form waits for that, too.
  refresh() {
    const id = Number(this.key);
    if (this.key === "new" && this.view) this.view.update();
    else if (this.key === "new" && store.connection.known)
      this.show(this.add(this.at.query, () => this.leave()));
    if (!id) return;
    const object = this.known(id);
    if (object && this.view) this.view.update(object, place());
    else if (object) this.show(this.details(object, place()));
    else if (store.connection.known && store.connection.up) this.gone();
  }

  gone() {
    if (!this.view) warn(mark("What was looked for is not there any more."));
    this.leave();
  }

  show(view) {
    this.view = view;
    this.sheet = openSheet({
      title: view.title,
      body: view.element,
      wide: view.wide,
      dirty: () => view.dirty?.() ?? false,
      onClose: () => this.closed(view),
    });
    view.opened?.(this.sheet);
    if (this.key !== "new") this.sheet.element.focus({ preventScroll: true });
  }

  leave() {
    if (this.view) shutSheet();
    else go(this.page, null, {}, { quietly: true });
  }

  // By a person: then the address is the page's again, if it does not lead elsewhere already.
  closed(view) {
    if (this.view !== view) return;
    const key = this.key;
    this.view = null;
    this.key = "";
    view.end();
    const now = place();
    if (now.page === this.page && this.keyOf(now) === key) go(this.page);
  }

  // For another one that takes its place.
  forget() {
    const view = this.view;
    this.view = null;
    view?.end();
    if (view) shutSheet();
  }
}
