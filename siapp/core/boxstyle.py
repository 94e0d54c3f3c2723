"""How a detection looks, wherever it is drawn: the window's tiles, pictures for browsers, key frames, result videos.

Pure data and pure functions without Qt, OpenCV or numpy, so that window and workers can share them. Everything is
in pixels of the picture that is drawn on; whoever draws scales the boxes first and measures the label texts.
"""

from collections.abc import Iterator, Sequence

RGB = tuple[int, int, int]
Box = tuple[float, float, float, float]
Rectangle = tuple[int, int, int, int]
Size = tuple[int, int]
Obstacle = tuple[float, float, float, float, float]
"""A box as x1, y1, x2, y2, and how much each of its pixels counts."""

# Martin Krzywinski's twelve colours that stay apart in the common forms of colour blindness
# (mk.bcgsc.ca/colorblind), the ones that stand out on video first.
CLASS_COLOURS: tuple[RGB, ...] = (
    (0xFF, 0xC3, 0x3B),
    (0x00, 0xC2, 0xF9),
    (0xFF, 0x5A, 0xAF),
    (0x00, 0xFC, 0xCF),
    (0xFF, 0x6E, 0x3A),
    (0xFF, 0xB2, 0xFD),
    (0x00, 0x8D, 0xF9),
    (0xE2, 0x01, 0x34),
    (0x00, 0x9F, 0x81),
    (0x84, 0x00, 0xCD),
    (0xA4, 0x01, 0x22),
    (0x9F, 0x01, 0x62),
)
DARK_TEXT: RGB = (0x0F, 0x12, 0x16)
LIGHT_TEXT: RGB = (0xFF, 0xFF, 0xFF)

LINE_PX = 2
TEXT_PX = 12
PLATE_PADDING_X = 4
PLATE_PADDING_Y = 2
# Plates of further objects are placed without looking for room: it would cost more than it shows.
MOST_ARRANGED = 60
_SCREEN_HEIGHT = 1080
_PLATE_ON_PLATE = 4.0


def class_colour(class_id: int) -> RGB:
    """The same class has the same colour everywhere."""
    return CLASS_COLOURS[class_id % len(CLASS_COLOURS)]


def text_colour(plate: RGB) -> RGB:
    """Dark or light text, whichever reads better on `plate` (relative luminance after WCAG 2)."""
    red, green, blue = (_linear(channel / 255) for channel in plate)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return DARK_TEXT if luminance > 0.18 else LIGHT_TEXT


def label_text(label: str, confidence: float) -> str:
    """What stands on the plate."""
    return f"{label} {confidence:.0%}"


def drawing_scale(height: int) -> float:
    """How much thicker lines and text are on a picture of `height` pixels that will be shown smaller later.

    1 up to 1080 lines, so that a line is about 2 px on the screen at any size of picture. A window that draws
    on the picture as it is shown takes its own device pixel ratio instead.
    """
    return max(1.0, height / _SCREEN_HEIGHT)


def line_width(scale: float = 1.0) -> int:
    """Width of a box's line in pixels."""
    return max(1, round(LINE_PX * scale))


def scaled_box(box: Box, scale_x: float, scale_y: float) -> Box:
    """`box` on a picture that is `scale_x` by `scale_y` the size of its source frame."""
    return box[0] * scale_x, box[1] * scale_y, box[2] * scale_x, box[3] * scale_y


def place_plates(boxes: Sequence[Box], picture: Size, texts: Sequence[Size], scale: float = 1.0) -> list[Rectangle]:
    """Where the label plates go: (x, y, width, height) for each box, in the order of `boxes`.

    `boxes` are (x1, y1, x2, y2) and `texts` the (width, height) of each label's text, in pixels of `picture`
    (width, height). A plate never leaves the picture, and of the places around its box takes the one that covers
    least of other boxes and of plates placed before.
    """
    sizes = [_plate_size(text, picture, scale) for text in texts]
    placed: list[Rectangle] = []
    in_the_way: list[Obstacle] = [(*box, 1.0) for box in boxes]
    for own, (box, size) in enumerate(zip(boxes, sizes, strict=True)):
        if own < MOST_ARRANGED:
            plate = _least_covering(box, size, picture, _near(box, size, in_the_way, own))
        else:
            plate = next(_candidates(box, size, picture))
        placed.append(plate)
        x, y, width, height = plate
        in_the_way.append((x, y, x + width, y + height, _PLATE_ON_PLATE))
    return placed


def _near(box: Box, size: Size, obstacles: list[Obstacle], own: int) -> list[Obstacle]:
    """What a plate around `box` could touch: most of a picture is out of its reach."""
    # Twice the plate, because one that would leave the picture is pushed back into it.
    left, top, right, bottom = box[0] - 2 * size[0], box[1] - 2 * size[1], box[2] + 2 * size[0], box[3] + 2 * size[1]
    return [
        other
        for number, other in enumerate(obstacles)
        if other[0] < right and other[2] > left and other[1] < bottom and other[3] > top and number != own
    ]


def _least_covering(box: Box, size: Size, picture: Size, obstacles: list[Obstacle]) -> Rectangle:
    best, lowest = (0, 0, *size), float("inf")
    for candidate in _candidates(box, size, picture):
        cost = _cost(candidate, obstacles, lowest)
        if cost < lowest:
            best, lowest = candidate, cost
        if not lowest:
            break
    return best


def _cost(plate: Rectangle, obstacles: list[Obstacle], limit: float) -> float:
    """Pixels of others that `plate` would cover; a plate under a plate can't be read and counts more.

    Called hundreds of times for a crowded picture: comparisons are cheaper than min and max.
    """
    left, top, width, height = plate
    right, bottom = left + width, top + height
    cost = 0.0
    for x1, y1, x2, y2, weight in obstacles:
        if x1 < right and x2 > left and y1 < bottom and y2 > top:
            across = (right if right < x2 else x2) - (left if left > x1 else x1)
            down = (bottom if bottom < y2 else y2) - (top if top > y1 else y1)
            cost += weight * across * down
            if cost >= limit:
                break
    return cost


def _candidates(box: Box, size: Size, picture: Size) -> Iterator[Rectangle]:
    """Places for a plate, best first: above the box, below it, inside it; at its left edge, then at its right."""
    width, height = size
    left, top, right, bottom = (round(side) for side in box)
    ends = right - width
    most_x, most_y = picture[0] - width, picture[1] - height
    for x, y in (
        (left, top - height),
        (ends, top - height),
        (left, bottom),
        (ends, bottom),
        (left, top),
        (ends, top),
        (left, bottom - height),
        (right, top),
        (left - width, top),
    ):
        yield max(0, min(x, most_x)), max(0, min(y, most_y)), width, height


def _plate_size(text: Size, picture: Size, scale: float) -> Size:
    width = text[0] + round(2 * PLATE_PADDING_X * scale)
    height = text[1] + round(2 * PLATE_PADDING_Y * scale)
    return min(width, picture[0]), min(height, picture[1])


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
