"""A recorded video through a weight file, without a database: what `siapp analyze` does."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from siapp.core.clock import now, rfc3339
from siapp.core.domain import TaskOptions
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.services.algorithms import DIED, IMPORT_LIMIT_S
from siapp.core.specs import JobKind, JobProgress, ModelSpec, options_to_json
from siapp.core.workers.engine import Engine, JobDied, JobFailed

RESULT_PATTERNS = ("output.mp4", "detections.jsonl", "process.log", "error.txt", "frame_*.jpg")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. `seconds` leaves import and compilation out."""

    frames: int
    seconds: float
    objects: int
    decode_errors: int

    @property
    def fps(self) -> float:
        return self.frames / self.seconds if self.seconds else 0.0


class RecordingAnalysis:
    """One run. Its files lie directly in `folder`: output.mp4, frame_N.jpg, detections.jsonl, process.log and,
    where it failed, error.txt."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    async def run(
        self,
        video: Path,
        weights: Path,
        options: TaskOptions,
        *,
        with_video: bool = True,
        on_progress: Callable[[JobProgress], None] = lambda _progress: None,
    ) -> Outcome:
        """Raises SiappError with the sentence that error.txt then holds, too."""
        log = await asyncio.to_thread(self._begin)
        try:
            _say(log, f"analysis of {video.name} with {weights.name}")
            outcome = await self._analyse(video, weights, options, with_video, on_progress, log)
            _say(log, f"{outcome.frames} frames in {outcome.seconds:.2f} s, {outcome.fps:.1f} frames/s")
            return outcome
        except SiappError as error:
            _say(log, f"ERROR {error.text()}")
            await asyncio.to_thread(self._write_error, error)
            raise
        finally:
            log.close()

    def _begin(self) -> TextIO:
        """Make the folder, and take the results of an earlier run away, and nothing else."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for pattern in RESULT_PATTERNS:
                for old in self._folder.glob(pattern):
                    old.unlink()
            return (self._folder / "process.log").open("w", encoding="utf-8")
        except OSError as error:
            raise InvalidInput(
                "bad_folder", _("The results can't be written there: {reason}."), reason=error.strerror or "?"
            ) from None

    def _write_error(self, error: SiappError) -> None:
        (self._folder / "error.txt").write_text(f"{error.text()}\n", encoding="utf-8")

    async def _analyse(
        self,
        video: Path,
        weights: Path,
        options: TaskOptions,
        with_video: bool,
        on_progress: Callable[[JobProgress], None],
        log: TextIO,
    ) -> Outcome:
        artefact = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="siapp-artefact-"))
        try:
            model = await self._imported(weights, artefact, on_progress)
            _say(log, f"weights imported: {', '.join(model.classes)}")
            given = {
                "video": str(video),
                "folder": str(self._folder),
                "model": model.to_json(),
                "options": options_to_json(options),
                "with_video": with_video,
            }
            result = await self._job(JobKind.ANALYZE, given, float("inf"), on_progress)
        finally:
            await asyncio.to_thread(shutil.rmtree, artefact, ignore_errors=True)
        return Outcome(**result)

    async def _imported(self, weights: Path, target: Path, on_progress: Callable[[JobProgress], None]) -> ModelSpec:
        given = {"source": str(weights), "target": str(target)}
        imported = await self._job(JobKind.IMPORT, given, IMPORT_LIMIT_S, on_progress)
        return ModelSpec.from_json({**imported, "folder": str(target), "version": 1})

    async def _job(
        self, kind: JobKind, given: dict[str, object], limit_s: float, on_progress: Callable[[JobProgress], None]
    ) -> dict[str, int | float]:
        try:
            return await self._engine.run_job(kind, given, limit_s=limit_s, on_progress=on_progress)
        except JobFailed as failure:
            problem = failure.problem
            raise SiappError(problem.code, problem.message, **dict(problem.values)) from None
        except JobDied as death:
            if kind is JobKind.IMPORT:
                raise SiappError(DIED.code, DIED.message) from None
            raise SiappError(
                "analysis_died", _("The process that analyses ended ({cause})."), cause=str(death)
            ) from None


def _say(log: TextIO, text: str) -> None:
    log.write(f"{rfc3339(now())} {text}\n")
    log.flush()
