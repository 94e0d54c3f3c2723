"""What a check of a camera found: its picture with what it sends, or why there is none and what to try."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from siapp.core.domain import CheckResult, StreamInfo
from siapp.core.i18n import _
from siapp.core.specs import CHECK_PICTURE_SIDE
from siapp.ui.hints import head_of, hint_of
from siapp.ui.live.painting import paint_message
from siapp.ui.marks import Mark, Shape
from siapp.ui.pages.thumbnails import small_image
from siapp.ui.theme import theme
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

RATIO = 16 / 9
_NOT_YET = Mark(Shape.RING, "muted", _("Not checked yet"))
_FAILED = Mark(Shape.CROSS, "alarm", _("No picture"))


class CheckPanel(QWidget):
    """Has its place from the start, so that a result moves nothing."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.picture = CheckPicture(words)
        self.facts = label(words, "", "caption")
        self.facts.setMinimumHeight(self.facts.fontMetrics().height())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.picture)
        column.addWidget(self.facts)

    def clear(self) -> None:
        """Nothing is known of this address."""
        self.picture.say(_NOT_YET, _NOT_YET.word, _("Check the connection to see what the camera sends."))
        self._words.bind(self.facts, self.facts.setText, "")

    def show_result(self, result: CheckResult) -> None:
        self.clear()
        if result.error is not None:
            self.picture.say(_FAILED, head_of(result.error.code), hint_of(result.error.code))
        elif result.info is not None:
            self.picture.show_jpeg(result.picture)
            self._show_facts(result.info, result.elapsed_ms / 1000)

    def _show_facts(self, info: StreamInfo, seconds: float) -> None:
        self._words.bind(
            self.facts,
            self.facts.setText,
            _("{codec} · {width} × {height} · {fps} fps · answered in {seconds} s"),
            codec=info.codec,
            width=info.width,
            height=info.height,
            fps=f"{info.fps:.3g}" if info.fps else "?",
            seconds=f"{seconds:.1f}",
        )


class CheckPicture(QWidget):
    """A picture as wide as there is room, 16 to 9, or words in its place."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._image: QImage | None = None
        self._mark, self.head, self.text = _NOT_YET, "", ""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.say(_NOT_YET, _NOT_YET.word, _("Check the connection to see what the camera sends."))

    @property
    def has_picture(self) -> bool:
        return self._image is not None

    def show_jpeg(self, jpeg: bytes | None) -> None:
        """The camera's own picture; words where there is none after all."""
        image = small_image(jpeg, CHECK_PICTURE_SIDE) if jpeg is not None else QImage()
        if image.isNull():
            self.say(_NOT_YET, _FAILED.word, _("The camera answers, but its picture can't be shown here."))
            return
        self._image = image
        self._words.bind(self, self.setAccessibleName, _("Picture of the camera"))
        self.update()

    def say(self, mark: Mark, head: str, text: str) -> None:
        self._image, self._mark = None, mark
        self._words.follow(self, lambda: self._write(head, text), "setAccessibleName")

    def heightForWidth(self, width: int) -> int:
        return round(width / RATIO)

    def sizeHint(self) -> QSize:
        return QSize(320, 180)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QPainterPath()
        frame.addRoundedRect(self.rect(), theme().radius, theme().radius)
        painter.setClipPath(frame)
        if self._image is None:
            paint_message(painter, self.rect(), self._mark, self.head, [self.text])
        else:
            painter.fillPath(frame, theme().colours.of("ground"))
            place = QRect(self.rect().topLeft(), self._fitted(self._image))
            place.moveCenter(self.rect().center())
            painter.drawImage(place, self._image)
        painter.end()

    def _fitted(self, image: QImage) -> QSize:
        return image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)

    def _write(self, head: str, text: str) -> None:
        self.head, self.text = self._words(head), self._words(text)
        self.setAccessibleName(f"{self.head}. {self.text}")
        self.update()
