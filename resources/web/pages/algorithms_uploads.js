// Weight files on their way to the station. They go on when another page is opened, and the browser asks before it is
// closed while one runs.

import { api } from "../base/api.js";
import { signedIn, whenTokenChanges } from "../base/session.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { done, warn } from "../parts/notices.js";

const AT_ONCE = 2; // a browser has six connections to a station, and the page needs some, too
const listeners = new Set();
// { file, name, algorithm, sent, total, state: "waiting" | "sending" | "refused", error }; `algorithm`: { id, name } of
// the one that gets a new version, null where `name` is to be a new one's.
let uploads = [];

export const allUploads = () => uploads;

export function watchUploads(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function upload(file, { name = "", algorithm = null }) {
  uploads = [
    ...uploads,
    { file, name, algorithm, sent: 0, total: file.size, state: "waiting", error: null, stop: new AbortController() },
  ];
  next();
}

// Ends it where it runs, and forgets it.
export function forget(one) {
  one.stop.abort();
  uploads = uploads.filter((each) => each !== one);
  next();
}

const running = () => uploads.filter(({ state }) => state === "sending");

function next() {
  const one = uploads.find(({ state }) => state === "waiting");
  if (one && running().length < AT_ONCE) {
    one.state = "sending";
    send(one).finally(next);
    return next();
  }
  tell();
}

async function send(one) {
  const { file, name, algorithm, stop } = one;
  const body = new FormData();
  if (!algorithm) body.append("name", name); // before the file: a name that is taken is refused at once
  body.append("weight_file", file);
  const onProgress = (sent, total) => {
    Object.assign(one, { sent, total });
    tell();
  };
  try {
    const path = algorithm ? `/algorithms/${algorithm.id}/versions` : "/algorithms";
    store.put("algorithms", await api.upload(path, body, { onProgress, signal: stop.signal }));
    uploads = uploads.filter((each) => each !== one);
    done(mark("The file is copied and is being read."));
  } catch (error) {
    if (!uploads.includes(one)) return; // cancelled
    Object.assign(one, { state: "refused", error });
    warn(mark("“{file}” was not uploaded: {reason}"), { file: file.name, reason: error.message });
  }
}

function tell() {
  listeners.forEach((listener) => listener());
}

const busy = () => uploads.some(({ state }) => state !== "refused");

addEventListener("beforeunload", (event) => busy() && event.preventDefault());
whenTokenChanges(() => signedIn() || uploads.forEach(forget));
