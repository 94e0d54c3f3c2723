// What stands around every page: the rail, the bell, the account, and a word where the station does not answer.

import { el } from "../base/dom.js";
import { go, place, whenPlaceChanges } from "../base/routes.js";
import { may, me, signOut } from "../base/session.js";
import { store } from "../base/store.js";
import { otherTheme, theme } from "../base/theme.js";
import { mark, nameOf, otherLanguage, say, speak, whenLanguageChanges } from "../base/words.js";
import { bell, forgetNotices, tell } from "./notices.js";
import { icon } from "./icon.js";
import { menu } from "./menu.js";
import { host, maySheetClose, shutSheet } from "./sheet.js";

// `pages`: { name, says, glyph, role, open(place) }; `account`: entries of the account's menu, see menu.js.
export class Shell {
  constructor(pages, account) {
    this.pages = pages;
    this.account = account;
    this.badges = new Map();
    this.rail = el("nav", { className: "rail", called: mark("Pages") });
    this.content = el("main", { id: "content", tabIndex: -1 });
    this.banner = el("p", { className: "banner", attrs: { role: "status" }, hidden: true });
    this.element = el("div", { className: "shell" }, this.skip(), this.rail, this.top(), this.banner, this.content, host);
    this.forget = [
      whenPlaceChanges((to) => this.show(to)),
      store.watch("connection", () => this.tellConnection()),
      store.watch("role", () => this.reopen()),
      store.watch("users", () => this.count()),
      store.watch("notice", ({ severity, message }) => tell(severity, message)),
      whenLanguageChanges(() => this.title()),
    ];
    this.clock = setInterval(() => this.tellConnection(), 1000);
    this.fillRail();
    this.show(place());
  }

  end() {
    clearInterval(this.clock);
    this.forget.forEach((forget) => forget());
    shutSheet();
    this.view?.end();
    forgetNotices();
    document.body.classList.remove("bare");
  }

  skip() {
    return el("a", { className: "skip", href: "#content", says: mark("To the content"), on: { click: (event) => (event.preventDefault(), this.content.focus()) } });
  }

  top() {
    const opener = el("button", { type: "button", className: "quiet account", called: mark("Account {name}"), values: { name: me().username } });
    opener.append(icon("user-circle", 20), el("span", { textContent: me().username }));
    return el("div", { className: "top" }, bell(), menu(opener, () => this.entries()));
  }

  entries() {
    return [
      theme() === "light"
        ? { says: mark("Dark theme"), glyph: "moon", run: otherTheme }
        : { says: mark("Light theme"), glyph: "sun", run: otherTheme },
      { says: mark("Language: {language}"), values: { language: nameOf(otherLanguage()) }, glyph: "translate", run: () => speak(otherLanguage()) },
      null,
      ...this.account,
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
    const logo = el("span", { className: "logo" }, el("img", { src: "/page/icon.svg", alt: "", width: 20, height: 20 }), el("span", { textContent: "siapp" }));
    const entries = this.allowed().map((page) => this.entry(page));
    this.rail.replaceChildren(logo, ...entries);
    this.count();
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
    const waiting = [...store.users.values()].filter(({ status }) => status === "pending").length;
    const badge = this.badges.get("users");
    if (!badge) return;
    badge.hidden = !waiting;
    badge.textContent = waiting;
  }

  // A page that is asked for once more is told where in it; another one is opened, if nothing would be lost.
  async show(to) {
    const page = this.allowed().find(({ name }) => name === to.page);
    if (!page) return go(this.allowed()[0].name, null, {}, { quietly: true });
    if (this.page === page) {
      this.at = to;
      return this.view.update(to);
    }
    if (!(await maySheetClose())) return history.replaceState(null, "", this.address);
    shutSheet();
    this.view?.end();
    Object.assign(this, { page, at: to });
    this.view = page.open(to);
    this.content.replaceChildren(this.view.element);
    this.content.scrollTop = 0;
    for (const link of this.rail.querySelectorAll("a")) {
      if (link.dataset.page === page.name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.address = location.hash;
    this.title();
  }

  title() {
    const words = say(document.createElement("i"), this.page.says).textContent;
    document.title = `${words} · siapp`;
  }

  // Another role sees other pages and other buttons.
  reopen() {
    this.fillRail();
    this.page = null;
    this.show(place());
  }

  tellConnection() {
    const { up, known, nextTryAt } = store.connection;
    this.banner.hidden = up || !known;
    if (this.banner.hidden) return;
    const seconds = Math.max(1, Math.ceil((nextTryAt - performance.now()) / 1000));
    say(this.banner, mark("The station does not answer. Next try in {seconds} s."), { seconds });
  }
}
