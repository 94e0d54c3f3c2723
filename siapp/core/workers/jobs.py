"""Disposable processes: look into a camera or file, import or optimise weights, analyse a video or a picture."""

import os
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil

from siapp.core.errors import MediaError, SiappError
from siapp.core.i18n import _
from siapp.core.specs import (
    CHECK_PICTURE_SIDE,
    MOST_CHECK_PICTURE_BYTES,
    MOST_THUMBNAIL_BYTES,
    THUMBNAIL,
    CameraSource,
    InferenceSpec,
    ModelSpec,
    options_from_json,
)
from siapp.core.trials import MOST_PIXELS, PIXELS_NAME
from siapp.core.workers.channel import HEARTBEAT_S, Channel
from siapp.core.workers.messages import Done, Progress, Stop

MODEST_NICENESS = 15  # a tenth of what a live analysis gets where both want the whole processor


def probe(channel: Channel, given: dict[str, Any]) -> None:
    """Answer what is in a camera or file. `given`: `source` as CameraSource's JSON; `whole`: read a file to its
    end, and answer whether it was `good`, too; `picture`: answer with `picture` and `thumbnail`, JPEG in Base64."""
    from siapp.core.video.source import open_file, open_source

    source = CameraSource.from_json(given["source"])
    if given.get("whole"):
        with open_file(Path(source.url)) as stream:
            found, good = stream.read_through()
        channel.send(Done({"info": asdict(found), "good": good}))
        return
    with open_source(source) as stream:
        first = next(stream.frames(), None)
        if first is None:
            raise MediaError("no_video", _("There is no video in it, or none that siapp can read."))
        info = asdict(stream.info)
    pictures = _pictures(first.picture) if given.get("picture") else {}
    channel.send(Done({**info, "width": first.picture.width, "height": first.picture.height, **pictures}))


def _pictures(frame: Any) -> dict[str, str]:
    """What is shown of a camera that was checked: a picture to look at, and one for tables."""
    from siapp.core.video.pictures import small_jpeg

    picture = small_jpeg(frame, CHECK_PICTURE_SIDE, CHECK_PICTURE_SIDE, MOST_CHECK_PICTURE_BYTES)
    thumbnail = small_jpeg(frame, *THUMBNAIL, MOST_THUMBNAIL_BYTES)
    return {"picture": b64encode(picture).decode(), "thumbnail": b64encode(thumbnail).decode()}


def import_weights(channel: Channel, given: dict[str, Any]) -> None:
    """Turn an untrusted file into our own artefact. `given`: paths `source` (a file) and `target` (a folder)."""
    from siapp.core.models import confine, ultralytics_export

    target = Path(given["target"])
    with_torch = ultralytics_export.available()
    memory = confine.RECOMMENDED_MEMORY_WITH_TORCH_BYTES if with_torch else confine.RECOMMENDED_MEMORY_BYTES
    confine.confine(memory, confine.RECOMMENDED_CPU_SECONDS, target)
    from siapp.core.models.importer import import_weights as run

    model = run(Path(given["source"]), target, lambda fraction, step: channel.send(Progress(fraction, step)))
    channel.send(Done(model.to_json()))


def analyze(channel: Channel, given: dict[str, Any]) -> None:
    """Run a recorded video. `given`: `video`, `folder`, `model`, `options` and `inference` as JSON, `with_video`;
    `modest`: live tasks come first; `floor`: bytes of the disk that are left free."""
    if given["modest"]:
        _stand_back()
    with _alive(channel):
        _analyze(channel, given)


def _analyze(channel: Channel, given: dict[str, Any]) -> None:
    from siapp.core.video.analyze import analyze_file

    def progress(done: int, total: int | None) -> None:
        channel.send(Progress(done / total if total else 0.0, done=done, total=total or 0))
        for command in channel.receive(0.0):  # finds out, too, when nobody listens any more
            if isinstance(command, Stop):  # with what was just told as the last word
                raise SiappError("stopped", _("The analysis was stopped."))

    summary = analyze_file(
        Path(given["video"]),
        Path(given["folder"]),
        ModelSpec.from_json(given["model"]),
        options_from_json(given["options"]),
        inference=InferenceSpec.from_json(given["inference"]),
        with_video=bool(given["with_video"]),
        floor=int(given["floor"]),
        on_progress=progress,
    )
    channel.send(Done(asdict(summary)))


