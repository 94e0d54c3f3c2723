// Where the page begins: words and icons first, then the pages, or the way in.

import { store } from "./base/store.js";
import { refresh, signedIn, whenTokenChanges } from "./base/session.js";
import { wearTheme } from "./base/theme.js";
import { mark, speak, wishedLanguage } from "./base/words.js";
import { accountEntries } from "./pages/account.js";
import { open as algorithms } from "./pages/algorithms.js";
import { open as audit } from "./pages/audit.js";
import { open as devices } from "./pages/devices.js";
import { entry } from "./pages/entry.js";
import { open as live } from "./pages/live.js";
import { open as tasks } from "./pages/tasks.js";
import { open as tests } from "./pages/tests.js";
import { open as users } from "./pages/users.js";
import { loadIcons } from "./parts/icon.js";
import { toasts } from "./parts/notices.js";
import { Shell } from "./parts/shell.js";

const PAGES = [
  { name: "live", says: mark("Live"), glyph: "squares-four", role: "viewer", open: live },
  { name: "devices", says: mark("Devices"), glyph: "video-camera", role: "viewer", open: devices },
  { name: "algorithms", says: mark("Algorithms"), glyph: "cube", role: "viewer", open: algorithms },
  { name: "tasks", says: mark("Tasks"), glyph: "list-bullets", role: "viewer", open: tasks },
  { name: "tests", says: mark("Tests"), glyph: "film-strip", role: "viewer", open: tests },
  { name: "users", says: mark("Users"), glyph: "users", role: "admin", open: users },
  { name: "audit", says: mark("Audit"), glyph: "clipboard-text", role: "admin", open: audit },
];
let shell = null;

function arrive() {
  if (shell) return;
  store.open();
  shell = new Shell(PAGES, accountEntries());
  document.body.replaceChildren(shell.element, toasts);
}

function leave(why) {
  shell?.end();
  shell = null;
  store.close();
  entry("signIn", { notice: why ? why.message : mark("You are signed out.") });
}

wearTheme();
await Promise.all([speak(wishedLanguage()), loadIcons()]);
whenTokenChanges((token, _renewed, why) => (token ? arrive() : leave(why)));
if (signedIn()) refresh().catch(() => signedIn() && arrive());
else entry();
