// What stands around every page: the rail, the bell, the account, and a word where the station does not answer.

import { el } from "../base/dom.js";
import { since } from "../base/format.js";
import { go, place, whenPlaceChanges } from "../base/routes.js";
import { may, me, signOut } from "../base/session.js";
import { store } from "../base/store.js";
import { otherTheme, theme } from "../base/theme.js";
import { mark, nameOf, otherLanguage, say, sayAs, speak, t, whenLanguageChanges } from "../base/words.js";
import { button } from "./buttons.js";
import { bell, done, forgetNotices, tell } from "./notices.js";
import { icon } from "./icon.js";
import { ROLES } from "./marks.js";
import { menu } from "./menu.js";
import { host, maySheetClose, shutSheet } from "./sheet.js";
import { shortcuts, showShortcuts } from "./shortcuts.js";

const AWAY = mark("The station can't be reached. Is it running, and is the network up?");
const AGAIN_MS = 3000;
const LATER_MS = 1000;

// `pages`: { name, says, glyph, role, load() }, where load brings a module with open(place);
// `account()`: entries of the account's menu, see menu.js.
export class Shell {
  constructor(pages, account) {
    this.pages = pages;
    this.account = account;
    this.badges = new Map();
    this.rail = el("nav", { className: "rail", called: mark("Pages") });
    this.content = el("main", { id: "content", tabIndex: -1 });
    this.lost = el("span", { attrs: { role: "status" } });
    this.next = el("span", { className: "muted" });
    this.banner = el(
      "div",
      { className: "banner", hidden: true },
      this.lost,
      this.next,
      button(mark("Try now"), () => store.retry()),
    );
    this.element = el(
      "div",
      { className: "shell" },
      this.skip(),
      this.rail,
      this.top(),
      this.banner,
      this.content,
      host,
    );
    this.forget = [
      whenPlaceChanges((to) => this.show(to)),
      store.watch("connection", () => this.tellConnection()),
      store.watch("role", () => this.takeRole()),
      store.watch("users", () => this.count()),
      store.watch("notice", ({ severity, message }) => tell(severity, message)),
      whenLanguageChanges(() => this.title()),
    ];
    this.clock = setInterval(() => this.tellConnection(), 1000);
    this.fillRail();
    this.show(place());
    this.tellConnection();
  }

  end() {
    this.ended = true;
    clearInterval(this.clock);
    clearTimeout(this.later);
    this.forget.forEach((forget) => forget());
    this.forgetKeys();
    shutSheet();
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    this.view?.end();
    forgetNotices();
    document.body.classList.remove("bare");
  }

  skip() {
    return el("a", {
      className: "skip",
      href: "#content",
      says: mark("To the content"),
      on: { click: (event) => (event.preventDefault(), this.content.focus()) },
    });
  }

  top() {
    const opener = el("button", {
      type: "button",
      className: "quiet account",
      called: mark("Account {name}"),
      values: { name: me().username },
    });
    opener.append(icon("user-circle", 20), el("span", { textContent: me().username }));
    const top = el(
      "div",
      { className: "top" },
      bell(),
      menu(opener, () => this.entries()),
    );
    // The head of a page keeps clear of it, however long the name is.
    new ResizeObserver(() => this.element.style.setProperty("--corner", `${top.offsetWidth + 8}px`)).observe(top);
    return top;
  }

  entries() {
    return [
      { note: me().username, says: ROLES[me().role] },
      null,
      {
        says: mark("Language: {language}"),
        values: { language: nameOf(otherLanguage()) },
        glyph: "translate",
        run: () => speak(otherLanguage()),
      },
      { says: theme() === "light" ? mark("Dark theme") : mark("Light theme"), glyph: "circle-half", run: otherTheme },
      { says: mark("Keyboard shortcuts"), glyph: "keyboard", run: showShortcuts },
      null,
      ...this.account(),
      { says: mark("Sign out"), glyph: "sign-out", run: () => this.signOut() },
    ];
  }

  async signOut() {
    if (await maySheetClose()) await signOut();
  }

  allowed() {
    return this.pages.filter(({ role }) => may(role));
  }

