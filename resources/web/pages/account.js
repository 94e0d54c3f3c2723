// The person's own account: the entries of its menu, and the sheet for another password.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { me } from "../base/session.js";
import { mark, t } from "../base/words.js";
import { form } from "../parts/form.js";
import { done } from "../parts/notices.js";
import { newPasswordField, passwordField } from "../parts/password.js";
import { maySheetClose, openSheet } from "../parts/sheet.js";

export const accountEntries = () => [{ says: mark("Change password"), glyph: "key", run: changePassword }];

async function changePassword() {
  if (!(await maySheetClose())) return;
  const name = el("input", { hidden: true, name: "username", autocomplete: "username", value: me().username });
  const current = passwordField(mark("Current password"), "current-password");
  const fresh = newPasswordField(mark("New password"), () => me().username);
  const again = passwordField(mark("New password again"), "new-password");
  const fields = { current, fresh, again };
  const differ = () => again.value && fresh.value !== again.value;
  const made = form({
    fields,
    submit: mark("Change password"),
    busy: mark("Changing …"),
    codes: { wrong_password: "current", weak_password: "fresh", long_password: "fresh" },
    check: () => (differ() ? { again: t(mark("The two passwords differ.")) } : {}),
    work: () => api.put("/users/me/password", { current_password: current.value, new_password: fresh.value }),
    onDone: () => {
      done(mark("Your password is changed. Everywhere else you are signed out."));
      sheet.shut();
    },
    onCancel: () => sheet.leave(),
  });
  const sentence = mark("You stay signed in here. Everywhere else this account is signed out.");
  made.element.prepend(name, el("p", { className: "muted", says: sentence }));
  const sheet = openSheet({ title: mark("Change password"), body: made.element, dirty: made.dirty });
}
