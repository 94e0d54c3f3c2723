// One algorithm with its versions.

import { el } from "../base/dom.js";
import { dateTime, percent, size } from "../base/format.js";
import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, say } from "../base/words.js";
import { button, iconButton, tool } from "../parts/buttons.js";
import { takeDrops } from "../parts/drop.js";
import { stateMark } from "../parts/marks.js";
import { activate, cancelImport, removeAlgorithm, removeVersion } from "./algorithms_acts.js";
import { activeOf, canBeOptimized, classesText, formatOf, inputSize, reportText, retryOf } from "./algorithms_words.js";

// Versions that a card shows before somebody asks for all of them; the active one always.
const SHOWN = 4;

// `acts`: { details(algorithm, version), upload(algorithm, files), optimize(algorithm, version) }.
export class Card {
  constructor(algorithm, acts, unfolded = false) {
    Object.assign(this, { algorithm, acts, unfolded, bars: new Map() });
    const name = el("h2", { textContent: algorithm.name, className: "cut", title: algorithm.name });
    const head = el("div", { className: "card-head" }, name, ...(may("operator") ? this.verbs() : []));
    this.list = el(
      "ul",
      { className: "versions" },
      ...[...algorithm.versions].reverse().map((version) => this.row(version)),
    );
    this.element = el(
      "article",
      { className: "card", attrs: { "aria-label": algorithm.name } },
      head,
      this.list,
      this.unfolder(),
    );
    takeDrops(
      this.element,
      (_first, files) => acts.upload(algorithm, files),
      () => may("operator"),
    );
    this.progress();
  }

  verbs() {
    const { algorithm, acts } = this;
    const ready = activeOf(algorithm) !== undefined;
    const begin = (page) => () => go(page, null, { algorithm: algorithm.id, new: 1 });
    return [
      tool(mark("New task"), "list-bullets", begin("tasks"), { disabled: !ready }),
      tool(mark("New test"), "film-strip", begin("tests"), { disabled: !ready }),
      tool(mark("New version"), "plus", () => acts.upload(algorithm, [])),
      tool(mark("Delete algorithm"), "trash", () => removeAlgorithm(algorithm)),
    ];
  }

  // ---- a version ---------------------------------------------------------------------------------------

  row(version) {
    const facts = [
      this.state(version),
      el("span", { says: mark("Version {number}"), values: { number: version.version } }),
      el("span", { className: "muted middle", textContent: formatOf(version) }),
      el("span", { className: "muted middle", textContent: inputSize(version) }),
      el("span", {
        className: "muted classes cut",
        textContent: classesText(version),
        title: version.classes.join(", "),
      }),
      el("span", { className: "muted end middle", textContent: size(version.size), title: version.filename }),
      el("span", {
        className: "muted cut wide",
        textContent: `${version.uploaded_by} · ${dateTime(version.created_at)}`,
      }),
    ];
    const line = el("div", { className: "version" }, ...facts, this.buttons(version));
    return el("li", { data: { version: version.version } }, line, ...this.below(version));
  }

  state({ state, made_from }) {
    const shown = stateMark("versions", state);
    if (state === "importing" && made_from !== null) say(shown.querySelector("span"), mark("Optimising"));
    return shown;
  }

  buttons(version) {
    const { algorithm, acts } = this;
    const details = iconButton(mark("Details"), "info", () => acts.details(algorithm, version), {
      className: "quiet bare details",
    });
    const operate = may("operator");
    return el(
      "span",
      { className: "verbs" },
      details,
      slot(
        operate &&
          canBeOptimized(version) &&
          iconButton(mark("Optimise: make a faster version of it (INT8)"), "lightning", () =>
            acts.optimize(algorithm, version.version),
          ),
      ),
      el("span", { className: "verb" }, this.verb(version, operate)),
      slot(
        operate &&
          this.deletable(version) &&
          iconButton(mark("Delete version"), "trash", () => removeVersion(algorithm, version.version)),
      ),
    );
  }

  // What can be done with it most likely, or that it is the one in use.
  verb({ version, state }, operate) {
    const { algorithm } = this;
    const active = algorithm.active_version;
    if (version === active) return el("span", { className: "chip", says: mark("Active") });
    if (!operate) return null;
    if (state === "importing") return button(mark("Cancel"), () => cancelImport(algorithm, version), { look: "quiet" });
    if (state !== "ready") return null;
    const earlier = active !== null && version < active;
    return button(earlier ? mark("Roll back") : mark("Activate"), () => activate(algorithm, version), {
      look: "quiet",
    });
  }

  deletable({ version, state }) {
    return version !== this.algorithm.active_version && state !== "importing";
  }

  // A second line while it is made, when it was refused, and for what making it INT8 changed.
  below(version) {
    if (version.state === "importing") return [this.bar(version)];
    if (version.error) {
      return [
        el("p", { className: "below problem", textContent: version.error.message }),
        el("p", { className: "below caption muted", says: retryOf(version) }),
      ];
    }
    return version.report ? [el("p", { className: "below caption muted", textContent: reportText(version) })] : [];
  }

  bar({ version }) {
    const bar = el("progress", { max: 1, value: 0, called: mark("Import progress") });
    const step = el("small", { className: "muted", says: mark("Waiting for its turn") });
    this.bars.set(version, { bar, step });
    return el("div", { className: "below" }, bar, step);
  }

  // How far its imports are.
  progress() {
    for (const [version, { bar, step }] of this.bars) {
      const now = store.imports.get(`${this.algorithm.id}/${version}`);
      if (!now) continue;
      bar.value = now.fraction;
      step.textContent = `${now.step} · ${percent(now.fraction)}`;
    }
  }

  // ---- many versions -----------------------------------------------------------------------------------

  unfolder() {
    const more = [...this.list.children].filter(
      (row, place) => place >= SHOWN && Number(row.dataset.version) !== this.algorithm.active_version,
    );
    if (!more.length || this.unfolded) return null;
    more.forEach((row) => (row.hidden = true));
    const press = button(mark("Show all {count} versions"), () => this.unfold(more, press), {
      look: "link",
      values: { count: this.list.children.length },
    });
    return press;
  }

  unfold(rows, press) {
    this.unfolded = true;
    press.remove();
    rows.forEach((row) => (row.hidden = false));
    rows[0].querySelector("button").focus();
  }
}

// Each kind of button has a place of its own, so that they stand in columns.
const slot = (content) => el("span", { className: "slot" }, content || null);
