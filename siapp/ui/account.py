"""Who is signed in, with the way out."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton

from siapp.core.domain import Role
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.icons import SIZE, icon
from siapp.ui.language import other_language
from siapp.ui.theme import Scheme
from siapp.ui.widgets.labels import plain_tip

ROLES = {Role.VIEWER: _("Viewer"), Role.OPERATOR: _("Operator"), Role.ADMIN: _("Administrator")}
LONGEST = 18


class AccountButton(QToolButton):
    """The name; its menu has the role, language and theme, the password, the lock, and Sign out."""

    def __init__(
        self,
        desk: Desk,
        on_sign_out: Callable[[], object],
        on_password: Callable[[], object],
        on_lock: Callable[[], object],
    ) -> None:
        super().__init__()
        self._desk = desk
        self.setProperty("look", "plain")
        self.setIcon(icon("user-circle", "muted"))
        self.setIconSize(SIZE)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(self)
        self._role = menu.addAction("")
        self._role.setEnabled(False)
        menu.addSeparator()
        self.language = QAction(icon("translate"), "", menu)
        desk.words.follow(self.language, lambda: self.language.setText(other_language(desk.words).native_name))
        self.language.triggered.connect(lambda _checked=False: desk.words.switch(other_language(desk.words)))
        self.theme = QAction(icon("circle-half"), "", menu)
        desk.words.follow(self.theme, self._name_theme)
        desk.looks.changed.connect(self._name_theme)
        self.theme.triggered.connect(lambda _checked=False: desk.looks.switch(desk.looks.other))
        menu.addAction(self.language)
        menu.addAction(self.theme)
        menu.addSeparator()
        self.password = self._add(menu, _("Change password"), "key", on_password, "Ctrl+Alt+P")
        self.lock = self._add(menu, _("Lock now"), "lock", on_lock, "Ctrl+L")
        menu.addSeparator()
        self.sign_out = self._add(menu, _("Sign out"), "sign-out", on_sign_out, "Ctrl+Shift+Q")
        self.setMenu(menu)
        desk.session.changed.connect(self._show)
        desk.words.follow(self, self._show)

    def _add(self, menu: QMenu, message: str, glyph: str, run: Callable[[], object], keys: str = "") -> QAction:
        """`keys` are written beside it; it is the desk's command that hears them."""
        action = QAction(icon(glyph), "", menu)
        shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        words = self._desk.words
        words.follow(action, lambda: action.setText(f"{words(message)}\t{shown}" if keys else words(message)))
        action.triggered.connect(lambda _checked=False: run())
        menu.addAction(action)
        return action

    def _name_theme(self) -> None:
        light = self._desk.looks.other is Scheme.LIGHT
        self.theme.setText(self._desk.words(_("Light theme") if light else _("Dark theme")))

    def _show(self) -> None:
        if not self._desk.session.signed_in:
            return
        actor, words = self._desk.actor, self._desk.words
        name = actor.username
        shown = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        self.setText(shown.replace("&", "&&"))
        role = words(ROLES[actor.role])
        self.setToolTip(plain_tip(f"{name} · {role}"))
        self.setAccessibleName(words(_("Account {name}"), name=name))
        self._role.setText(role)
        self.password.setVisible(self._desk.session.identity is not None)
