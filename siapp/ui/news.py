"""What happened before anybody sat down: told once to who may act on it."""

from PySide6.QtCore import QObject

from siapp.core.errors import SiappError
from siapp.core.events import Notice
from siapp.ui.desk import Desk


class StartNews(QObject):
    """Asks at each sign-in; what was told does not come again."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        desk.session.changed.connect(self._ask)

    def _ask(self) -> None:
        desk = self._desk
        if desk.may_operate():
            news = desk.services.diagnostics.news(desk.actor)
            desk.operations.run(self, "news", news, self._tell, failed=self._later)

    def _tell(self, news: tuple[Notice, ...]) -> None:
        for one in news:
            self._desk.tell(self._desk.words.problem(one.problem), one.severity)

    def _later(self, _error: SiappError) -> None:
        """A role that was taken away meanwhile, say: the next sign-in asks again."""
