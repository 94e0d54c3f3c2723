// The wall's own part of the page's head: layouts, leafing where there are more tasks than tiles, and what is shown.

import { el } from "../base/dom.js";
import { mark, say } from "../base/words.js";
import { iconButton } from "../parts/buttons.js";
import { menu } from "../parts/menu.js";
import { segments } from "../parts/segments.js";
import { classFilter } from "./classes.js";
import { FORMATS, wishedFormat, wishFormat } from "./format.js";
import { LAYOUTS } from "./layout.js";

export class Bar {
  constructor(wall) {
    this.wall = wall;
    this.range = el("span", { className: "muted" });
    this.pager = el(
      "div",
      { className: "pager", hidden: true },
      iconButton(mark("Earlier tasks"), "caret-left", () => wall.leaf(-1)),
      this.range,
      iconButton(mark("Later tasks"), "caret-right", () => wall.leaf(1)),
    );
    const choices = LAYOUTS.map((layout) => [layout, layout === "auto" ? mark("Auto") : layout]);
    this.layouts = segments(mark("Layout"), choices, (layout) => wall.lay(layout));
    const more = menu(iconButton(mark("More for the wall"), "dots-three", null), () => this.entries());
    this.parts = [
      this.pager,
      classFilter(wall.plan, () => wall.labels()),
      this.formats(),
      this.layouts.element,
      iconButton(mark("Choose and order tasks"), "list-plus", () => wall.choose()),
      more,
    ];
    const follow = () => (this.layouts.value = wall.plan.layout);
    wall.plan.watch(follow);
    follow();
  }

  showRange(first, last, total) {
    this.pager.hidden = last - first + 1 >= total;
    say(this.range, mark("{first} to {last} of {total}"), { first, last, total });
  }

  // As what pictures come; each tile says what it has.
  formats() {
    const entries = Object.entries(FORMATS).map(([value, says]) => el("option", { value, says }));
    const select = el("select", { className: "formats", called: mark("Video as") }, ...entries);
    select.value = wishedFormat();
    select.addEventListener("change", () => wishFormat(select.value));
    return select;
  }

  entries() {
    const { plan } = this.wall;
    const { boxes, labels } = plan;
    const ofBoxes = boxes ? mark("Hide boxes") : mark("Show boxes");
    const ofLabels = labels ? mark("Hide labels") : mark("Show labels");
    return [
      { says: ofBoxes, glyph: "bounding-box", run: () => this.wall.showBoxes(!boxes) },
      { says: ofLabels, glyph: "tag", run: () => plan.change({ labels: !labels }) },
      { says: mark("Fill the screen"), glyph: "corners-out", run: () => this.wall.fillScreen() },
    ];
  }
}
