"""Weight files and videos: which ones may be dropped, and a place to drop or choose one."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QVBoxLayout

from siapp.core.i18n import _
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import ElidedLabel, label, restyle
from siapp.ui.words import Words


@dataclass(frozen=True, slots=True)
class FileKind:
    """What may be dropped or chosen, and the sentences around it."""

    suffixes: tuple[str, ...]
    hint: str
    title: str
    name: str

    def first(self, data: QMimeData) -> Path | None:
        """The first such file among what is dragged."""
        paths = (Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
        return next((path for path in paths if path.suffix.lower() in self.suffixes), None)


WEIGHTS = FileKind(
    (".pt", ".onnx", ".zip"),
    _("Drop a .pt, .onnx or OpenVINO .zip file here"),
    _("Choose a weight file"),
    _("Weights"),
)
VIDEOS = FileKind(
    (".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg", ".m4v", ".flv", ".wmv", ".h264", ".hevc"),
    _("Drop a video file here"),
    _("Choose a video file"),
    _("Videos"),
)


def weight_file(data: QMimeData) -> Path | None:
    """The first weight file among what is dragged."""
    return WEIGHTS.first(data)


class DropArea(QFrame):
    """Shows the chosen file; `chosen` tells another one."""

    chosen = Signal(object)

    def __init__(self, words: Words, kind: FileKind = WEIGHTS) -> None:
        super().__init__()
        self._kind = kind
        self.setObjectName("drop")
        self.setAcceptDrops(True)
        self.path: Path | None = None
        self._words = words
        self._file = ElidedLabel("", "strong", Qt.TextElideMode.ElideMiddle)
        self._file.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint: QLabel = label(words, kind.hint, "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = button(words, _("Choose file"), self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self._hint)
        column.addWidget(self._file)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)

    def choose(self) -> None:
        dialog = QFileDialog(self.window(), self._words(self._kind.title))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = " ".join(f"*{suffix}" for suffix in self._kind.suffixes)
        dialog.setNameFilter(f"{self._words(self._kind.name)} ({patterns})")
        dialog.fileSelected.connect(lambda name: self.take(Path(name)))
        dialog.open()

    def take(self, path: Path) -> None:
        self.path = path
        self._file.setText(path.name)
        self.chosen.emit(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._kind.first(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._highlight(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._highlight(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._highlight(False)
        path = self._kind.first(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.take(path)

    def _highlight(self, over: bool) -> None:
        self.setProperty("over", over)
        restyle(self)
