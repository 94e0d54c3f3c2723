// A WebSocket that comes back: it signs in by its first message, and waits longer after each failure. One that dies
// without a word (a cable, a computer that slept) is noticed too: the station's clock comes every five seconds.

import { refresh, signedIn, token, whenTokenChanges } from "./session.js";
import { language, whenLanguageChanges } from "./words.js";

const WAITS_S = [0.5, 1, 2, 4, 8, 15];
const GOOD_MS = 10_000;
const LISTEN_EVERY_MS = 1000;
const SILENT_MS = 12_000;
const FIRST_WORD_MS = 60_000; // may be much, over a slow network
const CUT = 1006; // what browsers call an end without a goodbye
const FINAL = new Set([1003, 4403, 4404]); // asking once more would be answered the same way
const NOT_SIGNED_IN = 4401;

export class Line {
  // `onText(message)`, `onBytes(data)`, `onDown(seconds until the next try, code)`, `onUp()`, `onEnd(code)` where there
  // is no next try: each may be left out.
  constructor(path, { onText, onBytes, onDown, onUp, onEnd }) {
    Object.assign(this, { path, onText, onBytes, onDown, onUp, onEnd, failures: 0, ended: false });
    const again = () => this.introduce();
    this.forget = [whenTokenChanges(again), whenLanguageChanges(again)];
    this.hurry = () => this.retry();
    addEventListener("online", this.hurry);
    this.ear = setInterval(() => this.listen(), LISTEN_EVERY_MS);
    this.connect();
  }

  end() {
    this.ended = true;
    this.forget.forEach((forget) => forget());
    removeEventListener("online", this.hurry);
    clearTimeout(this.timer);
    clearInterval(this.ear);
    hangUp(this.socket);
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
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => (this.hear(), this.introduce());
    this.socket.onmessage = ({ data }) => this.take(data);
    this.socket.onclose = ({ code }) => this.closed(code);
    this.hear();
  }

  // One of the two clocks stands still while a computer sleeps, the other may be set back.
  hear() {
    this.heard = { at: performance.now(), clock: Date.now() };
  }

  // The browser would wait for a goodbye of a line that is dead: it is let go instead.
  listen() {
    const { socket, heard } = this;
    if (socket.readyState === WebSocket.CLOSED || socket.onclose === null) return;
    const silent = Math.max(performance.now() - heard.at, Date.now() - heard.clock);
    if (silent < (socket.readyState === WebSocket.OPEN && !this.upSince ? FIRST_WORD_MS : SILENT_MS)) return;
    Object.assign(socket, { onmessage: null, onclose: null });
    hangUp(socket);
    this.closed(CUT);
  }

  take(data) {
    if (this.ended) return;
    this.hear();
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

// Browsers complain of a line that is closed before it is open.
function hangUp(socket) {
  const close = () => socket.close();
  if (socket.readyState === WebSocket.CONNECTING) socket.onopen = close;
  else close();
}
