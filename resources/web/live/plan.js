// What a person has arranged on the wall, kept by this browser: the layout, which tasks, in which order, and what is
// drawn over the pictures.

import { keep, kept } from "../base/keep.js";
import { LAYOUTS } from "./layout.js";

const NAME = "live.wall";
const USUAL = { layout: "auto", only: null, order: [], boxes: true, labels: true, classes: [] };

const ids = (value) => (Array.isArray(value) ? [...new Set(value.filter(Number.isInteger))] : null);

export class Plan {
  // `fixed`: what a kiosk's address says; then nothing is kept.
  constructor(fixed = null) {
    this.fixed = fixed;
    this.listeners = new Set();
    const { layout, only, order, boxes, labels, classes } = { ...USUAL, ...kept(NAME, {}), ...fixed };
    this.layout = fixed || LAYOUTS.includes(layout) ? layout : "auto";
    this.only = ids(only);
    this.order = ids(order) ?? [];
    this.boxes = boxes !== false;
    this.labels = labels !== false;
    this.classes = Array.isArray(classes) ? classes.filter((name) => typeof name === "string") : [];
  }

  change(news) {
    Object.assign(this, news);
    const { layout, only, order, boxes, labels, classes } = this;
    if (!this.fixed) keep(NAME, { layout, only, order, boxes, labels, classes });
    this.listeners.forEach((listener) => listener());
  }

  watch(listener) {
    this.listeners.add(listener);
  }

  // Whether an object of this label is drawn; no class chosen means all of them.
  shows(label) {
    return !this.classes.length || this.classes.includes(label);
  }

  // `shown`: the ids on the wall in their order. One takes the other's place, and the other its own.
  swap(shown, one, other) {
    const order = shown.map((id) => (id === one ? other : id === other ? one : id));
    this.change(this.only ? { only: order } : { order });
  }
}
