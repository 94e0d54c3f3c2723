"""How a tile is painted: letterboxed picture, boxes with plates, and the text where there is no live picture."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QRegion

from siapp.core.boxstyle import (
    RGB,
    Box,
    Size,
    class_colour,
    label_text,
    line_width,
    place_plates,
    scaled_box,
    text_colour,
)
from siapp.core.domain import DetectedObject, Picture
from siapp.ui.marks import Mark, paint_mark
from siapp.ui.theme import Looks, body_font, theme

STALE_SHADE = 150  # of 255
MESSAGE_WIDTH = 420
SMALL_HEIGHT = 200
LEAST_HEIGHT = 110  # for labels at all
SMALL_SCALE = 0.8
ROUNDING = 2


def tile_font(size: int, strong: bool = False) -> QFont:
    return _tile_font(size, strong, Looks.western)


@lru_cache(maxsize=16)
def _tile_font(size: int, strong: bool, _western: bool) -> QFont:
    return body_font(theme(), size, strong=strong)


def _text_size(text: str, px: int) -> Size:
    return _measured(text, px, Looks.western)


@lru_cache(maxsize=1024)
def _measured(text: str, px: int, western: bool) -> Size:
    metrics = QFontMetrics(_tile_font(px, False, western))
    return metrics.horizontalAdvance(text), metrics.height()


@lru_cache(maxsize=1024)
def _plate(text: str, colour: RGB, size: Size, px: int, ratio: float, western: bool) -> QImage:
    """A label on its plate, `size` in pixels of the screen at `ratio` device pixels each.

    Kept: to lay out the text anew for each picture takes 20 times as long as to copy what it looks like.
    """
    plate = QImage(round(size[0] * ratio), round(size[1] * ratio), QImage.Format.Format_RGB32)
    plate.setDevicePixelRatio(ratio)
    plate.fill(QColor(*colour))
    painter = QPainter(plate)
    painter.setFont(_tile_font(px, False, western))
    painter.setPen(QColor(*text_colour(colour)))
    painter.drawText(QRectF(0, 0, *size), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return plate


@lru_cache(maxsize=64)
def _box_pen(colour: RGB, width: int) -> QPen:
    return QPen(QColor(*colour), width, j=Qt.PenJoinStyle.MiterJoin)


def as_image(picture: Picture) -> QImage:
    """The picture's own bytes as an image, without a copy: keep `picture` as long as the image."""
    if picture.bgra is None:
        raise ValueError("a picture without pixels")
    width, height = picture.width_shown, picture.height_shown
    return QImage(picture.bgra, width, height, width * 4, QImage.Format.Format_RGB32)


def letterbox(picture: Picture, room: QRect, ratio: float = 1.0) -> QRect:
    """Where in `room` the picture goes, whole and undistorted, in the middle. `ratio`: device pixels per pixel.

    A picture that the worker has scaled for this room keeps its pixels: rounding must not have them scaled again.
    """
    size = QSize(picture.width, picture.height).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(room.topLeft(), _as_shown(size, picture, ratio))
    place.moveCenter(room.center())
    return place


def unscaled(where: QRect, picture: Picture, ratio: float) -> QRect:
    """`where`, or a rectangle as good as it in which the picture keeps its pixels."""
    return QRect(where.topLeft(), _as_shown(where.size(), picture, ratio))


def _as_shown(size: QSize, picture: Picture, ratio: float) -> QSize:
    shown = QSize(round(picture.width_shown / ratio), round(picture.height_shown / ratio))
    near = abs(shown.width() - size.width()) <= ROUNDING and abs(shown.height() - size.height()) <= ROUNDING
    return shown if near else size


def paint_bars(painter: QPainter, room: QRect, covered: QRect) -> None:
    """What of `room` the picture in `covered` leaves over, at its sides or above and below it."""
    if not _whole(painter.device().devicePixelRatioF()):
        covered = QRect()  # an edge between two device pixels: who rounds it which way is not known
    bars = QRegion(room).subtracted(covered)
    if not bars.isEmpty():
        painter.save()
        painter.setClipRegion(bars)
        painter.fillRect(room, theme().colours.of("stage"))
        painter.restore()


def _whole(ratio: float) -> bool:
    return ratio == int(ratio)


def paint_picture(painter: QPainter, image: QImage, where: QRect) -> None:
    """Pixel by pixel where the worker scaled it to this size; scaled here for a moment after a resize."""
    exact = image.size() == where.size() * painter.device().devicePixelRatioF()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
    painter.drawImage(where, image)


def paint_boxes(
    painter: QPainter,
    picture: Picture,
    where: QRect,
    view: QRect | None = None,
    *,
    labels: bool = True,
    scale: float = 1.0,
) -> None:
    """Every detection's box and its label, after the one style table. `where`: all of the picture, `view`: the part
    that is seen, which no plate leaves (None: all); `scale`: how much thicker than on a screen."""
    view = where if view is None else view
    across, down = where.width() / picture.width, where.height() / picture.height
    offset, seen = QPointF(where.topLeft() - view.topLeft()), QRectF(0, 0, view.width(), view.height())
    placed = [(found, _moved(scaled_box(found.box, across, down), offset)) for found in picture.objects]
    shown = [(found, box) for found, box in placed if _rectangle(box).intersects(seen)]
    if not shown:
        return
    painter.save()
    painter.setClipRect(view)
    painter.translate(view.topLeft())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for found, box in shown:
        painter.setPen(_box_pen(class_colour(found.class_id), line_width(scale)))
        painter.drawRect(_rectangle(box))
    if labels and view.height() >= LEAST_HEIGHT:
        _paint_plates(painter, [found for found, _box in shown], [box for _found, box in shown], view.size(), scale)
    painter.restore()


