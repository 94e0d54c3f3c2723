// Who is signed in. The tokens live in this tab and end with it.

import { language, mark, t } from "./words.js";

const KEY = "session";
const listeners = new Set();
let session = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
let refreshing = null;
let timer = 0;

export const signedIn = () => session !== null;
export const token = () => session.access_token;
export const username = () => session.username;

// `listener` hears of every new token, and of the end (null).
export function whenTokenChanges(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function ask(path, options = {}) {
  const headers = { "Accept-Language": language(), ...options.headers };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch {
    throw new Error(t(mark("The station can't be reached. Is it running, and is the network up?")));
  }
  const body = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.detail), { code: body.code, status: answer.status });
  return body;
}

const asJson = (value) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(value),
});

function keep(tokens, name) {
  session = { ...tokens, username: name };
  sessionStorage.setItem(KEY, JSON.stringify(session));
  clearTimeout(timer);
  timer = setTimeout(() => refresh().catch(() => {}), tokens.expires_in * 800);
  listeners.forEach((listener) => listener(tokens.access_token));
}

export async function signIn(name, password) {
  keep(await ask("/token", { method: "POST", body: new URLSearchParams({ username: name, password }) }), name);
}

export const register = (name, password) => ask("/register", asJson({ username: name, password }));

// One at a time: a refresh token that is used twice ends the session.
export function refresh() {
  refreshing ??= ask("/token/refresh", asJson({ refresh_token: session.refresh_token }))
    .then((tokens) => keep(tokens, session.username))
    .catch((error) => {
      if (error.status === 401 || error.status === 403) forget();
      throw error;
    })
    .finally(() => (refreshing = null));
  return refreshing;
}

export async function signOut() {
  const headers = { Authorization: `Bearer ${token()}` };
  await ask("/logout", { method: "POST", headers }).catch(() => {});
  forget();
}

function forget() {
  if (!session) return;
  session = null;
  sessionStorage.removeItem(KEY);
  clearTimeout(timer);
  listeners.forEach((listener) => listener(null));
}
