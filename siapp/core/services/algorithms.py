"""Algorithms: weights in versions, imported in a throw-away process, activated, rolled back, deleted."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siapp.core.background import Background
from siapp.core.bus import Bus
from siapp.core.db import algorithms, audit
from siapp.core.db.algorithms import Artefact, NewVersion
from siapp.core.db.engine import Database, Session
from siapp.core.domain import Action, Actor, Algorithm, Deed, Problem, Role, TaskOptions
from siapp.core.errors import Conflict, InvalidInput
from siapp.core.events import AlgorithmChanged, AlgorithmDeleted, ImportProgress
from siapp.core.i18n import _
from siapp.core.models import quantize
from siapp.core.naming import clean_name
from siapp.core.page import Page
from siapp.core.services.access import permitted, require
from siapp.core.services.audit import AuditService
from siapp.core.services.devices import DeviceService
from siapp.core.services.trials import Trials
from siapp.core.services.uploads import Upload, Uploads, size_of, unheard
from siapp.core.specs import CameraSource, JobKind, JobProgress, ModelSpec
from siapp.core.storage import Storage
from siapp.core.trials import Trial
from siapp.core.workers.engine import Engine, JobDied, JobFailed

logger = logging.getLogger(__name__)

IMPORT_LIMIT_S = 300.0
OPTIMIZE_LIMIT_S = 3600.0
CALIBRATION_PICTURES = 300
INTERRUPTED = Problem("import_interrupted", _("siapp was closed while it read this file. Please upload it again."))
DIED = Problem("import_failed", _("The file could not be read within the limits of time and memory for one import."))
OPTIMIZE_INTERRUPTED = Problem(
    "optimize_interrupted", _("siapp was closed while it made this version. Please optimise again.")
)
OPTIMIZE_DIED = Problem(
    "optimize_failed", _("The network could not be brought to INT8 within the limits of time and memory for it.")
)


@dataclass(frozen=True, slots=True)
class _Making:
    """A version that a process is writing into `target`."""

    algorithm_id: int
    number: int
    target: Path


class AlgorithmService:
    """One method for each thing a person can intend with algorithms."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        audit: AuditService,
        storage: Storage,
        engine: Engine,
        uploads: Uploads,
        devices: DeviceService,
    ) -> None:
        self._db = db
        self._bus = bus
        self._audit = audit
        self._storage = storage
        self._engine = engine
        self._uploads = uploads
        self._devices = devices
        self._trials = Trials(storage, uploads.room.space, engine)
        self._imports = Background("import")
        # One after the other: an import uses memory, and a machine that analyses has little to spare.
        self._one_import = asyncio.Semaphore(1)
        # An upload need not wait for the minutes of an optimisation.
        self._one_optimization = asyncio.Semaphore(1)
        self._works: dict[str, asyncio.Task[None]] = {}  # imports and optimisations, by the folder each writes into
        self._after_activation: list[Callable[[int], None]] = []

    async def prepare(self) -> None:
        """At start: imports that a crash cut off are rejected, and deletes that it cut off brought to one end."""
        await self._db.write(lambda s: algorithms.reject_unfinished(s, INTERRUPTED, OPTIMIZE_INTERRUPTED))
        known = await self._db.read(algorithms.folders)
        await asyncio.to_thread(self._storage.tidy_weights, known)

    async def close(self) -> None:
        await self._imports.close()

    def on_activation(self, listener: Callable[[int], None]) -> None:
        """`listener(algorithm_id)` hears when another version becomes the active one."""
        self._after_activation.append(listener)

    @permitted(Role.OPERATOR, Action.ALGORITHM_ADD)
    async def refuse_name(self, _actor: Actor, name: str) -> None:
        """Raises InvalidInput or Conflict where a new algorithm can't have this name: before a gigabyte is sent for
        nothing. Somebody may take it until then, so `add` looks again."""
        await self._refuse_name(name)

    async def _refuse_name(self, name: str) -> None:
        cleaned = clean_name(name)
        await self._db.read(lambda s: algorithms.refuse_taken(s, cleaned))

    # Whoever is no operator is refused by `_take`, which takes the file away.
    @permitted(Role.VIEWER, Action.ALGORITHM_ADD)
    async def add(self, actor: Actor, name: str, upload: Upload) -> Algorithm:
        """A new algorithm from an uploaded file. Its version 1 is importing; events tell how that goes on."""
        return await self._take(
            actor,
            Action.ALGORITHM_ADD,
            upload,
            lambda session, new: algorithms.insert(session, clean_name(name), new),
        )

    @permitted(Role.VIEWER, Action.ALGORITHM_ADD_VERSION)
    async def add_version(self, actor: Actor, algorithm_id: int, upload: Upload) -> Algorithm:
        return await self._take(
            actor,
            Action.ALGORITHM_ADD_VERSION,
            upload,
            lambda session, new: algorithms.insert_version(session, algorithm_id, new),
        )

    @permitted(Role.OPERATOR, Action.ALGORITHM_ADD)
    async def add_from_file(
        self, actor: Actor, name: str, path: Path, on_bytes: Callable[[int], None] = unheard
    ) -> Algorithm:
        """The same for a file of this machine, as the window takes it. `on_bytes` hears how much is copied."""
        await self._refuse_name(name)
        async with self._uploads.place(actor, await size_of(path)) as place:
            return await self.add(actor, name, await self._uploads.receive_file(path, on_bytes, place))

    @permitted(Role.OPERATOR, Action.ALGORITHM_ADD_VERSION)
    async def add_version_from_file(
        self, actor: Actor, algorithm_id: int, path: Path, on_bytes: Callable[[int], None] = unheard
    ) -> Algorithm:
        await self.get(algorithm_id)
        async with self._uploads.place(actor, await size_of(path)) as place:
            return await self.add_version(actor, algorithm_id, await self._uploads.receive_file(path, on_bytes, place))

    @permitted(Role.OPERATOR, Action.ALGORITHM_OPTIMIZE)
    async def optimize(self, actor: Actor, algorithm_id: int, version: int, source: int | Path) -> Algorithm:
        """Begin to make the INT8 form of a ready version, as the next version: nobody uses it before it is activated.

        `source`: a camera's number, or the full path of a video file of this machine, whose pictures it is calibrated
        on and compared with the original. Events tell how that goes on; deleting the new version ends it. Raises
        Conflict where the version is not ready, is INT8, or is being optimised, and where this siapp can't optimise.
        """
        if not quantize.available():
            raise Conflict("optimize_missing", quantize.missing().message)
        camera = await self._pictures_of(source)
        artefact = await self._db.read(lambda s: algorithms.artefact(s, algorithm_id, version))
        model = self._spec(artefact, version)
        target = await asyncio.to_thread(self._storage.new_weights_folder)
        try:
            algorithm = await self._db.write(
                audit.noted(
                    actor,
                    lambda s: algorithms.insert_optimized(s, algorithm_id, version, target.name, actor.username),
                    lambda made: _version_deed(Action.ALGORITHM_OPTIMIZE, made),
                )
            )
        except BaseException:
            await asyncio.to_thread(self._storage.remove, target)
            raise
        self._bus.publish(AlgorithmChanged(algorithm))
        making = _Making(algorithm.id, algorithm.versions[-1].version, target)
        self._begin(making, self._optimize(making, artefact, model, camera), "optimize")
        return algorithm

    async def get(self, algorithm_id: int) -> Algorithm:
        """Raises NotFound."""
        return await self._db.read(lambda s: algorithms.get(s, algorithm_id))

    async def page(self, limit: int = 100, offset: int = 0) -> Page[Algorithm]:
        return await self._db.read(lambda s: algorithms.page(s, limit, offset))

    @permitted(Role.OPERATOR, Action.ALGORITHM_ACTIVATE)
    async def activate(self, actor: Actor, algorithm_id: int, version: int) -> Algorithm:
        """Make a ready version the one that tasks use."""
        algorithm = await self._db.write(lambda s: self._activated(s, actor, algorithm_id, version))
        self._bus.publish(AlgorithmChanged(algorithm))
        for listener in self._after_activation:
            listener(algorithm_id)
        return algorithm

    @staticmethod
    def _activated(session: Session, actor: Actor, algorithm_id: int, version: int) -> Algorithm:
        before = {"active_version": algorithms.get(session, algorithm_id, lock=True).active_version}
        algorithm = algorithms.activate(session, algorithm_id, version)
        after = {"active_version": version}
        audit.append(session, actor, Deed(Action.ALGORITHM_ACTIVATE, algorithm_id, algorithm.name, before, after))
        return algorithm

    @permitted(Role.OPERATOR, Action.ALGORITHM_DELETE)
    async def delete(self, actor: Actor, algorithm_id: int) -> None:
        """Files go too. Raises Conflict naming the tasks that use it."""
        await self._delete(actor, lambda s: algorithms.delete(s, algorithm_id), _deleted)
        self._bus.publish(AlgorithmDeleted(algorithm_id))

    @permitted(Role.OPERATOR, Action.ALGORITHM_DELETE_VERSION)
    async def delete_version(self, actor: Actor, algorithm_id: int, version: int) -> Algorithm:
        algorithm = await self._delete(
            actor,
            lambda s: algorithms.delete_version(s, algorithm_id, version),
            lambda left: Deed(Action.ALGORITHM_DELETE_VERSION, algorithm_id, left.name, before={"version": version}),
        )
        self._bus.publish(AlgorithmChanged(algorithm))
        return algorithm

    @permitted(Role.OPERATOR, Action.ALGORITHM_DELETE_VERSION)
    async def cancel_import(self, actor: Actor, algorithm_id: int, version: int) -> None:
        """End the import or the optimisation that makes this version, and forget the version; an algorithm that never
        had another one goes with it. Raises Conflict where it has come to its end meanwhile."""
        gone = False

        def cancel(session: Session) -> tuple[Algorithm, tuple[str, ...]]:
            nonlocal gone
            left, folders = algorithms.cancel(session, algorithm_id, version)
            gone = algorithms.delete_stillborn(session, algorithm_id)
            return left, folders

        def deed(left: Algorithm) -> Deed:
            action = Action.ALGORITHM_DELETE if gone else Action.ALGORITHM_DELETE_VERSION
            return Deed(action, algorithm_id, left.name, before={"version": version, "cancelled": True})

        left = await self._delete(actor, cancel, deed)
        self._bus.publish(AlgorithmDeleted(algorithm_id) if gone else AlgorithmChanged(left))

    @permitted(Role.OPERATOR, Action.ALGORITHM_TRY)
    async def try_picture(
        self,
        _actor: Actor,
        algorithm_id: int,
        version: int,
        picture: Path | bytes,
        options: TaskOptions = TaskOptions(),  # noqa: B008 - frozen
    ) -> Trial:
        """What a ready version finds in a picture file of this machine, or in the bytes of one. A look: nothing is
        kept, and the audit hears of refusals only.

        Raises Conflict where the version is not ready, and what `Trials.run` raises.
        """
        return await self._trials.run(await self.model(algorithm_id, version), picture, options)

    async def model(self, algorithm_id: int, version: int) -> ModelSpec:
        """What a worker needs to open this version."""
        return self._spec(await self._db.read(lambda s: algorithms.artefact(s, algorithm_id, version)), version)

    def _spec(self, artefact: Artefact, version: int) -> ModelSpec:
        folder = str(self._storage.weights_folder(artefact.folder))
        return ModelSpec.from_json({**artefact.imported, "folder": folder, "version": version})

    async def _pictures_of(self, source: int | Path) -> CameraSource:
        if isinstance(source, int):
            return await self._devices.source(source)
        if not await asyncio.to_thread(source.is_file):
            raise InvalidInput("file_unreadable", _("The file can't be opened. Is it still there?"), field="source")
        return CameraSource(str(source), is_file=True)

    async def _take(
        self, actor: Actor, action: Action, upload: Upload, insert: Callable[[Session, NewVersion], Algorithm]
    ) -> Algorithm:
        """Store a version for `upload` and begin its import; whatever goes wrong before leaves no file."""
        folder: Path | None = None
        try:
            require(actor, Role.OPERATOR)
            folder = await asyncio.to_thread(self._storage.new_weights_folder)
            new = NewVersion(upload.filename, upload.sha256, upload.size, folder.name, actor.username)
            change = audit.noted(actor, lambda s: insert(s, new), lambda made: _version_deed(action, made))
            algorithm = await self._db.write(change)
        except BaseException:
            await asyncio.to_thread(self._discard, upload.path, folder)
            raise
        self._bus.publish(AlgorithmChanged(algorithm))
        making = _Making(algorithm.id, algorithm.versions[-1].version, folder)
        self._begin(making, self._import(making, upload.path), "import")
        return algorithm

    def _begin(self, making: _Making, work: Coroutine[Any, Any, None], name: str) -> None:
        folder = making.target.name
        task = self._works[folder] = self._imports.start(work, f"{name}-{folder}")
        task.add_done_callback(lambda _task: self._works.pop(folder, None))

    async def _import(self, making: _Making, source: Path) -> None:
        given = {"source": str(source), "target": str(making.target)}
        try:
            async with self._one_import:
                answer = await self._job(making, JobKind.IMPORT, given, IMPORT_LIMIT_S, DIED)
        finally:
            await asyncio.to_thread(self._storage.remove, source)
        if isinstance(answer, Problem):
            await self._finish(making, None, answer)
        else:
            await self._finish(making, answer, None)

    async def _optimize(self, making: _Making, artefact: Artefact, model: ModelSpec, source: CameraSource) -> None:
        given = {
            "model": model.to_json(),
            "target": str(making.target),
            "source": source.to_json(),
            "pictures": CALIBRATION_PICTURES,
        }
        async with self._one_optimization:
            answer = await self._job(making, JobKind.OPTIMIZE, given, OPTIMIZE_LIMIT_S, OPTIMIZE_DIED)
        if isinstance(answer, Problem):
            await self._finish(making, None, answer)
        else:
            # Which layers of the original need float32 says nothing of these.
            await self._finish(making, {**artefact.imported, "precision": None, "int8": True}, None, report=answer)

    async def _job(
        self, making: _Making, kind: JobKind, given: dict[str, Any], limit_s: float, died: Problem
    ) -> dict[str, Any] | Problem:
        """What the process that makes a version answers."""

        def progress(job: JobProgress) -> None:
            self._bus.publish(ImportProgress(making.algorithm_id, making.number, job.fraction, job.step))

        try:
            return await self._engine.run_job(kind, given, limit_s=limit_s, on_progress=progress)
        except JobFailed as failure:
            return failure.problem
        except JobDied as death:
            logger.warning("%s of algorithm %d version %d died: %s", kind, making.algorithm_id, making.number, death)
            return died

    async def _finish(
        self,
        making: _Making,
        imported: dict[str, Any] | None,
        problem: Problem | None,
        report: dict[str, Any] | None = None,
    ) -> None:
        algorithm = await self._db.write_at_last(
            lambda s: algorithms.finish_import(s, making.algorithm_id, making.target.name, imported, problem, report)
        )
        if algorithm is None or problem is not None:
            await asyncio.to_thread(self._storage.remove, making.target)
        if algorithm is not None:
            self._bus.publish(AlgorithmChanged(algorithm))

    async def _delete(
        self,
        actor: Actor,
        change: Callable[[Session], tuple[Algorithm, tuple[str, ...]]],
        deed: Callable[[Algorithm], Deed],
    ) -> Algorithm:
        """Rows and folders, both or neither, wherever siapp is killed: set aside before the commit, removed after."""
        aside: list[Path] = []
        gone: list[str] = []

        def work(session: Session) -> Algorithm:
            result, folders = change(session)
            audit.append(session, actor, deed(result))
            for name in folders:
                gone.append(name)
                aside.append(self._storage.set_aside(self._storage.weights_folder(name)))
            return result

        try:
            result = await self._db.write(work)
        except Exception:  # one that is cancelled may be stored all the same: the next start knows
            await asyncio.to_thread(self._each, self._storage.bring_back, aside)
            raise
        for name in gone:
            if (task := self._works.get(name)) is not None:
                task.cancel()  # nobody waits for it any more, and others would wait for its place for minutes
        await asyncio.to_thread(self._each, self._storage.remove, aside)
        return result

    @staticmethod
    def _each(function: Callable[[Path], None], paths: list[Path]) -> None:
        for path in paths:
            function(path)

    def _discard(self, upload: Path, folder: Path | None) -> None:
        self._storage.remove(upload)
        if folder is not None:
            self._storage.remove(folder)


def _version_deed(action: Action, algorithm: Algorithm) -> Deed:
    """A deed that made the newest version."""
    new = algorithm.versions[-1]
    told = {"version": new.version, "filename": new.filename, "sha256": new.sha256, "size": new.size}
    made_from = {} if new.made_from is None else {"made_from": new.made_from}
    return Deed(action, algorithm.id, algorithm.name, after={**told, **made_from})


def _deleted(algorithm: Algorithm) -> Deed:
    versions = [version.version for version in algorithm.versions]
    before = {"active_version": algorithm.active_version, "versions": versions}
    return Deed(Action.ALGORITHM_DELETE, algorithm.id, algorithm.name, before)


def not_ready(name: str) -> Conflict:
    """What a task or a test is told that needs an algorithm without an active version."""
    return Conflict(
        "algorithm_not_ready",
        _("The algorithm “{name}” has no version that is ready. Wait for its import or upload another file."),
        name=name,
    )
