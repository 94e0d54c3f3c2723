// A WebSocket that comes back: it signs in by its first message, and waits longer after each failure.

import { language, whenLanguageChanges } from "./words.js";
import { refresh, signedIn, token, whenTokenChanges } from "./session.js";

const WAITS_S = [0.5, 1, 2, 4, 8, 15];
const GOOD_MS = 10_000;
const NOT_SIGNED_IN = 4401;
const NOT_FOUND = 4404;

export class Line {
  // `onText(message)`, `onBytes(blob)`, `onDown(seconds until the next try)`, `onUp()`: each may be left out.
  constructor(path, { onText, onBytes, onDown, onUp }) {
    Object.assign(this, { path, onText, onBytes, onDown, onUp, failures: 0, ended: false });
    const again = () => this.introduce();
    this.forget = [whenTokenChanges(again), whenLanguageChanges(again)];
    this.connect();
  }

  end() {
    this.ended = true;
    this.forget.forEach((forget) => forget());
    clearTimeout(this.timer);
    this.socket.close();
  }

  introduce() {
    if (signedIn() && this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ token: token(), language: language() }));
    }
  }

  connect() {
    if (this.ended) return;
    this.socket = new WebSocket(new URL(this.path, location.href.replace(/^http/, "ws")));
    this.socket.onopen = () => this.introduce();
    this.socket.onmessage = ({ data }) => this.take(data);
    this.socket.onclose = ({ code }) => this.closed(code);
  }

  take(data) {
    if (!this.upSince) {
      this.upSince = Date.now();
      this.onUp?.();
    }
    if (typeof data === "string") this.onText?.(JSON.parse(data));
    else this.onBytes?.(data);
  }

  async closed(code) {
    if (this.ended || code === NOT_FOUND) return;
    if (this.upSince && Date.now() - this.upSince > GOOD_MS) this.failures = 0;
    this.upSince = 0;
    const wait = WAITS_S[Math.min(this.failures, WAITS_S.length - 1)] * (0.8 + 0.4 * Math.random());
    this.failures += 1;
    this.onDown?.(wait);
    if (code === NOT_SIGNED_IN && signedIn()) await refresh().catch(() => {});
    this.timer = setTimeout(() => this.connect(), wait * 1000);
  }
}