@contextmanager
def _alive(channel: Channel) -> Iterator[None]:
    """Beat while the main thread is deep in a library: whoever may take its time is watched for silence."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_S):
            channel.beat()

    threading.Thread(target=beat, name="heart", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _stand_back() -> None:
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        psutil.Process().nice(MODEST_NICENESS)


def inventory(channel: Channel, _given: dict[str, Any]) -> None:
    """Answer what can run networks here."""
    from siapp.core.video.accelerators import inventory as look

    channel.send(Done(look().to_json()))


def measure(channel: Channel, given: dict[str, Any]) -> None:
    """Measure one accelerator. `given`: `model` as JSON, `device`, and `clip`, a video whose pictures it gets."""
    from siapp.core.video.accelerators import measure as run
    from siapp.core.video.detector import brief

    device = str(given["device"])
    try:
        measurement = run(ModelSpec.from_json(given["model"]), device, Path(given["clip"]))
    except (ImportError, RuntimeError) as error:
        channel.log("WARNING", f"the network can't run on {device}: {brief(error)}")
        raise SiappError("device_failed", _("It could not open or run the network; the log says why.")) from None
    channel.send(Done(asdict(measurement)))


def optimize(channel: Channel, given: dict[str, Any]) -> None:
    """Make the INT8 twin of an artefact. `given`: `model` as JSON, `target` (a folder), `source` as CameraSource's
    JSON, `pictures`: how many to take of it. The answer is an OptimizationReport."""
    from siapp.core.models import confine, quantize
    from siapp.core.models.calibration import collect

    if not quantize.available():
        raise quantize.missing()
    model, target = ModelSpec.from_json(given["model"]), Path(given["target"])
    source = CameraSource.from_json(given["source"])
    pictures = collect(source, model, int(given["pictures"]), _part(channel, 0.0, 0.3))
    # The pictures are here: from now on nothing has to leave this process, and nothing can.
    confine.confine(quantize.MEMORY_BYTES, quantize.CPU_SECONDS, target)
    quantize.quantize(Path(model.folder), target, pictures[::2], _part(channel, 0.3, 0.8))
    from siapp.core.models.agreement import compare

    made = replace(model, folder=str(target))
    channel.send(Done(asdict(compare(model, made, pictures[1::2], _part(channel, 0.8, 1.0)))))


def try_picture(channel: Channel, given: dict[str, Any]) -> None:
    """Run a network on one untrusted picture file. `given`: its path as `picture`; `target`: a folder that gets the
    PIXELS_NAME for display; `model` and `options` as JSON; `ious`: see Trial. The answer: `size` of the picture and
    `shown` (width, height), `found` as [class, confidence, x1, y1, x2, y2] each, `kept` and `inference_ms`."""
    from siapp.core.models import confine

    target = Path(given["target"])
    confine.confine(confine.RECOMMENDED_MEMORY_BYTES, confine.RECOMMENDED_CPU_SECONDS, target)
    # OpenCV reads these once, as it is loaded.
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(MOST_PIXELS)
    os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
    from siapp.core.video import still

    bgr = still.read_picture(Path(given["picture"]))
    options = options_from_json(given["options"])
    finding = still.look(bgr, ModelSpec.from_json(given["model"]), options, given["ious"])
    shown = still.for_display(bgr)
    shown.tofile(target / PIXELS_NAME)
    channel.send(
        Done(
            {
                "size": [bgr.shape[1], bgr.shape[0]],
                "shown": [shown.shape[1], shown.shape[0]],
                "found": [[int(row[5]), row[4], *row[:4]] for row in finding.found.tolist()],
                "kept": list(finding.kept.items()),
                "inference_ms": finding.inference_ms,
            }
        )
    )


def _part(channel: Channel, begin: float, end: float) -> Callable[[float, str], None]:
    """Reports a share of the whole job's progress."""
    return lambda fraction, step: channel.send(Progress(begin + (end - begin) * fraction, step))
