"""What the tests of the importer share: files built byte by byte, and a watch on what an import does."""

import contextlib
import os
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov

from siapp.core.errors import WeightsRejected
from siapp.core.models.artefact import MODEL_XML, ImportedModel
from siapp.core.models.importer import import_weights

DATA = Path(__file__).parents[2] / "data" / "parity"
SHARED_DATA = Path(__file__).parents[4] / "shared" / "data"

GOOD = {
    "pt": DATA / "yolov8-tiny.pt",
    "onnx": DATA / "yolov8-tiny-dynamic.onnx",
    "openvino": DATA / "yolov8-tiny-openvino.zip",
}
"""One good file of each format."""


def silent(_fraction: float, _step: str) -> None:
    """A report that nobody reads."""


def refusal(source: Path, target: Path) -> WeightsRejected:
    """Import `source`, which must be refused with a clear sentence and leave nothing in `target`."""
    try:
        model = import_weights(source, target, silent)
    except WeightsRejected as error:
        assert list(target.iterdir()) == []
        assert_clear(error)
        return error
    raise AssertionError(f"{source.name} was accepted as {model}")


def assert_clear(error: WeightsRejected) -> None:
    sentence = str(error)
    assert len(sentence) > 20 and sentence.endswith(".") and "{" not in sentence
    assert "/tmp" not in sentence and "Traceback" not in sentence and "\n" not in sentence


def artefact(source: Path, target: Path) -> ImportedModel:
    return import_weights(source, target, silent)


def run_artefact(target: Path, image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The artefact's output for float32 [1, 3, H, W], computed in float32."""
    model = ov.Core().compile_model(target / MODEL_XML, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    output: npt.NDArray[np.float32] = model(image)[0]
    return output


# --- What an import does


@dataclass
class Watch:
    """Audit events that a harmless import has no reason to raise, seen while it is on."""

    allowed: Path | None = None
    seen: list[str] = field(default_factory=list)


_watch: Watch | None = None
_SUSPECT = ("pickle.", "exec", "import", "os.", "subprocess.", "socket.", "ctypes.", "shutil.", "marshal.", "code.")
_HARMLESS = ("os.listdir", "os.scandir", "os.walk", "os.fwalk")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _look(event: str, arguments: tuple[object, ...]) -> None:
    watch = _watch
    if watch is None or watch.allowed is None:
        return
    if event == "open":
        path, _mode, flags = arguments
        outside = not str(path).startswith(str(watch.allowed))
        if isinstance(flags, int) and flags & _WRITING and outside:
            watch.seen.append(f"open {path}")
    elif event.startswith(_SUSPECT) and event not in _HARMLESS:
        watch.seen.append(f"{event} {arguments[:2]!r}"[:200])


sys.addaudithook(_look)


@contextlib.contextmanager
def watching(allowed: Path) -> Iterator[Watch]:
    """Collect suspect audit events; writing inside `allowed` is no such event."""
    global _watch
    _watch = watch = Watch(allowed)
    try:
        yield watch
    finally:
        _watch = None


# --- Checkpoints byte by byte (opcodes: Lib/pickletools.py)


def checkpoint(pickled: bytes, path: Path, members: Mapping[str, bytes] | None = None) -> Path:
    """A file as torch.save writes it around `pickled`, with more members if given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3\n")
        for name, data in (members or {}).items():
            archive.writestr(name, data)
    return path


def rewrite(source: Path, path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """A copy of an archive in which `change` has the say over each member's bytes; checksums are right."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)), entry.compress_type)
    return path


def program(*parts: bytes) -> bytes:
    return b"\x80\x02" + b"".join(parts) + b"."


def text(value: str) -> bytes:
    raw = value.encode("utf-8", "surrogatepass")
    return b"X" + len(raw).to_bytes(4, "little") + raw


def number(value: int) -> bytes:
    return b"J" + value.to_bytes(4, "little", signed=True)


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def sequence(*parts: bytes) -> bytes:
    """A tuple."""
    return b"(" + b"".join(parts) + b"t"


def mapping(**parts: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in parts.items()) + b"u"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + sequence(*arguments) + b"R"


def layer(kind: str, **state: bytes) -> bytes:
    """An object of a layer class with its attributes."""
    return named(*kind.rsplit(".", 1)) + b")\x81" + mapping(**state) + b"b"
