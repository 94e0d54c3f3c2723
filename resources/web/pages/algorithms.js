// The page Algorithms: cards with their versions, upload by button or drop.

import { el } from "../base/dom.js";
import { byName } from "../base/format.js";
import { go, place } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, say } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { takeDrops } from "../parts/drop.js";
import { emptyState, head } from "../parts/head.js";
import { warn } from "../parts/notices.js";
import { maySheetClose } from "../parts/sheet.js";
import { Card } from "./algorithms_card.js";
import { openDetails } from "./algorithms_details.js";
import { openUpload } from "./algorithms_form.js";
import { openOptimize } from "./algorithms_optimize.js";
import { followImports } from "./algorithms_outcomes.js";
import { tray } from "./algorithms_tray.js";
import { forget as forgetUpload } from "./algorithms_uploads.js";
import { activeOf, versionOf } from "./algorithms_words.js";

export function open(to) {
  const page = new AlgorithmsPage();
  page.update(to);
  return page;
}

class AlgorithmsPage {
  constructor() {
    followImports();
    this.words = "";
    this.cards = new Map();
    this.acts = {
      details: ({ id }, { version }) => inPlace(() => go("algorithms", id, { version })),
      upload: (algorithm, files) => inPlace(() => openUpload(algorithm, files)),
      optimize: (algorithm, version) => inPlace(() => openOptimize(algorithm, version)),
    };
    this.count = el("small", { className: "muted", attrs: { role: "status" } });
    this.list = el("div", { className: "cards", on: { keydown: walk } });
    this.nothing = el("div", { className: "empty" });
    this.tray = tray((upload) => inPlace(() => this.again(upload)));
    const hint = el("p", {
      className: "drop-hint",
      says: mark("Drop it here for a new algorithm, or on a card for a new version of it."),
    });
    this.element = el(
      "div",
      { className: "page algorithms" },
      ...this.head(),
      this.tray.element,
      this.nothing,
      this.list,
      hint,
    );
    takeDrops(
      this.element,
      (_first, files) => this.acts.upload(null, files),
      () => may("operator"),
    );
    this.forget = [
      store.watch("algorithms", () => (this.show(), this.arrive())),
      store.watch("imports", () => this.cards.forEach((card) => card.progress())),
      store.watch("connection", () => this.show()),
      this.tray.end,
    ];
    this.show();
  }

  end() {
    this.forget.forEach((forget) => forget());
  }

  head() {
    return head(mark("Algorithms"), {
      actions: may("operator") ? [this.adder()] : [],
      tools: [this.count],
      onSearch: (words) => ((this.words = words), this.show()),
      hints: mark("Search names and classes"),
    });
  }

  adder() {
    return button(mark("Upload algorithm"), () => this.acts.upload(null, []), { glyph: "plus", look: "primary" });
  }

  // ---- cards -------------------------------------------------------------------------------------------

