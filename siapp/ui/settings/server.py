"""How the station is reached: addresses and certificate as they are now, and the settings behind them."""

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from siapp.core.i18n import _
from siapp.core.reach import Certificate
from siapp.core.setting import Group
from siapp.ui.settings.section import GroupSection
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.facts import Facts

WARN_BEFORE = timedelta(days=21)


class ServerSection(GroupSection):
    """For administrators."""

    title, glyph = _("Server"), "hard-drives"
    groups = ((Group.SERVER, _("Server settings")), (Group.SIGN_IN, _("Sign-in")))

    def before(self) -> None:
        words = self.desk.words
        self.heading(_("Now"))
        self.facts = Facts(words)
        self.column.addWidget(self.facts)
        self.copy = button(words, _("Copy the address"), self.copy_address, glyph="copy")
        self.column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        words.follow(self, self.show_facts, "facts")

    def begin(self) -> None:
        self.show_facts()

    def copy_address(self) -> None:
        QGuiApplication.clipboard().setText(self.desk.server.address)
        self.desk.done(_("The address is copied."))

    def show_facts(self) -> None:
        server, words = self.desk.server, self.desk.words
        facts = server.facts()
        addresses = facts.addresses if facts else (server.address,)
        self.facts.put(_("Reached at"), "\n".join(addresses))
        if facts is not None:
            alone = facts.host in ("127.0.0.1", "localhost", "::1")
            whole = _("This machine alone") if alone else _("The network")
            self.facts.put(_("Open to"), words(whole))
            self.facts.put(_("Names"), ", ".join(facts.names) or "–")
        self._show_certificate(facts.certificate if facts else None)

    def _show_certificate(self, shown: Certificate | None) -> None:
        words = self.desk.words
        if shown is None:
            self.facts.put(_("Encryption"), words(_("None: http. On a network, set a certificate.")))
            for name in (_("Certificate"), _("Valid until")):
                self.facts.put(name, "–")
            return
        self.facts.put(_("Encryption"), words(_("TLS: https and wss")))
        self.facts.put(_("Certificate"), f"{shown.subject}\n{', '.join(shown.names)}".strip())
        left = shown.valid_until - datetime.now(UTC)
        until = f"{shown.valid_until.astimezone():%Y-%m-%d}"
        if left < timedelta():
            self.facts.put(_("Valid until"), words(_("{date}: it has expired"), date=until), "error")
        else:
            text = words(_("{date}, {days} days from now"), date=until, days=left.days)
            self.facts.put(_("Valid until"), text, "warning" if left < WARN_BEFORE else "")
