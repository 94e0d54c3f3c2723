"""Algorithm tests."""

from siapp.core.domain import Role
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.pages.page import Page


class TestsPage(Page):
    """Algorithm tests."""

    role = Role.VIEWER

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Algorithm tests"))