def _moved(box: Box, by: QPointF) -> Box:
    return box[0] + by.x(), box[1] + by.y(), box[2] + by.x(), box[3] + by.y()


def _rectangle(box: Box) -> QRectF:
    """On whole pixels. With some width and height: a line without them would be nowhere."""
    x1, y1, x2, y2 = (round(side) for side in box)
    return QRectF(x1, y1, max(1, x2 - x1), max(1, y2 - y1))


def _paint_plates(
    painter: QPainter, objects: list[DetectedObject], boxes: list[Box], size: QSize, scale: float
) -> None:
    # On a small picture short labels leave something to be seen.
    small = scale == 1.0 and size.height() < SMALL_HEIGHT
    texts = [found.label if small else label_text(found.label, found.confidence) for found in objects]
    scale = SMALL_SCALE if small else scale
    px = round(theme().caption * scale)
    plates = place_plates(boxes, (size.width(), size.height()), [_text_size(text, px) for text in texts], scale)
    ratio = painter.device().devicePixelRatioF()
    for found, text, (x, y, width, height) in zip(objects, texts, plates, strict=True):
        plate = _plate(text, class_colour(found.class_id), (width, height), px, ratio, Looks.western)
        painter.drawImage(_on_pixel(painter, x, y, ratio), plate)


def _on_pixel(painter: QPainter, x: int, y: int, ratio: float) -> QPointF:
    """The whole device pixel next to a point: halfway between two, Qt would copy a row of an image twice."""
    at = QPointF(x, y)
    if _whole(ratio):
        return at
    to_device = painter.deviceTransform()
    on_device = to_device.map(at)
    back, _possible = to_device.inverted()
    return back.map(QPointF(round(on_device.x()), round(on_device.y())))


def paint_badge(painter: QPainter, where: QRect, text: str) -> None:
    """How far a picture is zoomed."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().colours.of("line"), 1))
    painter.setBrush(theme().colours.of("surface"))
    painter.drawRoundedRect(QRectF(where).adjusted(0.5, 0.5, -0.5, -0.5), theme().tile_radius, theme().tile_radius)
    painter.setPen(theme().colours.of("text"))
    painter.setFont(tile_font(theme().caption))
    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)


def paint_stale(painter: QPainter, where: QRect, text: str) -> None:
    """A shade over an old picture, and in its middle how old it is."""
    shade = theme().colours.of("ground")
    shade.setAlpha(STALE_SHADE)
    painter.fillRect(where, shade)
    font = tile_font(theme().head, True)
    size = QFontMetrics(font).boundingRect(text).size()
    plate = QRect(0, 0, size.width() + 32, size.height() + 16)
    plate.moveCenter(where.center())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().colours.of("warning"), 1))
    painter.setBrush(theme().colours.of("surface"))
    painter.drawRoundedRect(plate, theme().tile_radius, theme().tile_radius)
    painter.setPen(theme().colours.of("warning"))
    painter.setFont(font)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def paint_message(painter: QPainter, where: QRect, mark: Mark, head: str, lines: list[str]) -> None:
    """No picture: the state in the middle, and below it why, since when and what happens next."""
    colours = theme().colours
    painter.fillRect(where, colours.of("ground"))
    width = min(MESSAGE_WIDTH, where.width() - 24)
    head_font, body = tile_font(theme().title, True), tile_font(theme().caption)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    head_height = QFontMetrics(head_font).height()
    text, needed = _fitting(lines, QFontMetrics(body), QSize(width, where.height() - head_height - 36))
    top = where.center().y() - min(where.height() - 8, 24 + head_height + 4 + needed) // 2
    paint_mark(painter, mark, QRectF(where.center().x() - 8, top, 16, 16))
    painter.setFont(head_font)
    painter.setPen(colours.of("text"))
    painter.drawText(QRect(where.left() + 12, top + 22, where.width() - 24, head_height), flags, head)
    painter.setFont(body)
    painter.setPen(colours.of("muted"))
    room = QRect(
        where.center().x() - width // 2, top + 26 + head_height, width, where.bottom() - top - 26 - head_height
    )
    painter.drawText(room, int(flags), text)


def _fitting(lines: list[str], metrics: QFontMetrics, room: QSize) -> tuple[str, int]:
    """As many lines as there is room for, and how high they are: since when goes first, then why, but not what
    happens next."""
    flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
    told = [line for line in lines if line]
    while True:
        text = "\n".join(told)
        height = metrics.boundingRect(QRect(0, 0, room.width(), room.height()), flags, text).height()
        if height <= room.height() or len(told) < 2:
            return text, height
        told.pop(-1 if len(told) > 2 else 0)
