"""A weight file brought to INT8 on a video's pictures, without a database: what `siapp optimize` does."""

import asyncio
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from siapp.core.domain import OptimizationReport, Problem
from siapp.core.errors import InvalidInput
from siapp.core.i18n import _
from siapp.core.models import quantize
from siapp.core.models.artefact import MODEL_BIN, MODEL_XML
from siapp.core.services.algorithms import DIED, IMPORT_LIMIT_S, OPTIMIZE_DIED, OPTIMIZE_LIMIT_S
from siapp.core.specs import CameraSource, JobKind, JobProgress, ModelSpec
from siapp.core.workers.engine import Engine, answer_of


@dataclass(frozen=True, slots=True)
class Optimization:
    """What is to be done: `weights` (any format that may be uploaded) calibrated on at most `pictures` of `video`,
    written to `out`, a .zip. Absolute paths."""

    weights: Path
    video: Path
    out: Path
    pictures: int


class FileOptimization:
    """One run. `out` is there whole or not at all."""

    def __init__(self, engine: Engine, on_progress: Callable[[JobProgress], None]) -> None:
        self._engine = engine
        self._on_progress = on_progress

    async def run(self, wanted: Optimization) -> OptimizationReport:
        """Raises SiappError with one clear sentence where it can't be done."""
        if not quantize.available():
            raise quantize.missing()
        await asyncio.to_thread(_check_files, wanted)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="siapp-optimize-"))
        try:
            return await self._run(wanted, folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _run(self, wanted: Optimization, folder: Path) -> OptimizationReport:
        original, made = folder / "original", folder / "int8"
        for each in (original, made):
            await asyncio.to_thread(each.mkdir)
        given: dict[str, Any] = {"source": str(wanted.weights), "target": str(original)}
        imported = await self._job(JobKind.IMPORT, given, IMPORT_LIMIT_S, DIED)
        model = ModelSpec.from_json({**imported, "folder": str(original), "version": 1})
        given = {
            "model": model.to_json(),
            "target": str(made),
            "source": CameraSource(str(wanted.video), is_file=True).to_json(),
            "pictures": wanted.pictures,
        }
        report = OptimizationReport(**await self._job(JobKind.OPTIMIZE, given, OPTIMIZE_LIMIT_S, OPTIMIZE_DIED))
        await asyncio.to_thread(_write_zip, wanted.out, made, model)
        return report

    async def _job(self, kind: JobKind, given: dict[str, Any], limit_s: float, died: Problem) -> dict[str, Any]:
        return await answer_of(self._engine, kind, given, limit_s=limit_s, died=died, on_progress=self._on_progress)


def _check_files(wanted: Optimization) -> None:
    """Before minutes of work are lost."""
    for path in (wanted.weights, wanted.video):
        if not path.is_file():
            raise InvalidInput("no_such_file", _("There is no file “{name}”."), name=path.name)
        if wanted.out.exists() and path.samefile(wanted.out):
            raise InvalidInput("own_source", _("The result would take the place of what it is made from."))
    if not wanted.out.parent.is_dir():
        raise InvalidInput("bad_folder", _("The folder for the result does not exist."))


def _write_zip(out: Path, folder: Path, model: ModelSpec) -> None:
    """As ultralytics exports it: unpacked, its folder is one that YOLO() opens."""
    draft = out.with_name(f"{out.name}.part")
    top = f"{out.stem}_openvino_model"
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in (MODEL_XML, MODEL_BIN):
                archive.write(folder / name, f"{top}/{name}")
            archive.writestr(f"{top}/metadata.yaml", _metadata(model))
        draft.replace(out)
    except OSError as error:
        raise InvalidInput(
            "bad_folder", _("The results can't be written there: {reason}."), reason=error.strerror or "?"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _metadata(model: ModelSpec) -> str:
    width, height = model.input_size or (model.image_size, model.image_size)
    metadata = {
        "description": "INT8 network made by siapp",
        "task": "detect",
        "stride": model.stride,
        "batch": 1,
        "imgsz": [height, width],
        "names": dict(enumerate(model.classes)),
        "args": {"int8": True, "dynamic": model.input_size is None, "nms": False},
    }
    return yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)
