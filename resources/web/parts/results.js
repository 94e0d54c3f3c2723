// The files that tasks and tests leave: links that open one for ten minutes, without the person's token.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { whenTokenChanges } from "../base/session.js";

const LEAST_MS = 120_000; // a link is good for at least as long as this
const keys = new Map();

whenTokenChanges((token) => token || keys.clear());

// Where a file lies. Names are of any script and may hold "%", "#" and "?".
export const addressOf = (name, file) => `/results/${encodeURIComponent(name)}/${file}`;

// A link for <img>, <video> and downloads; `anew`: with another key, where the last one is no good or the file is
// another.
export async function linkTo(name, file, { anew = false } = {}) {
  if (anew || !(keys.get(name)?.until - LEAST_MS > Date.now())) keys.set(name, { until: Infinity, asked: ask(name) });
  const { asked } = keys.get(name);
  return `${addressOf(name, file)}?access=${encodeURIComponent(await asked)}`;
}

// How long the links to these files are still good, in milliseconds.
export const goodFor = (name) => (keys.get(name)?.until ?? 0) - Date.now();

async function ask(name) {
  try {
    const { access, expires_in: seconds } = await api.post(addressOf(name, "access"));
    keys.get(name).until = Date.now() + seconds * 1000;
    return access;
  } catch (error) {
    keys.delete(name);
    throw error;
  }
}

// Saves a file of the results under a name that says whose it is.
export async function download(name, file) {
  const link = el("a", {
    href: await linkTo(name, file),
    download: file === "output.mp4" ? `${name}.mp4` : `${name} ${file}`,
  });
  link.click();
}

// A picture of the results, asked for again where its link has run out meanwhile.
export function picture(name, file, properties = {}) {
  const image = el("img", { loading: "lazy", decoding: "async", alt: "", ...properties });
  let tries = 0;
  const show = (anew) =>
    linkTo(name, file, { anew }).then(
      (link) => (image.src = link),
      () => {},
    );
  image.addEventListener("error", () => (tries += 1) < 2 && show(goodFor(name) < 540_000));
  show(false);
  return image;
}
