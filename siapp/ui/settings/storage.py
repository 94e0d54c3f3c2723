"""What everything takes on the disk, and the limits."""

from PySide6.QtCore import Qt, Signal

from siapp.core.domain import StorageUse
from siapp.core.i18n import _
from siapp.core.setting import Group
from siapp.ui.settings.bars import Bar
from siapp.ui.settings.section import GroupSection
from siapp.ui.units import size_text
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label


class StorageSection(GroupSection):
    """For administrators. `wanted` names the page where something can be deleted."""

    wanted = Signal(str)
    title, glyph = _("Storage"), "database"
    groups = ((Group.STORAGE, _("Limits")),)

    def before(self) -> None:
        words = self.desk.words
        self.heading(_("Used now"))

        def bar(name: str, page: str = "") -> Bar:
            made = Bar(words, name, _("Show") if page else "", lambda: self.wanted.emit(page))
            self.column.addWidget(made)
            return made

        self.weights = bar(_("Weight files"), "algorithms")
        self.videos = bar(_("Videos"), "tests")
        self.results = bar(_("Results of tasks and tests"), "tasks")
        self.database = bar(_("Database"))
        self.free = bar(_("Free on the disk"))
        self.note = label(words, "", "caption", wrap=True)
        self.column.addWidget(self.note)
        self.refresh = button(words, _("Look again"), self.begin, glyph="arrows-clockwise")
        self.column.addWidget(self.refresh, 0, Qt.AlignmentFlag.AlignLeft)

    def begin(self) -> None:
        self.desk.operations.run(self, "storage-use", self.desk.services.results.usage(), self._show)

    def _show(self, use: StorageUse) -> None:
        for bar, count in (
            (self.weights, use.weights),
            (self.videos, use.videos),
            (self.results, use.results),
            (self.database, use.database),
        ):
            bar.show_use(count, use.total, size_text(count))
        of_all = self.desk.words(_("{used} of {total}"), used=size_text(use.free), total=size_text(use.total))
        self.free.show_use(use.free, use.total, of_all)
        floor = self.desk.services.uploads.room.space.floor
        low = use.free < floor
        self.note.setProperty("look", "warning" if low else "caption")
        self.note.style().polish(self.note)
        message = (
            _("Less is free than the {floor} that stay free for the database: key frames and uploads wait.")
            if low
            else _("{floor} stay free for the database; below that, key frames and uploads wait and tests end.")
        )
        self.desk.words.bind(self.note, self.note.setText, message, floor=size_text(floor))
