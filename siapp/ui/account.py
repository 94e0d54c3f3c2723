"""Who is signed in, with the way out."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from siapp.core.domain import Role
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.icons import SIZE, icon
from siapp.ui.widgets.labels import plain_tip

ROLES = {Role.VIEWER: _("Viewer"), Role.OPERATOR: _("Operator"), Role.ADMIN: _("Administrator")}
LONGEST = 18


class AccountButton(QToolButton):
    """The name; its menu has the role and Sign out."""

    def __init__(self, desk: Desk, on_sign_out: Callable[[], object]) -> None:
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
        self.sign_out = QAction(icon("sign-out"), "", menu)
        desk.words.bind(self.sign_out, self.sign_out.setText, _("Sign out"))
        self.sign_out.triggered.connect(lambda _checked=False: on_sign_out())
        menu.addAction(self.sign_out)
        self.setMenu(menu)
        desk.session.changed.connect(self._show)
        desk.words.follow(self, self._show)

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
