// A request for an account that is new is told, wherever the administrator is.

import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { tell } from "../parts/notices.js";

// Gives a function that ends it.
export function tellRequests() {
  const isPending = ({ status }) => status === "pending";
  let known = new Set();
  const learn = () => (known = new Set([...store.users.values()].filter(isPending).map(({ id }) => id)));
  const hear = ({ user }) => {
    if (!isPending(user) || known.has(user.id) || !may("admin")) return;
    const text = t(mark("{name} asks for an account."), { name: user.username });
    tell("warning", text, { says: mark("Review"), run: () => go("users", user.id) });
  };
  const forget = [store.watch("users", learn), store.watch("user", hear)];
  return () => forget.forEach((each) => each());
}
