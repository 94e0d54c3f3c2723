"""Several stored cameras checked at once: which of them answer, and why the others don't."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import shiboken6

from siapp.core.domain import CheckResult, Device
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.hints import head_of, hint_of
from siapp.ui.marks import Mark, Shape
from siapp.ui.store import Store
from siapp.ui.widgets.buttons import ProgressButton, button
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.widgets.table import Column, Rows, TableView
from siapp.ui.widgets.two_lines import TwoLineDelegate
from siapp.ui.words import Words

WIDTH, LEAST_WIDTH = 480, 420
ROW_HEIGHT = 49
OUTCOME, CAMERA = 0, 1
WAITS = Mark(Shape.RING, "muted", _("Not checked yet"))
ANSWERS = Mark(Shape.CHECK, "ok", _("Answers"))
FAILS = Mark(Shape.CROSS, "alarm", _("Not checked"))


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One camera and what is known of it so far."""

    device: Device
    result: CheckResult | None = None

    @property
    def id(self) -> int:
        return self.device.id

    @property
    def mark(self) -> Mark:
        if self.result is None:
            return WAITS
        return ANSWERS if self.result.reachable else FAILS


def _columns(words: Words) -> list[Column[CheckRow]]:
    def code(row: CheckRow) -> str:
        return row.result.error.code if row.result is not None and row.result.error is not None else ""

    def outcome(row: CheckRow) -> str:
        return words(head_of(code(row)) or row.mark.word)

    def found(row: CheckRow) -> str:
        if row.result is None:
            return row.device.rtsp_url
        if row.result.error is not None:
            return words.reason(row.result.error)
        info = row.result.info
        if info is None:
            return ""
        rate = words(_("{rate} fps"), rate=f"{info.fps:.3g}")
        return f"{info.codec} · {info.width} × {info.height} · {rate}"

    def whole(row: CheckRow) -> str:
        return "\n".join(part for part in (row.device.name, found(row), words(hint_of(code(row)))) if part)

    return [
        Column(_("Result"), outcome, 168, mark=lambda row: row.mark, tip=whole),
        Column(_("Camera"), lambda row: row.device.name, tip=whole, second=found),
    ]


class CheckSheet(Sheet):
    """Begins at once; `stop` ends what is still under way."""

    def __init__(self, desk: Desk, devices: Sequence[Device]) -> None:
        super().__init__(desk.words, _("Check cameras"), width=WIDTH, least=LEAST_WIDTH, scrolls=False)
        self._desk = desk
        self._work: asyncio.Task[None] | None = None
        self._shown: Store[CheckRow] = Store()
        self._shown.fill(CheckRow(device) for device in devices)
        columns = _columns(desk.words)
        self.table: TableView[CheckRow] = TableView(Rows(self._shown, columns, desk.words), columns)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        for column in (OUTCOME, CAMERA):
            self.table.setItemDelegateForColumn(column, TwoLineDelegate(self.table))
        desk.words.bind(self.table, self.table.setAccessibleName, _("Check cameras"))
        self.sentence = label(desk.words, "", "muted", wrap=True)
        self.body.addWidget(self.sentence)
        self.body.addWidget(self.table, 1)
        self.again_button = ProgressButton(
            desk.words, _("Check again"), _("Checking … Cancel"), self.check, look="primary"
        )
        self.set_buttons(button(desk.words, _("Close"), self.closed.emit), primary=self.again_button)
        self.begin_at(self.again_button)
        self.check()

    def check(self) -> None:
        self._shown.fill([CheckRow(row.device) for row in self._shown.all()])
        numbers = [row.id for row in self._shown.all()]
        work = self._desk.services.camera_lists.check_all(self._desk.actor, numbers, self._told)
        self._say()
        self._work = self._desk.operations.run(self, "check-cameras", work, self._finished, busy=self.again_button)
        self._work.add_done_callback(self._ended)

    def stop(self) -> None:
        """Before it is taken away."""
        if self._work is not None:
            self._work.cancel()

    def _told(self, number: int, result: CheckResult) -> None:
        row = self._shown.get(number)
        if row is not None and shiboken6.isValid(self):
            self._shown.change(replace(row, result=result))
            self.again_button.progress(self._known / len(self._shown))
            self._say()

    @property
    def _known(self) -> int:
        return sum(row.result is not None for row in self._shown.all())

    def _counts(self) -> dict[str, int]:
        return {"good": sum(row.mark is ANSWERS for row in self._shown.all()), "total": len(self._shown)}

    def _say(self) -> None:
        message = _("Cameras that answer: {good} of {total}.")
        self.words.bind(self.sentence, self.sentence.setText, message, **self._counts())

    def _finished(self, _nothing: None) -> None:
        counts = self._counts()
        tell = self._desk.done if counts["good"] == counts["total"] else self._desk.warn
        tell(_("Cameras that answer: {good} of {total}."), **counts)

    def _ended(self, work: asyncio.Task[None]) -> None:
        self._work = None
        if work.cancelled():
            self._desk.warn(_("The check was cancelled. Cameras checked before: {count}."), count=self._known)