  // A card is made anew when its algorithm has changed, which is rare; the keyboard stays where it was.
  show() {
    const all = [...store.algorithms.values()].sort(byName);
    const shown = all.filter((algorithm) => matches(algorithm, this.words));
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, card] of this.cards) if (!ids.has(id)) (card.element.remove(), this.cards.delete(id));
    shown.forEach((algorithm, at) => this.put(algorithm, at));
    if (shown.length < all.length)
      say(this.count, mark("{shown} of {count}"), { shown: shown.length, count: all.length });
    else say(this.count, mark("Algorithms: {count}"), { count: all.length });
    this.tellNothing(all.length, shown.length);
  }

  put(algorithm, at) {
    const old = this.cards.get(algorithm.id);
    if (old?.algorithm !== algorithm) {
      const card = new Card(algorithm, this.acts, old?.unfolded);
      const focus = old && focusIn(old.element);
      this.cards.set(algorithm.id, card);
      old?.element.replaceWith(card.element);
      if (focus) focusAgain(card.element, focus);
    }
    const { element } = this.cards.get(algorithm.id);
    if (this.list.children[at] !== element) this.list.insertBefore(element, this.list.children[at] ?? null);
  }

  tellNothing(all, shown) {
    this.nothing.hidden = shown > 0 || !store.connection.known;
    this.count.hidden = !all;
    if (this.nothing.hidden) return;
    const state = all
      ? el("p", { className: "muted", says: mark("Nothing matches the search.") })
      : emptyState(mark("There are no algorithms yet."), may("operator") ? this.adder() : null);
    this.nothing.replaceChildren(state);
  }

  // An upload that was refused: the same file, with what was wrong at its name.
  again(upload) {
    forgetUpload(upload);
    openUpload(upload.algorithm && store.algorithms.get(upload.algorithm.id), [upload.file], upload);
  }

  // ---- details -----------------------------------------------------------------------------------------

  // Details are a place of their own, which "back" leaves.
  update({ id, query }) {
    this.wanted = id === null ? null : { id, version: Number(query.get("version")) };
    if (query.has("new") && may("operator")) {
      this.leave();
      this.acts.upload(null, []);
    } else this.arrive();
  }

  // Of what is not there any more they would lie; of what has changed they are opened anew.
  async arrive() {
    const algorithm = this.wanted && store.algorithms.get(this.wanted.id);
    const version =
      algorithm &&
      (versionOf(algorithm, this.wanted.version) ??
        (this.wanted.version ? null : (activeOf(algorithm) ?? algorithm.versions.at(-1))));
    if (this.shown && this.shown.version === version && this.shown.algorithm === algorithm) return;
    const before = this.shown;
    this.shown = null;
    if (!version) {
      before?.sheet.shut();
      if (this.wanted && store.connection.known) this.gone(before);
      return;
    }
    if (!before && !(await maySheetClose())) return this.leave();
    const shown = { algorithm, version };
    this.shown = shown;
    shown.sheet = openDetails(algorithm, version, () => this.closed(shown));
  }

  gone(before) {
    if (!before) warn(mark("What was looked for is not there any more."));
    this.leave();
  }

  closed(shown) {
    if (this.shown !== shown) return; // another one took its place
    this.shown = null;
    const here = place();
    if (here.page === "algorithms" && here.id === shown.algorithm.id) this.leave();
  }

  leave() {
    go("algorithms", null, {}, { quietly: true });
  }
}

// By its name, and by what its versions find and were uploaded as.
function matches({ name, versions }, words) {
  const texts = [name, ...versions.flatMap(({ filename, classes }) => [filename, ...classes])];
  return texts.some((text) => text.toLowerCase().includes(words));
}

// `opens()` opens a sheet in place of another one, unless that is half filled in and is to stay.
async function inPlace(opens) {
  if (await maySheetClose()) opens();
}

// ---- the keyboard ----------------------------------------------------------------------------------------

// Up and down go from version to version, over all cards.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [...event.currentTarget.querySelectorAll("li:not([hidden]) .details")];
  const here = event.target.closest("li")?.querySelector(".details");
  const from = here
    ? stops.indexOf(here) + step
    : stops.indexOf(event.target.closest(".card").querySelector("li .details"));
  if (!stops[from]) return;
  event.preventDefault();
  stops[from].focus();
}

// Which button of which version has the keyboard, and again after the card was made anew.
function focusIn(card) {
  const focused = document.activeElement;
  if (!card.contains(focused)) return null;
  return {
    version: focused.closest("li")?.dataset.version,
    called: focused.getAttribute("aria-label") ?? focused.textContent,
  };
}

function focusAgain(card, { version, called }) {
  const row = version ? card.querySelector(`li[data-version="${version}"]`) : card;
  const buttons = [...(row ?? card).querySelectorAll("button")];
  (buttons.find((each) => (each.getAttribute("aria-label") ?? each.textContent) === called) ?? buttons[0])?.focus();
}
