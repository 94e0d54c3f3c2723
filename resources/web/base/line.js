// A WebSocket that comes back: it signs in by its first message, and waits longer after each failure.

import { refresh, signedIn, token, whenTokenChanges } from "./session.js";
import { language, whenLanguageChanges } from "./words.js";

const WAITS_S = [0.5, 1, 2, 4, 8, 15];
const GOOD_MS = 10_000;
const FINAL = new Set([1003, 4403, 4404]); // asking once more would be answered the same way
const NOT_SIGNED_IN = 4401;

export class Line {
  // `onText(message)`, `onBytes(data)`, `onDown(seconds until the next try, code)`, `onUp()`, `onEnd(code)` where there
  // is no next try: each may be left out. `binaryType`: "blob" or "arraybuffer".
  constructor(path, { onText, onBytes, onDown, onUp, onEnd, binaryType = "blob" }) {
    Object.assign(this, { path, onText, onBytes, onDown, onUp, onEnd, binaryType, failures: 0, ended: false });
    const again = () => this.introduce();
    this.forget = [whenTokenChanges(again), whenLanguageChanges(again)];
    this.hurry = () => this.retry();
    addEventListener("online", this.hurry);
    this.connect();
  }

  end() {
    this.ended = true;
    this.forget.forEach((forget) => forget());
    removeEventListener("online", this.hurry);
    clearTimeout(this.timer);
    this.socket.close();
  }

  // Don't wait any longer for the next try.
  retry() {
    if (this.ended || this.socket.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.timer);
    this.connect();
  }

  introduce() {
    if (signedIn() && this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ token: token(), language: language() }));
    }
  }

  connect() {
    if (this.ended) return;
    this.socket = new WebSocket(new URL(this.path, location.href.replace(/^http/, "ws")));
    this.socket.binaryType = this.binaryType;
    this.socket.onopen = () => this.introduce();
    this.socket.onmessage = ({ data }) => this.take(data);
    this.socket.onclose = ({ code }) => this.closed(code);
  }

  take(data) {
    if (this.ended) return;
    if (!this.upSince) {
      this.upSince = Date.now();
      this.onUp?.();
    }
    if (typeof data === "string") this.onText?.(JSON.parse(data));
    else this.onBytes?.(data);
  }

  async closed(code) {
    if (this.ended) return;
    if (FINAL.has(code)) return this.onEnd?.(code);
    if (this.upSince && Date.now() - this.upSince > GOOD_MS) this.failures = 0;
    this.upSince = 0;
    const wait = WAITS_S[Math.min(this.failures, WAITS_S.length - 1)] * (0.8 + 0.4 * Math.random());
    this.failures += 1;
    this.onDown?.(wait, code);
    this.timer = setTimeout(() => this.connect(), wait * 1000);
    if (code === NOT_SIGNED_IN && signedIn()) await refresh().catch(() => {});
  }
}
