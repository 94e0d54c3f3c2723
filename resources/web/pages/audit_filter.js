// Which entries of the audit are shown: by person, action, outcome and time.

import { el, uniqueId } from "../base/dom.js";
import { store } from "../base/store.js";
import { mark, sayAs } from "../base/words.js";
import { stateWord, statesOf } from "../parts/marks.js";
import { INTENTIONS, KINDS } from "./audit_words.js";

const PERIODS = {
  "": mark("Any time"),
  today: mark("Today"),
  week: mark("Last 7 days"),
  month: mark("Last 30 days"),
  chosen: mark("From … to …"),
};
const DAYS_BACK = { today: 0, week: 6, month: 29 };

// `onChange(query)`: what is chosen, as the place keeps it. `show(query)` shows it.
export class AuditFilter {
  constructor(onChange) {
    const names = el("datalist", { id: uniqueId("names") });
    this.names = names;
    this.actor = labelled(
      mark("Person"),
      el("input", { type: "search", hints: mark("Everybody"), spellcheck: false, autocomplete: "off" }),
    );
    this.actor.setAttribute("list", names.id);
    this.action = labelled(
      mark("Action"),
      el("select", {}, el("option", { value: "", says: mark("All actions") }), ...actionGroups()),
    );
    const outcomes = statesOf("outcomes").map((value) => el("option", { value, says: stateWord("outcomes", value) }));
    this.outcome = labelled(
      mark("Outcome"),
      el("select", {}, el("option", { value: "", says: mark("All outcomes") }), ...outcomes),
    );
    const periods = Object.entries(PERIODS).map(([value, says]) => el("option", { value, says }));
    this.period = labelled(mark("Time"), el("select", {}, ...periods));
    this.first = labelled(mark("First day"), el("input", { type: "date" }));
    this.last = labelled(mark("Last day"), el("input", { type: "date" }));
    this.inputs = {
      actor: this.actor,
      action: this.action,
      outcome: this.outcome,
      time: this.period,
      first: this.first,
      last: this.last,
    };
    this.element = el("div", { className: "tools filters" }, ...Object.values(this.inputs), names);
    this.element.addEventListener("change", () => onChange(this.query()));
  }

  // Whom one may ask for: those that there are, and those that entries have been seen of.
  know(seen) {
    const names = new Set([...[...store.users.values()].map(({ username }) => username), ...seen]);
    this.names.replaceChildren(...[...names].sort().map((value) => el("option", { value })));
  }

  show(query) {
    for (const [name, input] of Object.entries(this.inputs)) input.value = query.get(name) ?? "";
    if (this.period.selectedIndex < 0) this.period.value = "";
    const isChosen = this.period.value === "chosen";
    for (const day of [this.first, this.last]) {
      day.hidden = !isChosen;
      day.value ||= isChosen ? dayOf(new Date()) : "";
    }
  }

  query() {
    const chosen = Object.entries(this.inputs).map(([name, { value }]) => [name, value.trim()]);
    const isChosen = this.period.value === "chosen";
    return Object.fromEntries(chosen.filter(([name]) => isChosen || !["first", "last"].includes(name)));
  }

  // What the station is asked for, with days of this machine's time zone.
  wanted() {
    const [since, until] = this.days();
    return { actor: this.actor.value.trim(), action: this.action.value, outcome: this.outcome.value, since, until };
  }

  days() {
    const period = this.period.value;
    if (period in DAYS_BACK) return [midnight(new Date(), -DAYS_BACK[period]), ""];
    if (period !== "chosen") return ["", ""];
    const days = [this.first.value, this.last.value].filter(Boolean).sort();
    return days.length
      ? [midnight(new Date(`${days[0]}T00:00`)), midnight(new Date(`${days.at(-1)}T00:00`), 1)]
      : ["", ""];
  }
}

const labelled = (says, element) => sayAs(element, "aria-label", says);

function actionGroups() {
  return Object.entries(KINDS).map(([kind, says]) => {
    const actions = Object.entries(INTENTIONS).filter(([action]) => action.startsWith(`${kind}.`));
    return sayAs(
      el("optgroup", {}, ...actions.map(([value, text]) => el("option", { value, says: text }))),
      "label",
      says,
    );
  });
}

// The day's first moment here.
const midnight = (day, more = 0) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + more).toISOString();

function dayOf(at) {
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
