// The audit, page by page from the newest entry on. A million entries are never here at once.
//
// The station counts places from the newest entry, and that is another one all the time; its total tells by how many.
// Counted from the oldest an entry keeps its number, which is its id here.

import { api } from "../base/api.js";

const AT_ONCE = 100;
const MOST_SHOWN = 20_000;

// What is wanted as the station's query. `wanted`: { actor, action, outcome, since, until }; empty is any.
export const queryOf = (wanted) => new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));

export class AuditReader {
  constructor(wanted) {
    this.wanted = queryOf(wanted);
    this.entries = [];
    this.total = 0;
    this.giveUp = new AbortController();
  }

  end() {
    this.giveUp.abort();
  }

  get isFull() {
    return this.entries.length >= MOST_SHOWN;
  }

  get hasMore() {
    return !this.isFull && this.entries.length > 0 && this.entries.at(-1).id > 1;
  }

  // The next older ones, at first the newest of all.
  older() {
    return this.once(async () => {
      const last = this.entries.at(-1);
      const page = await this.page(last ? this.total - last.id + 1 : 0);
      if (last && page.shrunk) return this.begin(page.items);
      this.entries.push(...page.items.filter(({ id }) => !last || id < last.id));
    });
  }

  // Those that have come since.
  newer() {
    return this.once(async () => {
      const newest = this.entries[0]?.id ?? 0;
      const { items, shrunk } = await this.page(0);
      const fresh = items.filter(({ id }) => id > newest);
      if (shrunk || fresh.length === AT_ONCE) this.begin(items);
      else this.entries.unshift(...fresh);
    });
  }

  begin(items) {
    this.entries = items;
  }

  // One question at a time; another one meanwhile is not asked.
  async once(work) {
    if (this.asking) return;
    this.asking = true;
    try {
      await work();
    } finally {
      this.asking = false;
    }
  }

  // `shrunk`: old entries have been cut off, and all numbers with them.
  async page(offset) {
    const { items, total } = await api.get(
      `/audit?${this.wanted}&limit=${AT_ONCE}&offset=${offset}`,
      this.giveUp.signal,
    );
    const shrunk = total < this.total;
    this.total = total;
    return { shrunk, items: items.map((entry, place) => ({ ...entry, id: total - offset - place })) };
  }
}
