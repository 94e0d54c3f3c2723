"""Weight files and videos: which ones may be dropped, and a place to drop or choose one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import ElidedLabel, label, restyle
from siapp.ui.words import Words

Taken = Callable[[list[Path]], object]


@dataclass(frozen=True, slots=True)
class FileKind:
    """What may be dropped or chosen, and the sentences around it."""

    suffixes: tuple[str, ...]
    hint: str
    title: str
    name: str

    def every(self, data: QMimeData) -> list[Path]:
        """All such files among what is dragged, in their order."""
        paths = (Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
        return [path for path in paths if path.suffix.lower() in self.suffixes]

    def first(self, data: QMimeData) -> Path | None:
        """The first such file among what is dragged."""
        return next(iter(self.every(data)), None)


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


CAMERA_LISTS = FileKind(
    (".csv",),
    _("Drop a list of cameras (CSV) here"),
    _("Choose a list of cameras"),
    _("Lists of cameras"),
)
PICTURES = FileKind(
    (".jpg", ".jpeg", ".png", ".bmp", ".webp"),
    _("Drop a picture here"),
    _("Choose a picture"),
    _("Pictures"),
)


def weight_file(data: QMimeData) -> Path | None:
    """The first weight file among what is dragged."""
    return WEIGHTS.first(data)


def choose_files(parent: QWidget, words: Words, kind: FileKind, taken: Taken, *, many: bool = False) -> None:
    """Ask for a file, or for several. Returns at once; `taken` hears the choice, if there is one."""
    dialog = QFileDialog(parent, words(kind.title))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles if many else QFileDialog.FileMode.ExistingFile)
    patterns = " ".join(f"*{suffix}" for suffix in kind.suffixes)
    dialog.setNameFilter(f"{words(kind.name)} ({patterns})")
    dialog.filesSelected.connect(lambda names: taken([Path(name) for name in names]))
    dialog.open()


class DropArea(QFrame):
    """Shows the chosen file; `chosen` tells another one, of `many` each in turn."""

    chosen = Signal(object)

    def __init__(self, words: Words, kind: FileKind = WEIGHTS, *, many: bool = False) -> None:
        super().__init__()
        self._kind, self._many = kind, many
        self.setObjectName("drop")
        self.setAcceptDrops(True)
        self.path: Path | None = None
        self._words = words
        self._file = ElidedLabel("", "strong", Qt.TextElideMode.ElideMiddle)
        self._file.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint: QLabel = label(words, kind.hint, "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = button(words, _("Choose files") if many else _("Choose file"), self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self._hint)
        column.addWidget(self._file)
        self._file.setHidden(many)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)

    def choose(self) -> None:
        choose_files(self.window(), self._words, self._kind, self._take_all, many=self._many)

    def take(self, path: Path) -> None:
        self.path = path
        self._file.setText("" if self._many else path.name)
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
        event.acceptProposedAction()
        self._take_all(self._kind.every(event.mimeData()))

    def _take_all(self, paths: list[Path]) -> None:
        for path in paths if self._many else paths[:1]:
            self.take(path)

    def _highlight(self, over: bool) -> None:
        self.setProperty("over", over)
        restyle(self)
