// The live wall: as a page, or alone on a screen.

import { el } from "../base/dom.js";
import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, say } from "../base/words.js";
import { Bar } from "../live/bar.js";
import { Kiosk, kioskAddress, wishedKiosk } from "../live/kiosk.js";
import { Plan } from "../live/plan.js";
import { Wall } from "../live/wall.js";
import { button, iconButton } from "../parts/buttons.js";
import { head, searchField } from "../parts/head.js";

export function open() {
  const page = new LivePage();
  return { element: page.element, update() {}, end: () => page.end() };
}

class LivePage {
  constructor() {
    this.element = el("div", { className: "page wall" });
    this.build();
  }

  end() {
    this.kiosk?.end();
    this.wall.end();
  }

  build() {
    const wish = wishedKiosk();
    this.plan = new Plan(wish);
    this.nothing = el("div", { className: "nothing", hidden: true });
    this.missing = el("p", { className: "missing", attrs: { role: "status" }, hidden: true });
    this.wall = new Wall(this.plan, {
      kiosk: wish !== null,
      onRange: (...range) => this.showRange(range),
      onEmpty: (empty, hasTasks) => this.showEmpty(empty, hasTasks),
      onFill: () => this.fillScreen(),
    });
    const parts = wish ? this.kioskParts() : this.pageParts();
    this.element.replaceChildren(...parts, this.missing, this.nothing, this.wall.grid);
    this.showRange(this.range);
  }

  pageParts() {
    this.bar = new Bar(this.wall);
    const search = searchField((text) => this.wall.find(text), mark("Search tasks"));
    return head(mark("Live wall"), { actions: [search, ...this.bar.parts] });
  }

  kioskParts() {
    this.bar = null;
    this.kiosk = new Kiosk(() => this.leave());
    this.more = el("span");
    const leaf = [
      iconButton(mark("Earlier tasks"), "caret-left", () => this.wall.leaf(-1)),
      this.more,
      iconButton(mark("Later tasks"), "caret-right", () => this.wall.leaf(1)),
    ];
    this.pager = el("div", { className: "pager", hidden: true }, ...leaf);
    return [this.kiosk.element, this.pager];
  }

  showRange(range) {
    this.range = range;
    const [first, last, total] = range;
    this.bar?.showRange(first, last, total);
    if (this.kiosk) {
      this.pager.hidden = last - first + 1 >= total;
      say(this.more, mark("{first} to {last} of {total}"), { first, last, total });
    }
    this.showMissing();
  }

  // A camera that an address names and that is not there must not go unnoticed.
  showMissing() {
    const { only, strange } = this.plan.fixed ?? { only: null, strange: [] };
    const gone = store.connection.known ? [...(only ?? []).filter((id) => !store.tasks.has(id)), ...strange] : [];
    this.missing.hidden = !gone.length;
    const one = mark("There is no task with the number {ids}.");
    const several = mark("There are no tasks with the numbers {ids}.");
    say(this.missing, gone.length > 1 ? several : gone.length ? one : "", { ids: gone.join(", ") });
  }

  showEmpty(empty, hasTasks) {
    this.nothing.hidden = !empty;
    if (!empty) return;
    const searched = Boolean(this.wall?.text);
    const none = mark("There is no task yet. Give a camera and an algorithm a task, and its picture appears here.");
    const says = searched ? mark("Nothing matches the search.") : hasTasks ? mark("No task is running.") : none;
    this.nothing.replaceChildren(el("p", { says }));
    if (searched || this.plan.fixed || !may("operator")) return;
    this.nothing.append(button(mark("Open tasks"), () => go("tasks"), { look: "primary" }));
  }

  // What is seen, alone on the screen; its address can be kept for another one.
  fillScreen() {
    this.replace(kioskAddress(this.plan));
    document.documentElement.requestFullscreen?.().catch(() => {}); // then it fills the window
  }

  leave() {
    if (document.fullscreenElement) document.exitFullscreen();
    this.replace("/");
  }

  replace(address) {
    this.end();
    this.kiosk = null;
    history.replaceState(null, "", `${address}#/live`);
    this.build();
  }
}
