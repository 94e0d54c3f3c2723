"""The wall in a window of its own, without the other pages: a whole window takes each test a third of a second."""

from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from siapp.core.domain import Actor
from siapp.core.i18n import Language
from siapp.core.services import Services
from siapp.ui.commands import Commands
from siapp.ui.desk import Desk, ServerInfo
from siapp.ui.live.wall import WallPage
from siapp.ui.memory import Memory
from siapp.ui.notices import Notices
from siapp.ui.operations import Operations
from siapp.ui.session import Session
from siapp.ui.store import Stores
from siapp.ui.theme import Looks
from siapp.ui.widgets.toasts import Toasts
from siapp.ui.words import Words


class WallWindow(QMainWindow):
    """The wall below its header, over real services; begins and ends as the main window does."""

    def __init__(self, services: Services, server: ServerInfo, language: Language) -> None:
        super().__init__()
        words, notices, session = Words(language), Notices(), Session(services)
        operations = Operations(words, notices.tell)
        self.desk = Desk(
            services,
            server,
            words,
            session,
            Stores(services),
            operations,
            notices,
            Looks(),
            Commands(session),
            Memory(),
        )
        self.wall = WallPage(self.desk)
        self.toasts = Toasts(self, words, notices)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.wall.header)
        column.addWidget(self.wall, 1)
        self.setCentralWidget(inside)

    def begin(self, actor: Actor) -> None:
        self.desk.session.adopt(actor)
        self.desk.operations.run(self, "load", self.desk.stores.load(actor))

    async def shut(self) -> None:
        self.hide()
        self.desk.session.close()
        self.desk.stores.close()
        await self.wall.memory.settle()
        await self.desk.operations.close()
        self.deleteLater()
