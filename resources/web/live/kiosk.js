// A wall for a screen that nobody sits at: /?wall=2x2&tasks=1,2,3 fills it, in the order of the address.

import { el } from "../base/dom.js";
import { mark } from "../base/words.js";
import { iconButton } from "../parts/buttons.js";
import { LAYOUTS, sides } from "./layout.js";

const IDLE_MS = 3000;

// What the address asks for; null where it asks for no kiosk. A layout that nobody knows is as many tiles as tasks.
export function wishedKiosk(search = location.search) {
  const query = new URLSearchParams(search);
  if (!query.has("wall")) return null;
  const layout = query.get("wall");
  const tasks = (query.get("tasks") ?? "")
    .split(",")
    .map((text) => text.trim())
    .filter(Boolean);
  const isNumber = (text) => /^\d{1,9}$/.test(text);
  return {
    layout: sides(layout) || LAYOUTS.includes(layout) ? layout : "auto",
    only: tasks.length ? tasks.filter(isNumber).map(Number) : null,
    order: [],
    strange: tasks.filter((text) => !isNumber(text)),
  };
}

export const kioskAddress = ({ layout, only }) => `/?wall=${layout}${only ? `&tasks=${only.join(",")}` : ""}`;

// Takes the shell away, hides the cursor after a while and keeps the screen awake. `onLeave()`.
export class Kiosk {
  constructor(onLeave) {
    this.onLeave = onLeave;
    this.leave = iconButton(mark("Leave the full wall"), "corners-in", () => onLeave());
    this.element = el("div", { className: "leave" }, this.leave);
    this.wake = () => this.stir();
    this.escape = ({ key, defaultPrevented }) => {
      if (key === "Escape" && !defaultPrevented && !document.fullscreenElement) onLeave();
    };
    this.seen = () => document.visibilityState === "visible" && this.stayAwake();
    document.body.classList.add("bare");
    for (const kind of ["pointermove", "pointerdown", "keydown"]) addEventListener(kind, this.wake);
    addEventListener("keydown", this.escape);
    document.addEventListener("visibilitychange", this.seen);
    this.stir();
    this.stayAwake();
  }

  end() {
    clearTimeout(this.timer);
    for (const kind of ["pointermove", "pointerdown", "keydown"]) removeEventListener(kind, this.wake);
    removeEventListener("keydown", this.escape);
    document.removeEventListener("visibilitychange", this.seen);
    document.body.classList.remove("bare", "idle");
    this.ended = true;
    this.lock?.release();
  }

  stir() {
    document.body.classList.remove("idle");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => document.body.classList.add("idle"), IDLE_MS);
  }

  // Browsers have it over https only, and take it back from a tab that is hidden.
  async stayAwake() {
    const lock = await navigator.wakeLock?.request("screen").catch(() => null);
    if (this.ended) lock?.release();
    else this.lock = lock;
  }
}
