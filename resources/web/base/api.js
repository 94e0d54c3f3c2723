// The station's API for whoever is signed in.

import { ask, asJson, reach, read, unreachable } from "./http.js";
import { forget, refresh, signedIn, token } from "./session.js";
import { language } from "./words.js";

export const api = {
  get: (path, signal) => authorised(path, { signal }),
  text: (path, signal) => authorised(path, { signal, headers: { Accept: "text/plain" } }),
  // A Response whose body is read bit by bit. `type`: what it should be, such as "text/csv".
  stream: (path, type, signal) => authorised(path, { signal, headers: { Accept: type } }, reach),
  post: (path, body, signal) =>
    authorised(path, { ...(body === undefined ? { method: "POST" } : asJson("POST", body)), signal }),
  put: (path, body) => authorised(path, asJson("PUT", body)),
  remove: (path) => authorised(path, { method: "DELETE" }),
  upload,
  all,
};

async function authorised(path, options = {}, how = ask) {
  const send = () => how(path, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token()}` } });
  return again(send);
}

// Once more with a new token where the old one has run out; the end of the session where that is refused too.
async function again(send) {
  try {
    return await send();
  } catch (error) {
    if (error.status !== 401 || !signedIn()) throw error;
    await refresh();
    return await send().catch((second) => {
      if (second.status === 401) forget(second);
      throw second;
    });
  }
}

// Every item of a list, page by page.
async function all(path, signal) {
  const items = [];
  const mark = path.includes("?") ? "&" : "?";
  for (;;) {
    const page = await api.get(`${path}${mark}limit=500&offset=${items.length}`, signal);
    items.push(...page.items);
    if (items.length >= page.total || !page.items.length) return items;
  }
}

// Sends a FormData. `onProgress(sent, total)` in bytes; an aborted `signal` throws an AbortError.
function upload(path, form, { onProgress = () => {}, signal } = {}) {
  return again(() => sendForm(path, form, onProgress, signal));
}

// fetch can't say how much of a body is sent.
function sendForm(path, form, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", path);
    request.setRequestHeader("Authorization", `Bearer ${token()}`);
    request.setRequestHeader("Accept-Language", language());
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    request.onload = () => {
      try {
        resolve(read(request.status, request.getResponseHeader("Content-Type") ?? "", request.responseText));
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("", "AbortError"));
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    if (signal?.aborted) return request.onabort();
    signal?.addEventListener("abort", abort);
    request.send(form);
  });
}
