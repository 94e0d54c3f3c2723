"""A picture of this machine looked at by a network, in a disposable process that alone meets the file."""

import asyncio
import time
from pathlib import Path
from typing import Any

from siapp.core.clock import now
from siapp.core.domain import DetectedObject, Picture, Problem, TaskOptions
from siapp.core.errors import InvalidInput, SiappError, TooLarge
from siapp.core.i18n import _
from siapp.core.services.options import check_options
from siapp.core.space import Space
from siapp.core.specs import JobKind, ModelSpec, options_to_json
from siapp.core.storage import Storage
from siapp.core.trials import IOU_STEPS, MOST_BYTES, MOST_SHOWN, PIXELS_NAME, Trial
from siapp.core.workers.engine import Engine, answer_of

LIMIT_S = 60.0
DIED = Problem(
    "trial_failed",
    _("The picture could not be looked at within the limits of time and memory for it. Try a smaller one."),
)
_GIVEN_NAME = "given"


class Trials:
    """One after the other: each takes the memory of a network."""

    def __init__(self, storage: Storage, space: Space, engine: Engine) -> None:
        self._storage = storage
        self._space = space
        self._engine = engine
        self._one = asyncio.Semaphore(1)

    async def run(self, model: ModelSpec, picture: Path | bytes, options: TaskOptions) -> Trial:
        """What `model` finds in a picture file, or in one that is given as bytes. Nothing of it is kept.

        Raises SiappError: `file_unreadable`, `picture_too_large`, `not_a_picture`, `too_many_pixels`, `bad_option`,
        `trial_failed`, and OutOfSpace where the disk has no room for the pixels.
        """
        check_options(options)
        await asyncio.to_thread(_check, picture)
        await asyncio.to_thread(self._space.refuse, MOST_SHOWN * MOST_SHOWN * 4)
        async with self._one:
            folder = await asyncio.to_thread(self._storage.new_scratch_folder)
            try:
                return await self._run(folder, model, picture, options)
            finally:
                await asyncio.to_thread(self._storage.remove, folder)

    async def _run(self, folder: Path, model: ModelSpec, picture: Path | bytes, options: TaskOptions) -> Trial:
        given = {
            "picture": str(await asyncio.to_thread(_as_file, folder, picture)),
            "target": str(folder),
            "model": model.to_json(),
            "options": options_to_json(options),
            "ious": sorted({*IOU_STEPS, options.iou}),
        }
        answer = await answer_of(self._engine, JobKind.TRY, given, limit_s=LIMIT_S, died=DIED)
        width, height = (int(side) for side in answer["shown"])
        pixels = await asyncio.to_thread(_pixels, folder / PIXELS_NAME, width, height)
        return _trial(answer, pixels, model.classes, options)


def _check(picture: Path | bytes) -> None:
    if isinstance(picture, Path) and not picture.is_file():
        raise InvalidInput("file_unreadable", _("The file can't be opened. Is it still there?"), field="picture")
    size = len(picture) if isinstance(picture, bytes) else picture.stat().st_size
    if size > MOST_BYTES:
        raise TooLarge(
            "picture_too_large",
            _("The picture file is too large; {megabytes} MB are allowed."),
            megabytes=MOST_BYTES >> 20,
        )


def _as_file(folder: Path, picture: Path | bytes) -> Path:
    if isinstance(picture, Path):
        return picture.resolve()
    path = folder / _GIVEN_NAME
    path.write_bytes(picture)
    return path


def _pixels(path: Path, width: int, height: int) -> bytes:
    """As many as were promised: somebody will paint from them, and who wrote them has met an untrusted file."""
    with path.open("rb") as file:
        pixels = file.read(4 * MOST_SHOWN * MOST_SHOWN + 1)
    if len(pixels) != 4 * width * height or min(width, height) < 1:
        raise SiappError(DIED.code, DIED.message)
    return pixels


def _trial(answer: dict[str, Any], pixels: bytes, classes: tuple[str, ...], options: TaskOptions) -> Trial:
    candidates = tuple(_as_object(row, classes) for row in answer["found"])
    kept = {float(iou): tuple(int(place) for place in places) for iou, places in answer["kept"]}
    picture = Picture(
        seq=0,
        width=int(answer["size"][0]),
        height=int(answer["size"][1]),
        captured_at=now(),
        captured_monotonic=time.monotonic(),
        latency_ms=0.0,
        objects=tuple(candidates[place] for place in kept[options.iou]),
        bgra=pixels,
        width_shown=int(answer["shown"][0]),
        height_shown=int(answer["shown"][1]),
    )
    return Trial(picture, float(answer["inference_ms"]), options.confidence, candidates, kept)


def _as_object(row: list[float], classes: tuple[str, ...]) -> DetectedObject:
    number = int(row[0])
    label = classes[number] if number < len(classes) else f"class{number}"
    return DetectedObject(number, label, row[1], (row[2], row[3], row[4], row[5]))
