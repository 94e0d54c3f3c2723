"""The few buttons of a tile, seen while the mouse or the keyboard is on it."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from siapp.core.domain import TaskState
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.icons import explain, icon
from siapp.ui.widgets.buttons import icon_button

MARGIN = 8


class TileControls(QWidget):
    """Boxes on and off; stop or start, for those who may."""

    def __init__(
        self, desk: Desk, tile: QWidget, on_boxes: Callable[[], object], on_toggle: Callable[[], object]
    ) -> None:
        super().__init__(tile)
        self._desk = desk
        self.boxes = True
        self._on_boxes = on_boxes
        self.boxes_button = icon_button(desk.words, _("Hide boxes"), "bounding-box", self._switch_boxes, look="tile")
        self.run_button = icon_button(desk.words, _("Stop task"), "stop", on_toggle, look="tile")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.boxes_button)
        row.addWidget(self.run_button)
        desk.session.changed.connect(self._apply_rights)
        self._apply_rights()
        self.hide()

    def show_state(self, state: TaskState) -> None:
        stops = state.is_active
        self.run_button.setIcon(icon("stop" if stops else "play"))
        self.run_button.setEnabled(state is not TaskState.STOPPING)
        explain(self._desk.words, self.run_button, _("Stop task") if stops else _("Start task"))
        self.boxes_button.setVisible(state is TaskState.RUNNING)
        self._settle()

    def place(self, width: int) -> None:
        """In the upper right corner of a tile of this width."""
        self.adjustSize()
        self.move(width - self.width() - MARGIN, MARGIN)

    def _switch_boxes(self) -> None:
        self.boxes = not self.boxes
        self.boxes_button.setIcon(icon("bounding-box", "text" if self.boxes else "disabled"))
        explain(self._desk.words, self.boxes_button, _("Hide boxes") if self.boxes else _("Show boxes"))
        self._on_boxes()

    def _apply_rights(self) -> None:
        self.run_button.setVisible(self._desk.may_operate())
        self._settle()

    def _settle(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.place(parent.width())