  fillRail() {
    const logo = el(
      "span",
      { className: "logo" },
      el("img", { src: "/page/icon.svg", alt: "", width: 20, height: 20 }),
      el("span", { textContent: "siapp" }),
    );
    const entries = this.allowed().map((page) => this.entry(page));
    this.rail.replaceChildren(logo, ...entries);
    this.takeKeys();
    this.count();
  }

  // 1 is the first page of the rail.
  takeKeys() {
    this.forgetKeys?.();
    const pages = this.allowed().map(({ name, says }, place) => ({
      key: String(place + 1),
      says,
      run: () => go(name),
    }));
    this.forgetKeys = shortcuts([
      ...pages,
      { key: "/", says: mark("Search"), run: () => this.content.querySelector("input[type=search]")?.focus() },
      { key: "?", says: mark("Keyboard shortcuts"), run: showShortcuts },
    ]);
  }

  entry({ name, says, glyph, role }) {
    const badge = el("span", { className: "badge", hidden: true });
    this.badges.set(name, badge);
    const link = el("a", { href: `#/${name}`, data: { page: name } }, icon(glyph, 20), el("span", { says }), badge);
    if (role === "admin") link.classList.add("admin");
    return link;
  }

  // How many people wait for an administrator.
  count() {
    this.waiting = may("admin") ? [...store.users.values()].filter(({ status }) => status === "pending").length : 0;
    this.title();
    const badge = this.badges.get("users");
    if (!badge) return; // only administrators have that page
    badge.hidden = !this.waiting;
    badge.textContent = this.waiting;
  }

  // A page that is asked for once more is told where in it; another one is opened, if nothing would be lost.
  async show(to) {
    const page = this.allowed().find(({ name }) => name === to.page);
    if (!page) return go(this.allowed()[0].name, null, {}, { quietly: true });
    if (this.page === page) {
      this.at = to;
      this.address = location.hash;
      return this.view?.update(to);
    }
    if (this.asking) return history.replaceState(null, "", this.address);
    this.asking = true;
    const module = (await maySheetClose()) && (await this.fetch(page));
    this.asking = false;
    if (this.ended) return;
    if (!module) return history.replaceState(null, "", this.address);
    shutSheet();
    this.open(page, module, to);
  }

  // The module of a page, once it is there; nothing where the station is away and another page is shown.
  async fetch(page) {
    for (;;) {
      try {
        return await page.load();
      } catch {
        if (this.ended) return null;
        if (this.view) return tell("warning", t(AWAY));
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  // The other pages, so that they open at once, also while the station is away.
  fetchOthers() {
    for (const { load } of this.allowed()) load().catch(() => {});
  }

  open(page, module, to) {
    const isFirst = !this.view;
    if (isFirst) this.later = setTimeout(() => this.fetchOthers(), LATER_MS);
    this.view?.end();
    Object.assign(this, { view: null, page, at: to, address: location.hash });
    this.view = module.open(to);
    // What was looked for may not be there any more: the page has gone elsewhere as it opened.
    if (this.at !== to) this.view.update(this.at);
    this.content.replaceChildren(this.view.element);
    this.content.scrollTop = 0;
    for (const link of this.rail.querySelectorAll("a")) {
      if (link.dataset.page === page.name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.rail.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
    this.title();
    // Whoever reads by ear hears where they are, and goes on from there.
    if (!isFirst && !host.contains(document.activeElement)) this.content.focus({ preventScroll: true });
  }

  title() {
    if (!this.page) return;
    sayAs(this.content, "aria-label", this.page.says);
    document.title = `${this.waiting ? `(${this.waiting}) ` : ""}${t(this.page.says)} · siapp`;
  }

  // Another role sees other pages and other buttons.
  takeRole() {
    const { username: name, role } = me();
    done(mark("“{name}” is {role} now."), { name, role: t(ROLES[role]) });
    this.fillRail();
    shutSheet();
    this.page = null;
    this.show(place());
  }

  tellConnection() {
    const { up, nextTryAt, lostAt } = store.connection;
    this.banner.hidden = up || !lostAt;
    if (this.banner.hidden) return;
    const seconds = Math.ceil((nextTryAt - performance.now()) / 1000);
    say(this.lost, mark("The station has not answered since {time}."), { time: since(lostAt) });
    say(this.next, seconds > 0 ? mark("Next try in {seconds} s.") : mark("Trying …"), { seconds });
  }
}
