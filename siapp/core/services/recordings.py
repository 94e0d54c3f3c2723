"""A recorded video through a network, in a process of its own; and through a weight file, without a database, which
is what `siapp analyze` does."""

import asyncio
import logging
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siapp.core.domain import Problem, TaskOptions
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.logs import redacted
from siapp.core.services.algorithms import DIED, IMPORT_LIMIT_S
from siapp.core.specs import JobKind, JobProgress, ModelSpec, options_to_json
from siapp.core.workers.engine import Engine, answer_of

logger = logging.getLogger(__name__)

ANALYSIS_DIED = Problem(
    "analysis_died", _("The process that analyses ended ({cause}). Start it again; process.log says how far it came.")
)
UNFORESEEN = Problem("unforeseen", _("Something went wrong that siapp did not foresee. Details are in process.log."))
LOG_NAME, ERROR_NAME = "process.log", "error.txt"
_RESULTS = re.compile(r"output\.mp4(?:\.part)?|detections\.jsonl|process\.log|error\.txt|frame_\d+\.jpg")

OnProgress = Callable[[JobProgress], None]
OnLog = Callable[[str, str], None]
"""Hears the level and the text of what the process says."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What is to be done: `video` through `weights` (any format that may be uploaded). Absolute paths."""

    video: Path
    weights: Path
    options: TaskOptions
    with_video: bool = True


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

    def story(self) -> Iterator[tuple[int, str]]:
        """What a log says of it: level and text."""
        yield logging.INFO, f"{self.frames} frames in {self.seconds:.2f} s, {self.fps:.1f} frames/s"
        if self.decode_errors:
            yield logging.WARNING, f"{self.decode_errors} pieces of the video were damaged and passed over"


@dataclass(frozen=True, slots=True)
class Analysis:
    """A video through an imported network. Its files lie directly in `folder`, see siapp.core.video.analyze.
    `modest`: live tasks come first. `floor`: bytes of the disk that are left free."""

    video: Path
    folder: Path
    model: ModelSpec
    options: TaskOptions
    with_video: bool = True
    modest: bool = False
    floor: int = 0

    async def run(
        self, engine: Engine, on_progress: OnProgress, on_log: OnLog | None = None, *, gently: bool = False
    ) -> Outcome:
        """Raises SiappError. Cancelling ends the process; `gently`: not before its files are whole."""
        given: dict[str, object] = {
            "video": str(self.video),
            "folder": str(self.folder),
            "model": self.model.to_json(),
            "options": options_to_json(self.options),
            "inference": engine.inference.to_json(),
            "with_video": self.with_video,
            "modest": self.modest,
            "floor": self.floor,
        }
        answer = await answer_of(
            engine,
            JobKind.ANALYZE,
            given,
            limit_s=float("inf"),
            died=ANALYSIS_DIED,
            on_progress=on_progress,
            on_log=on_log,
            gently=gently,
        )
        return Outcome(**answer)


class RecordingAnalysis:
    """One run. Its files lie directly in `folder`: output.mp4, frame_N.jpg, detections.jsonl, process.log and,
    where it failed, error.txt."""

    def __init__(self, engine: Engine, folder: Path, on_progress: OnProgress = lambda _progress: None) -> None:
        self._engine = engine
        self._folder = folder
        self._on_progress = on_progress

    async def run(self, recording: Recording) -> Outcome:
        """Raises SiappError with the sentence that error.txt then holds, too."""
        await asyncio.to_thread(self._begin, recording)
        with _log_to(self._folder / LOG_NAME):
            try:
                return await self._run(recording)
            except SiappError as error:
                logger.error("%s", error.text())
                await asyncio.to_thread(self._write_error, error)
                raise
            except asyncio.CancelledError:
                logger.info("interrupted")
                raise
            except Exception as error:
                logger.exception("an error that nobody foresaw")
                unforeseen = SiappError(UNFORESEEN.code, UNFORESEEN.message)
                await asyncio.to_thread(self._write_error, unforeseen)
                raise unforeseen from error

    def _begin(self, recording: Recording) -> None:
        """Make the folder, and take the results of an earlier run away, and nothing else."""
        video = recording.video.resolve()
        if video.parent == self._folder.resolve() and _RESULTS.fullmatch(video.name):
            raise InvalidInput(
                "own_result", _("The video is itself a result in that folder and would be lost. Choose another folder.")
            )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in self._folder.iterdir():
                if _RESULTS.fullmatch(old.name):
                    old.unlink()
            (self._folder / LOG_NAME).touch()
        except OSError as error:
            raise InvalidInput(
                "bad_folder", _("The results can't be written there: {reason}."), reason=error.strerror or "?"
            ) from error

    def _write_error(self, error: SiappError) -> None:
        (self._folder / ERROR_NAME).write_text(f"{error.text()}\n", encoding="utf-8")

    async def _run(self, recording: Recording) -> Outcome:
        logger.info("analysis of %s with %s", recording.video.name, recording.weights.name)
        await asyncio.to_thread(_check_files, recording)
        artefact = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="siapp-artefact-"))
        try:
            model = await self._imported(recording.weights, artefact)
            logger.info("weights imported: %s", ", ".join(model.classes))
            outcome = await self._analysed(recording, model)
        finally:
            await asyncio.to_thread(shutil.rmtree, artefact, ignore_errors=True)
        for level, text in outcome.story():
            logger.log(level, "%s", text)
        return outcome

    async def _imported(self, weights: Path, target: Path) -> ModelSpec:
        given: dict[str, object] = {"source": str(weights), "target": str(target)}
        imported = await self._job(JobKind.IMPORT, given, IMPORT_LIMIT_S, DIED)
        return ModelSpec.from_json({**imported, "folder": str(target), "version": 1})

    async def _analysed(self, recording: Recording, model: ModelSpec) -> Outcome:
        analysis = Analysis(recording.video, self._folder, model, recording.options, recording.with_video)
        return await analysis.run(self._engine, self._on_progress)

    async def _job(self, kind: JobKind, given: dict[str, object], limit_s: float, died: Problem) -> dict[str, Any]:
        return await answer_of(self._engine, kind, given, limit_s=limit_s, died=died, on_progress=self._on_progress)


def _check_files(recording: Recording) -> None:
    for path in (recording.video, recording.weights):
        if not path.is_file():
            raise InvalidInput("no_such_file", _("There is no file “{name}”."), name=path.name)


@contextmanager
def _log_to(path: Path) -> Iterator[None]:
    """Send what siapp logs, workers' crashes included, to a file, and as long as it is open not to the terminal."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(_LogFormatter("%(asctime)s.%(msecs)03dZ %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    ours, root = logging.getLogger("siapp"), logging.getLogger()
    level = ours.level
    ours.setLevel(logging.INFO)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        ours.setLevel(level)
        handler.close()


class _LogFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
