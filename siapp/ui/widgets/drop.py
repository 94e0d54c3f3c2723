"""Weight files: which ones may be dropped, and a place to drop or choose one."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QVBoxLayout

from siapp.core.i18n import _
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import ElidedLabel, label, restyle
from siapp.ui.words import Words

SUFFIXES = (".pt", ".onnx", ".zip")


def weight_file(data: QMimeData) -> Path | None:
    """The first weight file among what is dragged."""
    paths = (Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    return next((path for path in paths if path.suffix.lower() in SUFFIXES), None)


class DropArea(QFrame):
    """Shows the chosen file; `chosen` tells another one."""

    chosen = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.setObjectName("drop")
        self.setAcceptDrops(True)
        self.path: Path | None = None
        self._words = words
        self._file = ElidedLabel("", "strong", Qt.TextElideMode.ElideMiddle)
        self._file.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint: QLabel = label(words, _("Drop a .pt, .onnx or OpenVINO .zip file here"), "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = button(words, _("Choose file"), self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self._hint)
        column.addWidget(self._file)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)

    def choose(self) -> None:
        dialog = QFileDialog(self.window(), self._words(_("Choose a weight file")))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        dialog.setNameFilter(f"{self._words(_('Weights'))} ({patterns})")
        dialog.fileSelected.connect(lambda name: self.take(Path(name)))
        dialog.open()

    def take(self, path: Path) -> None:
        self.path = path
        self._file.setText(path.name)
        self.chosen.emit(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if weight_file(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._highlight(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._highlight(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._highlight(False)
        path = weight_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.take(path)

    def _highlight(self, over: bool) -> None:
        self.setProperty("over", over)
        restyle(self)
