// Who is signed in. The tokens live in this tab and end with it.

import { ask, asJson } from "./http.js";

const KEY = "session";
const ROLES = ["viewer", "operator", "admin"];
const SOON_S = 60;
const listeners = new Set();
// A tab that is duplicated has the same session: whichever renews it tells the others, because a refresh token that is
// used twice ends the session for all.
const tabs = new BroadcastChannel("siapp.session");
let session = stored();
let refreshing = null;
let timer = 0;

export const signedIn = () => session !== null;
export const token = () => session?.access_token ?? "";
export const username = () => session?.username ?? "";
export const me = () => session?.me ?? null;

// Whether the person has at least this role, as far as the station has said.
export const may = (role) => ROLES.indexOf(session?.me?.role) >= ROLES.indexOf(role);

// `listener(token, renewed)` hears of every new token, and of the end (null); `renewed` where the person was signed in
// already.
export function whenTokenChanges(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null; // storage is off: the session lasts as long as the page
  }
}

function store(changed) {
  session = changed;
  try {
    if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // See above.
  }
}

function keep({ access_token, refresh_token, expires_in }, renewed) {
  store({
    ...session,
    access_token,
    refresh_token,
    username: session.me.username,
    ends: Date.now() + expires_in * 1000,
  });
  plan(expires_in);
  listeners.forEach((listener) => listener(access_token, renewed));
}

function plan(seconds) {
  clearTimeout(timer);
  // Not all tabs at once.
  timer = setTimeout(() => refresh().catch(() => {}), seconds * (700 + 150 * Math.random()));
}

const whoIs = (access) => ask("/users/me", { headers: { Authorization: `Bearer ${access}` } });

export async function signIn(name, password) {
  const tokens = await ask("/token", { method: "POST", body: new URLSearchParams({ username: name, password }) });
  session = { me: await whoIs(tokens.access_token) };
  keep(tokens, false);
}

// Goes on where the page was loaded anew. A token that is good is not renewed: a second reload in the midst of that
// would show the same refresh token again, and end the session.
export async function resume() {
  const left = (session.ends - Date.now()) / 1000;
  if (!(left > SOON_S)) return refresh();
  plan(left);
  try {
    await recall();
  } catch (error) {
    if (error.status !== 401) throw error;
    await refresh();
  }
}

// Who the person is by now: a role may have changed. True where it has.
export async function recall() {
  const now = await whoIs(token());
  if (!session) return false;
  const before = session.me?.role; // not sooner: of two that ask at once one tells it
  store({ ...session, me: now });
  return now.role !== before;
}

export const register = (name, password) => ask("/register", asJson("POST", { username: name, password }));

// One at a time.
export function refresh() {
  const used = session.refresh_token;
  refreshing ??= inTurn(() => renew(used)).finally(() => (refreshing = null));
  return refreshing;
}

// Tabs that wake up together renew one after the other. Over plain http browsers have no locks to offer: there they
// begin at different moments.
async function inTurn(work) {
  const began = performance.now();
  if (!navigator.locks) {
    await pause(1000 * Math.random());
    return work();
  }
  return navigator.locks.request("siapp.session", async () => {
    if (performance.now() - began > 20) await pause(200); // somebody else was faster: the news is on its way
    return work();
  });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function renew(used) {
  if (session?.refresh_token !== used) return; // another tab has renewed it, or it has ended
  try {
    const tokens = await ask("/token/refresh", asJson("POST", { refresh_token: used }));
    tabs.postMessage({ used, tokens });
    if (session?.refresh_token === used) keep(tokens, true);
  } catch (error) {
    if (session?.refresh_token !== used) return;
    if (error.status === 401 || error.status === 403) forget(error);
    else plan(15);
    throw error;
  }
}

tabs.onmessage = ({ data }) => {
  if (!session || data.used !== session.refresh_token) return;
  if (data.tokens) keep(data.tokens, true);
  else if (data.ended) forget();
};

export async function signOut() {
  const used = session.refresh_token;
  await ask("/logout", { method: "POST", headers: { Authorization: `Bearer ${token()}` } }).catch(() => {});
  tabs.postMessage({ used, ended: true });
  forget();
}

// `why`: the refusal that ended it, none where the person did.
export function forget(why = null) {
  if (!session) return;
  store(null);
  clearTimeout(timer);
  listeners.forEach((listener) => listener(null, false, why));
}
