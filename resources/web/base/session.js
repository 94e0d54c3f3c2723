// Who is signed in. The tokens live in this tab and end with it.

import { ask, asJson } from "./http.js";

const KEY = "session";
const ROLES = ["viewer", "operator", "admin"];
const listeners = new Set();
// A tab that is duplicated has the same session: whichever renews it tells the others, because a refresh token that is
// used twice ends the session for all.
const tabs = new BroadcastChannel("siapp.session");
let session = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
let refreshing = null;
let timer = 0;

export const signedIn = () => session !== null;
export const token = () => session?.access_token ?? "";
export const username = () => session?.username ?? "";
export const me = () => session?.me ?? null;

// Whether the person has at least this role, as far as the station has said.
export const may = (role) => ROLES.indexOf(session?.me?.role) >= ROLES.indexOf(role);

// `listener(token, renewed)` hears of every new token, and of the end (null); `renewed` where the person was signed in already.
export function whenTokenChanges(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function store(changed) {
  session = changed;
  sessionStorage.setItem(KEY, JSON.stringify(session));
}

function keep(tokens, name, renewed) {
  store({ ...session, ...tokens, username: name });
  plan(tokens.expires_in);
  listeners.forEach((listener) => listener(tokens.access_token, renewed));
}

function plan(seconds) {
  clearTimeout(timer);
  // Not all tabs at once.
  timer = setTimeout(() => refresh().catch(() => {}), seconds * (700 + 150 * Math.random()));
}

export async function signIn(name, password) {
  const tokens = await ask("/token", { method: "POST", body: new URLSearchParams({ username: name, password }) });
  const me = await ask("/users/me", { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  session = { me };
  keep(tokens, me.username, false);
}

// Who the person is by now: a role may have changed. True where it has.
export async function recall() {
  const before = session?.me?.role;
  const me = await ask("/users/me", { headers: { Authorization: `Bearer ${token()}` } });
  if (session) store({ ...session, me });
  return me.role !== before;
}

export const register = (name, password) => ask("/register", asJson("POST", { username: name, password }));

// One at a time.
export function refresh() {
  const used = session.refresh_token;
  refreshing ??= ask("/token/refresh", asJson("POST", { refresh_token: used }))
    .then((tokens) => {
      keep(tokens, session.username, true);
      tabs.postMessage({ used, tokens });
    })
    .catch((error) => {
      // A sibling tab may have been faster, and its news is here: then all is well.
      if (session?.refresh_token !== used) return;
      if (error.status === 401 || error.status === 403) forget(error);
      else plan(15);
      throw error;
    })
    .finally(() => (refreshing = null));
  return refreshing;
}

tabs.onmessage = ({ data }) => {
  if (session && data.used === session.refresh_token && data.tokens) keep(data.tokens, session.username, true);
  if (session && data.used === session.refresh_token && data.ended) forget();
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
  session = null;
  sessionStorage.removeItem(KEY);
  clearTimeout(timer);
  listeners.forEach((listener) => listener(null, false, why));
}
