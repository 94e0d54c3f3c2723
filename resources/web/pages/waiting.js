// A request for an account that waits for review: a calm card that looks by itself how it stands.
//
// Only signing in tells that. What was typed is tried again, and kept nowhere but here; whoever knows the password
// never trips the limit of wrong tries. The station writes each look into its audit, so they become rare, and a tab
// that nobody sees does not look.

import { el } from "../base/dom.js";
import { signIn } from "../base/session.js";
import { mark, say } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { stateMark } from "../parts/marks.js";

const OFTEN_MS = 10_000;
const SELDOM_MS = 60_000;
const LOOKS_OFTEN = 30;

const PENDING = mark(
  "An administrator has to approve the account “{name}”. This page looks by itself, you need not do anything.",
);
const ANSWERS = {
  account_rejected: ["rejected", mark("The request for “{name}” was rejected. Please talk to an administrator.")],
  account_disabled: ["disabled", mark("The account “{name}” is disabled. Please talk to an administrator.")],
  // There is no such account any more, or it has another password.
  invalid_credentials: [
    "deleted",
    mark("The request for “{name}” was deleted. You can ask anew, or talk to an administrator."),
  ],
};

// `onBack(name)` returns to the sign-in. Gives { element, end() }; where the account is approved, it signs in.
export function waitingCard(name, password, onBack) {
  const heading = el("h1", { says: mark("Waiting for review"), tabIndex: -1 });
  const sentence = say(el("p", { className: "muted", attrs: { role: "status" } }), PENDING, { name });
  const state = stateMark("users", "pending");
  const problem = el("p", { className: "problem" });
  const tryNow = button(mark("Try now"), () => look());
  const back = button(mark("Back to sign-in"), () => onBack(name), { look: "link" });
  const actions = el("div", { className: "actions" }, back, el("span", { className: "space" }), tryNow);
  const element = el("section", { className: "form" }, heading, sentence, state, problem, actions);
  let looks = 0;
  let timer = 0;
  let looking = false;
  let over = false;

  async function look() {
    clearTimeout(timer);
    if (over || looking) return;
    looking = tryNow.disabled = true;
    looks += 1;
    try {
      await signIn(name, password);
      end();
    } catch (error) {
      if (!over) take(error);
    } finally {
      looking = tryNow.disabled = false;
    }
  }

  function take(error) {
    const answer = ANSWERS[error.code];
    if (answer) return settle(...answer);
    problem.textContent = error.code === "account_pending" ? "" : error.message;
    plan(error.retryAfter * 1000);
  }

  function plan(least = 0) {
    clearTimeout(timer);
    if (over || document.hidden) return;
    timer = setTimeout(look, Math.max(least, looks < LOOKS_OFTEN ? OFTEN_MS : SELDOM_MS));
  }

  function settle(now, text) {
    end();
    say(heading, mark("No account yet"));
    say(sentence, text, { name });
    state.show(now);
    problem.textContent = "";
    tryNow.remove();
    back.focus();
  }

  const seen = () => (document.hidden ? clearTimeout(timer) : look());

  function end() {
    over = true;
    password = "";
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  }

  document.addEventListener("visibilitychange", seen);
  plan();
  queueMicrotask(() => heading.focus());
  return { element, end };
}
