"""What is photographed: one function for each scene. It leads the window there; the picture is taken after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QTableView

from siapp.core.domain import AccountStatus, StreamKey, StreamKind
from siapp.ui.live.layout import WallLayout
from siapp.ui.live.plan import Plan
from siapp.ui.pages.page import Page
from siapp.ui.window import MainWindow
from tools.screenshots.room import PASSWORD, Room

SETTLE_S = 0.4
LONGEST_S = 15.0


@dataclass(frozen=True, slots=True)
class Stage:
    """The window, and the room behind it."""

    window: MainWindow
    room: Room

    async def open(self, page: Page) -> None:
        """A page without a sheet, an overlay or a toast."""
        shell = self.window.shell
        # What is under the mouse looks otherwise.
        QCursor.setPos(self.window.mapToGlobal(QPoint(2, self.window.height() - 2)))
        shell.close_overlays()
        for each in shell.pages():
            each.close_sheet()
        shell.open(page)
        await self.settle()

    async def settle(self, seconds: float = SETTLE_S) -> None:
        """Until nothing that the window began is under way, and a little longer for what is drawn."""
        background = self.window.desk.operations._background
        await background.settle(LONGEST_S)
        await asyncio.sleep(seconds)
        for toast in self.window.toasts.toasts():
            toast.leave()

    def select(self, table: QTableView, *rows: int) -> None:
        table.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in rows:
            table.selectionModel().select(table.model().index(row, 0), flags)


Lead = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """`page`: the shell's name for the page that it shows, empty for what has none. `usual`: it is in the README;
    the others are taken with --all, to be looked at."""

    name: str
    page: str
    lead: Lead
    usual: bool = True


async def wall(stage: Stage) -> None:
    """Three that run, and one whose camera is away."""
    page, room = stage.window.shell.wall, stage.room
    shown = (room.tasks["gate"], room.tasks["crossing"], room.tasks["yard"], room.away_task)
    cells = tuple(StreamKey(StreamKind.TASK, task.id) for task in shown)
    page.memory.change(Plan(WallLayout.FOUR, {WallLayout.FOUR: cells}))
    await stage.open(page)
    await stage.settle(3.0)


async def wall_list(stage: Stage) -> None:
    """What may be put on the wall, beside all that runs."""
    page = stage.window.shell.wall
    page.memory.change(Plan(WallLayout.AUTO))
    await stage.open(page)
    page.open_list()
    await stage.settle(3.0)


async def devices(stage: Stage) -> None:
    await stage.open(stage.window.shell.devices)


async def device_sheet(stage: Stage) -> None:
    page = stage.window.shell.devices
    await stage.open(page)
    page.edit(stage.room.devices["gate"])
    await stage.settle()


async def device_view(stage: Stage) -> None:
    page = stage.window.shell.devices
    await stage.open(page)
    page.view(await stage.room.station.services.devices.get(stage.room.devices["gate"].id))
    await stage.settle(3.0)


async def algorithms(stage: Stage) -> None:
    await stage.open(stage.window.shell.algorithms)


async def trial(stage: Stage) -> None:
    page = stage.window.shell.algorithms
    await stage.open(page)
    known = await stage.room.station.services.algorithms.get(stage.room.algorithm.id)
    page.try_picture(known, stage.room.clips / "yard.jpg")
    await stage.settle(1.0)


async def tasks(stage: Stage) -> None:
    stage.window.shell.algorithms.close_trial()
    page = stage.window.shell.tasks
    await stage.open(page)
    stage.select(page.table, 0)
    await stage.settle()


async def task_charts(stage: Stage) -> None:
    page = stage.window.shell.tasks
    await stage.open(page)
    stage.select(page.table, 0)
    task = await stage.room.station.services.tasks.get(stage.room.tasks["street"].id)
    page.open_details(task, lambda sheet: sheet.charts)
    await stage.settle()


async def task_options(stage: Stage) -> None:
    page = stage.window.shell.tasks
    await stage.open(page)
    stage.select(page.table, 0)
    page.open_details(await stage.room.station.services.tasks.get(stage.room.tasks["street"].id))
    await stage.settle(2.0)


async def new_task(stage: Stage) -> None:
    page = stage.window.shell.tasks
    await stage.open(page)
    page.add()
    await stage.settle()


async def tests(stage: Stage) -> None:
    page = stage.window.shell.tests
    await stage.open(page)
    page.show_test(stage.room.good_test.id)
    await stage.settle(3.0)


async def failed_test(stage: Stage) -> None:
    page = stage.window.shell.tests
    await stage.open(page)
    page.show_test(stage.room.bad_test.id)
    await stage.settle(1.0)


async def users(stage: Stage) -> None:
    page = stage.window.shell.users
    await stage.open(page)
    stage.select(page.table, 0)
    await stage.settle()


async def users_review(stage: Stage) -> None:
    page = stage.window.shell.users
    await stage.open(page)
    page.review([user for user in stage.window.desk.stores.users.all() if user.status is AccountStatus.PENDING])
    await stage.settle()


async def audit(stage: Stage) -> None:
    await stage.open(stage.window.shell.audit)


async def audit_entry(stage: Stage) -> None:
    page = stage.window.shell.audit
    await stage.open(page)
    changed = next(row for row, entry in enumerate(page.rows.entries) if entry.deed.before and entry.deed.after)
    page.table.setFocus()
    page.table.selectRow(changed)
    await stage.settle()


async def settings(stage: Stage) -> None:
    page = stage.window.shell.settings
    page.show_section(page.general)
    await stage.open(page)


def section(name: str) -> Lead:
    """One of the settings' sections."""

    async def lead(stage: Stage) -> None:
        page = stage.window.shell.settings
        page.show_section(getattr(page, name))
        await stage.open(page)
        await stage.settle(1.0)

    return lead


