// Looks whether a camera answers, before or after it is saved: ten seconds at most, shown and cancelled.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { mark, say } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { headOf, hintOf } from "./devices_hints.js";

const LIMIT_MS = 10_000;
const TICK_MS = 100;

// `about`: { rtsp_url } or { device_id }, or both for a stored camera at another address.
export const checkDevice = (about, signal) => api.post("/devices/check", about, signal);

export const facts = ({ codec, width, height, fps, elapsed_ms }) => ({
  codec,
  width,
  height,
  fps: fps ? Number(fps.toPrecision(3)) : "?",
  seconds: (elapsed_ms / 1000).toFixed(1),
});
export const FACTS = mark("{codec} · {width} × {height} · {fps} fps · answered in {seconds} s");

// The button, its progress, and what was found. `about()`: what is to be checked; `onResult(result)`.
export class CheckPanel {
  constructor(about, { onResult, onRefused }) {
    Object.assign(this, { about, onResult, onRefused });
    this.button = button(mark("Check connection"), () => (this.checking ? this.checking.abort() : this.press()), {
      glyph: "checks",
    });
    this.bar = el("progress", { max: LIMIT_MS, hidden: true });
    this.head = el("strong");
    this.text = el("p", { className: "muted" });
    this.found = el("div", { className: "check-found", attrs: { role: "status" } }, this.head, this.text);
    this.element = el("div", { className: "check" }, this.button, this.bar, this.found);
    this.clear();
  }

  clear() {
    this.tell(
      "",
      mark("Not checked yet"),
      mark("Check the connection to see whether the camera answers, and with what."),
    );
  }

  async press() {
    this.checking = new AbortController();
    say(this.button.querySelector("span"), mark("Checking … Cancel"));
    try {
      this.onResult(await this.check(this.checking.signal));
    } catch (error) {
      if (error.name !== "AbortError") this.onRefused(error);
    } finally {
      this.checking = null;
      say(this.button.querySelector("span"), mark("Check connection"));
    }
  }

  // What the station answers; shown here, too.
  async check(signal) {
    this.clear();
    const begun = performance.now();
    const clock = setInterval(() => (this.bar.value = performance.now() - begun), TICK_MS);
    this.bar.value = 0;
    this.bar.hidden = false;
    try {
      const result = await checkDevice(this.about(), signal);
      this.show(result);
      return result;
    } finally {
      clearInterval(clock);
      this.bar.hidden = true;
    }
  }

  show(result) {
    if (result.reachable) this.tell("ok", mark("Answers"), FACTS, facts(result));
    else this.tell("alarm", headOf(result.error.code) || mark("No picture"), hintOf(result.error.code));
  }

  tell(token, head, text, values) {
    this.found.dataset.token = token;
    say(this.head, head);
    say(this.text, text, values);
  }

  end() {
    this.checking?.abort();
  }
}
