"""One picture over the whole window. Left and right go to the next ones, Esc or a click beside it closes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.widgets.buttons import icon_button
from siapp.ui.widgets.labels import ElidedLabel
from siapp.ui.widgets.overlay import Overlay
from siapp.ui.words import Words

MARGIN = 32
SHADE = 200


@dataclass(frozen=True, slots=True)
class Shot:
    """`load` is called to show it, and answers through `PictureOverlay.take`."""

    title: str
    load: Callable[[], object]


class PictureOverlay(Overlay):
    """`show_shots` opens it at one of several pictures."""

    def __init__(self, words: Words, over: QWidget) -> None:
        super().__init__(over, shade=SHADE)
        self._shots: Sequence[Shot] = ()
        self.place_shown = 0
        self.picture = _Picture()
        self.title = ElidedLabel("", "strong")
        self.back = icon_button(words, _("Picture before (Left)"), "caret-left", lambda: self.step(-1))
        self.on = icon_button(words, _("Next picture (Right)"), "caret-right", lambda: self.step(1))
        self.leave = icon_button(words, _("Close (Esc)"), "x", self.shut)
        words.bind(self.picture, self.picture.setAccessibleName, _("Picture"))
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        for each in (self.back, self.on, self.leave):
            head.addWidget(each)
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(16, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.picture, 1)

    def show_shots(self, shots: Sequence[Shot], place: int) -> None:
        self._shots = shots
        self.open()
        self.picture.setFocus()
        self._show(place)

    def take(self, image: QImage) -> None:
        """The picture that was asked for."""
        self.picture.show_image(image)

    def step(self, by: int) -> None:
        if 0 <= self.place_shown + by < len(self._shots):
            self._show(self.place_shown + by)

    def place(self) -> None:
        self.panel.setGeometry(self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps:
            self.step(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _show(self, place: int) -> None:
        self.place_shown = place
        self.title.setText(self._shots[place].title)
        self.back.setEnabled(place > 0)
        self.on.setEnabled(place < len(self._shots) - 1)
        self._shots[place].load()


class _Picture(QWidget):
    """Whole and undistorted, never larger than it is."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_image(self, image: QImage) -> None:
        self.image = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        size = self.image.size()
        if size.width() > self.width() or size.height() > self.height():
            size.scale(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(self.rect().topLeft(), size)
        place.moveCenter(self.rect().center())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self.image)
        painter.end()
