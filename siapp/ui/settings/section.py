"""What all sections of the settings page have: a column that scrolls, headings, fields and facts."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from siapp.core.domain import Role
from siapp.core.services.settings import Setting
from siapp.core.setting import Group
from siapp.ui.desk import Desk
from siapp.ui.settings.draft import Draft
from siapp.ui.settings.field import SettingField
from siapp.ui.widgets.labels import label

WIDTH = 720


class Section(QScrollArea):
    """`begin` when it comes to be seen, `end` when it is not seen any more. `width_`: of its column, at most."""

    title = ""
    glyph = ""
    role = Role.ADMIN
    width_ = WIDTH

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.column = QVBoxLayout()
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(16)
        middle = QWidget()
        middle.setMaximumWidth(self.width_)
        middle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        middle.setLayout(self.column)
        inner = QWidget()
        row = QHBoxLayout(inner)
        row.setContentsMargins(32, 24, 32, 24)
        row.addWidget(middle, 1, Qt.AlignmentFlag.AlignTop)
        row.addStretch(0)
        self.setWidget(inner)

    @property
    def fields(self) -> list[SettingField]:
        return self.findChildren(SettingField)

    def narrow(self, wanted: list[str]) -> bool:
        """Whether the section, or a setting in it, has all these words; only such settings stay to be seen."""
        own = has_all(f"{self.title} {self.desk.words(self.title)}", wanted)
        found = [field for field in self.fields if has_all(field.said, wanted)]
        for field in self.fields:
            field.setVisible(own or field in found)
        return own or bool(found)

    def begin(self) -> None:
        """Fill what is not known beforehand."""

    def end(self) -> None:
        """Stop what only somebody who looks needs."""

    def heading(self, message: str) -> QWidget:
        """A title, with a line above where something stands before it."""
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.column.spacing())
        if self.column.count():
            line = QFrame()
            line.setObjectName("line")
            line.setFixedHeight(1)
            column.addWidget(line)
        column.addWidget(label(self.desk.words, message, "title"))
        self.column.addWidget(made)
        return made

    def sentence(self, message: str) -> QLabel:
        made = label(self.desk.words, message, "muted", wrap=True)
        self.column.addWidget(made)
        return made


def has_all(text: str, wanted: list[str]) -> bool:
    return all(word in text.casefold() for word in wanted)


class GroupSection(Section):
    """The settings of some groups, made when they are known for the first time."""

    groups: tuple[tuple[Group, str], ...] = ()

    def __init__(self, desk: Desk, draft: Draft) -> None:
        super().__init__(desk)
        self.draft = draft
        self.before()
        self._place = self.column.count()
        self.column.addStretch()
        draft.loaded.connect(self._make)

    def before(self) -> None:
        """What stands above the settings."""

    def _make(self) -> None:
        if self.fields:
            return
        self.column.takeAt(self.column.count() - 1)
        for group, heading in self.groups:
            self.heading(heading)
            self._add(group)
        self.column.addStretch()

    def _add(self, group: Group) -> None:
        settings = [one for one in self.draft.all() if one.group is group]
        for setting in _editable_first(settings):
            self.column.addWidget(SettingField(self.desk.words, self.draft, setting))


def _editable_first(settings: Iterable[Setting]) -> list[Setting]:
    return sorted(settings, key=lambda setting: not setting.editable)