async def verdict(stage: Stage) -> None:
    page = stage.window.shell.audit
    await stage.open(page)
    page.verify()
    await stage.settle()


async def notices(stage: Stage) -> None:
    shell = stage.window.shell
    await stage.open(shell.tasks)
    shell.notices.open()
    await stage.settle()


async def palette(stage: Stage) -> None:
    await stage.open(stage.window.shell.tasks)
    stage.window.shell.show_palette()
    await stage.settle()


async def lock(stage: Stage) -> None:
    await stage.open(stage.window.shell.wall)
    stage.window.lock.lock()
    await stage.settle()


async def leave(stage: Stage) -> None:
    """From here on nobody is signed in."""
    if stage.window.desk.session.signed_in:
        await stage.window.desk.session.sign_out()


async def sign_in(stage: Stage) -> None:
    await leave(stage)
    stage.window.entrance.sign_in.say("")
    stage.window.entrance.start()
    await stage.settle()


async def first_admin(stage: Stage) -> None:
    await leave(stage)
    card = stage.window.entrance.first_admin
    stage.window.entrance.show_card(card)
    card.name.line.setText(stage.room.names.admin)
    card.password.line.setText(PASSWORD)
    card.password.line.textEdited.emit(PASSWORD)
    await stage.settle()


async def waiting(stage: Stage) -> None:
    await leave(stage)
    user = await stage.room.station.services.accounts.find(stage.room.names.waiting[0])
    stage.window.entrance.wait_for(user)
    await stage.settle()


SCENES = (
    Scene("wall", "wall", wall),
    Scene("wall-list", "wall", wall_list, usual=False),
    Scene("devices", "devices", devices),
    Scene("devices-view", "devices", device_view, usual=False),
    Scene("devices-edit", "devices", device_sheet, usual=False),
    Scene("algorithms", "algorithms", algorithms),
    Scene("algorithms-try", "algorithms", trial, usual=False),
    Scene("tasks", "tasks", tasks),
    Scene("tasks-options", "tasks", task_options, usual=False),
    Scene("tasks-charts", "tasks", task_charts),
    Scene("tasks-new", "tasks", new_task, usual=False),
    Scene("tests", "tests", tests),
    Scene("tests-failed", "tests", failed_test, usual=False),
    Scene("users", "users", users),
    Scene("users-review", "users", users_review, usual=False),
    Scene("audit", "audit", audit),
    Scene("audit-entry", "audit", audit_entry, usual=False),
    Scene("audit-verified", "audit", verdict, usual=False),
    Scene("settings", "settings", settings),
    Scene("settings-server", "settings", section("server"), usual=False),
    Scene("settings-connections", "settings", section("connections"), usual=False),
    Scene("settings-storage", "settings", section("storage"), usual=False),
    Scene("settings-about", "settings", section("about"), usual=False),
    Scene("notices", "", notices, usual=False),
    Scene("palette", "", palette),
    Scene("lock", "", lock, usual=False),
    Scene("sign-in", "", sign_in, usual=False),
    Scene("first-admin", "", first_admin, usual=False),
    Scene("waiting", "", waiting),
)
"""In this order: the last ones lead out of the desk."""
