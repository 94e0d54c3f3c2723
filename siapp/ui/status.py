"""The bar at the foot: where the server answers, how many tasks run, how busy the machine is, what time it is."""

from datetime import datetime

import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from siapp.core.domain import TaskState
from siapp.core.i18n import _
from siapp.ui.desk import Desk

HEIGHT = 28
TICK_MS = 1000
MACHINE_TICKS = 2


class StatusBar(QFrame):
    """Follows the tasks' store; the clock and the number of viewers are looked at once a second."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setObjectName("status")
        self.setFixedHeight(HEIGHT)
        self.server, self.tasks, self.machine, self.clock = QLabel(), QLabel(), QLabel(), QLabel()
        self.database = QLabel()
        self.database.hide()
        self._ticks = 0
        self.clock.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.clock.setMinimumWidth(80)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        row.addWidget(self.server)
        row.addWidget(_divider())
        row.addWidget(self.tasks)
        row.addWidget(_divider())
        row.addWidget(self.machine)
        row.addWidget(self.database)
        row.addStretch()
        row.addWidget(self.clock)
        store = desk.stores.tasks
        for signal in (store.reset, store.put, store.removed):
            signal.connect(self._show_tasks)
        desk.words.bind(self.database, self.database.setText, _("The database does not answer; siapp goes on trying."))
        self.database.setProperty("look", "warning")
        desk.words.follow(self, self._show_all)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def show_database(self, reachable: bool) -> None:
        """Nothing is said of a database that answers."""
        self.database.setVisible(not reachable)

    def _show_all(self) -> None:
        self._show_tasks()
        self._tick()

    def _show_tasks(self, *_change: object) -> None:
        tasks = self._desk.stores.tasks.all()
        running = sum(task.state is TaskState.RUNNING for task in tasks)
        words = self._desk.words
        self.tasks.setText(words(_("{running} of {total} tasks running"), running=running, total=len(tasks)))

    def _tick(self) -> None:
        server, words = self._desk.server, self._desk.words
        remote = server.remote_viewers()
        self.server.setText(words(_("Server {address} · {remote} remote"), address=server.address, remote=remote))
        self._ticks += 1
        if self._ticks % MACHINE_TICKS == 1:
            self._show_machine()
        self.clock.setText(datetime.now().astimezone().strftime("%H:%M:%S"))

    def _show_machine(self) -> None:
        """Since the last look; neither call waits."""
        busy, memory = psutil.cpu_percent(None), psutil.virtual_memory().percent
        text = self._desk.words(_("CPU {busy} % · memory {memory} %"), busy=round(busy), memory=round(memory))
        self.machine.setText(text)


def _divider() -> QWidget:
    line = QFrame()
    line.setFixedSize(1, 12)
    line.setObjectName("divider")
    return line
