// The same for several things at once: how many succeeded, which did not and why, told in one sentence.

import { mark, t } from "../base/words.js";
import { done, failed, tell } from "./notices.js";

const MOST_NAMED = 3;

// One after another; what is refused does not keep the others from being done.
export async function forEach(items, act) {
  const outcomes = { done: [], failed: [] };
  for (const item of items) {
    try {
      await act(item);
      outcomes.done.push(item);
    } catch (error) {
      outcomes.failed.push([item, error]);
    }
  }
  return outcomes;
}

// One notice, however many there were. Sentences: `one` of its {name}, or none where that is seen anyway; `many` of
// {count}; `some` of {count} among {total}.
export function tellOutcomes(outcomes, { one, many, some }) {
  const [count, refused] = [outcomes.done.length, outcomes.failed];
  const total = count + refused.length;
  if (!refused.length) {
    if (count > 1) done(many, { count });
    else if (count && one) done(one, { name: outcomes.done[0].name });
  } else if (total === 1) failed(refused[0][1]);
  else tell("warning", [t(some, { count, total }), ...reasons(refused)].join("\n"));
}

function reasons(refused) {
  const lines = refused
    .slice(0, MOST_NAMED)
    .map(([{ name }, { message }]) => t(mark("“{name}”: {reason}"), { name, reason: message }));
  const more = refused.length - lines.length;
  return more ? [...lines, t(mark("And {count} more."), { count: more })] : lines;
}
