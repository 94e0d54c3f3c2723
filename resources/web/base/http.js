// Asking the station, and what it answers when it does not do what was asked.

import { language, mark, t } from "./words.js";

export class Refusal extends Error {
  // `message`: a sentence for people in their language; `code`: stable, for programs; `status`: 0 where nobody
  // answered; `retryAfter`: seconds that the station asks to wait, 0 where it asks for none.
  constructor(message, code, status, retryAfter = 0) {
    super(message);
    Object.assign(this, { code, status, retryAfter });
  }
}

export const unreachable = () =>
  new Refusal(t(mark("The station can't be reached. Is it running, and is the network up?")), "unreachable", 0);

export const asJson = (method, value) => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(value),
});

// The answer's JSON, or its text; null where there is none. Throws a Refusal.
export async function ask(path, options) {
  const answer = await reach(path, options);
  return read(answer.status, typeOf(answer), await answer.text().catch(broken), answer.headers.get("Retry-After"));
}

// The answer as it comes, for who reads it bit by bit. Throws a Refusal.
export async function reach(path, options = {}) {
  const headers = { "Accept-Language": language(), ...options.headers };
  const answer = await fetch(path, { ...options, headers }).catch(broken);
  if (!answer.ok)
    read(answer.status, typeOf(answer), await answer.text().catch(broken), answer.headers.get("Retry-After"));
  return answer;
}

export function read(status, type, text, retryAfter = null) {
  const value = type.includes("json") && text ? parse(text) : text || null;
  if (status >= 200 && status < 300) return value;
  throw new Refusal(value?.detail ?? unreadable(status), value?.code ?? "unreadable", status, Number(retryAfter) || 0);
}

const typeOf = (answer) => answer.headers.get("Content-Type") ?? "";

function broken(error) {
  throw error.name === "AbortError" ? error : unreachable();
}

// What stands between may answer in its own words, which are not for people.
const unreadable = (status) =>
  t(mark("Something between this page and the station answered with {status}."), { status });

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
