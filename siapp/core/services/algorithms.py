"""Algorithms: weights in versions, imported in a throw-away process, activated, rolled back, deleted."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from siapp.core.background import Background
from siapp.core.bus import Bus
from siapp.core.db import algorithms
from siapp.core.db.algorithms import NewVersion
from siapp.core.db.engine import Database, Session
from siapp.core.domain import Actor, Algorithm, Problem, Role
from siapp.core.events import AlgorithmChanged, AlgorithmDeleted, ImportProgress
from siapp.core.i18n import _
from siapp.core.naming import clean_name
from siapp.core.page import Page
from siapp.core.services.access import require
from siapp.core.services.uploads import Upload, Uploads, unheard
from siapp.core.specs import JobKind, JobProgress, ModelSpec
from siapp.core.storage import Storage
from siapp.core.workers.engine import Engine, JobDied, JobFailed

logger = logging.getLogger(__name__)

T = TypeVar("T")

IMPORT_LIMIT_S = 300.0
INTERRUPTED = Problem("import_interrupted", _("siapp was closed while it read this file. Please upload it again."))
DIED = Problem("import_failed", _("The file could not be read within the limits of time and memory for one import."))


class AlgorithmService:
    """One method for each thing a person can intend with algorithms."""

    def __init__(self, db: Database, bus: Bus, storage: Storage, engine: Engine, uploads: Uploads) -> None:
        self._db = db
        self._bus = bus
        self._storage = storage
        self._engine = engine
        self._uploads = uploads
        self._imports = Background("import")
        # One after the other: an import uses memory, and a machine that analyses has little to spare.
        self._one_import = asyncio.Semaphore(1)
        self._after_activation: list[Callable[[int], None]] = []

    async def prepare(self) -> None:
        """At start: imports that a crash cut off are rejected, and deletes that it cut off brought to one end."""
        await self._db.write(lambda s: algorithms.reject_unfinished(s, INTERRUPTED))
        known = await self._db.read(algorithms.folders)
        await asyncio.to_thread(self._storage.tidy_weights, known)

    async def close(self) -> None:
        await self._imports.close()

    def on_activation(self, listener: Callable[[int], None]) -> None:
        """`listener(algorithm_id)` hears when another version becomes the active one."""
        self._after_activation.append(listener)

    async def add(self, actor: Actor, name: str, upload: Upload) -> Algorithm:
        """A new algorithm from an uploaded file. Its version 1 is importing; events tell how that goes on."""
        return await self._take(actor, upload, lambda session, new: algorithms.insert(session, clean_name(name), new))

    async def add_version(self, actor: Actor, algorithm_id: int, upload: Upload) -> Algorithm:
        return await self._take(
            actor, upload, lambda session, new: algorithms.insert_version(session, algorithm_id, new)
        )

    async def add_from_file(
        self, actor: Actor, name: str, path: Path, on_bytes: Callable[[int], None] = unheard
    ) -> Algorithm:
        """The same for a file of this machine, as the window takes it. `on_bytes` hears how much is copied."""
        require(actor, Role.OPERATOR)
        clean_name(name)
        upload = await self._uploads.receive_file(path, on_bytes)
        return await self.add(actor, name, upload)

    async def add_version_from_file(
        self, actor: Actor, algorithm_id: int, path: Path, on_bytes: Callable[[int], None] = unheard
    ) -> Algorithm:
        require(actor, Role.OPERATOR)
        await self.get(algorithm_id)
        upload = await self._uploads.receive_file(path, on_bytes)
        return await self.add_version(actor, algorithm_id, upload)

    async def get(self, algorithm_id: int) -> Algorithm:
        """Raises NotFound."""
        return await self._db.read(lambda s: algorithms.get(s, algorithm_id))

    async def page(self, limit: int = 100, offset: int = 0) -> Page[Algorithm]:
        return await self._db.read(lambda s: algorithms.page(s, limit, offset))

    async def activate(self, actor: Actor, algorithm_id: int, version: int) -> Algorithm:
        """Make a ready version the one that tasks use."""
        require(actor, Role.OPERATOR)
        algorithm = await self._db.write(lambda s: algorithms.activate(s, algorithm_id, version))
        self._bus.publish(AlgorithmChanged(algorithm))
        for listener in self._after_activation:
            listener(algorithm_id)
        return algorithm

    async def delete(self, actor: Actor, algorithm_id: int) -> None:
        """Files go too. Raises Conflict naming the tasks that use it."""
        require(actor, Role.OPERATOR)
        await self._delete(lambda s: (None, algorithms.delete(s, algorithm_id)))
        self._bus.publish(AlgorithmDeleted(algorithm_id))

    async def delete_version(self, actor: Actor, algorithm_id: int, version: int) -> Algorithm:
        require(actor, Role.OPERATOR)
        algorithm = await self._delete(lambda s: algorithms.delete_version(s, algorithm_id, version))
        self._bus.publish(AlgorithmChanged(algorithm))
        return algorithm

    async def model(self, algorithm_id: int, version: int) -> ModelSpec:
        """What a worker needs to open this version."""
        artefact = await self._db.read(lambda s: algorithms.artefact(s, algorithm_id, version))
        folder = str(self._storage.weights_folder(artefact.folder))
        return ModelSpec.from_json({**artefact.imported, "folder": folder, "version": version})

    async def _take(
        self, actor: Actor, upload: Upload, insert: Callable[[Session, NewVersion], Algorithm]
    ) -> Algorithm:
        """Store a version for `upload` and begin its import; whatever goes wrong before leaves no file."""
        folder: Path | None = None
        try:
            require(actor, Role.OPERATOR)
            folder = await asyncio.to_thread(self._storage.new_weights_folder)
            new = NewVersion(upload.filename, upload.sha256, upload.size, folder.name, actor.username)
            algorithm = await self._db.write(lambda s: insert(s, new))
        except BaseException:
            await asyncio.to_thread(self._discard, upload.path, folder)
            raise
        self._bus.publish(AlgorithmChanged(algorithm))
        number = algorithm.versions[-1].version
        self._imports.start(self._import(algorithm.id, number, upload.path, folder), f"{algorithm.id}-{number}")
        return algorithm

    async def _import(self, algorithm_id: int, number: int, source: Path, target: Path) -> None:
        def progress(job: JobProgress) -> None:
            self._bus.publish(ImportProgress(algorithm_id, number, job.fraction, job.step))

        imported: dict[str, Any] | None = None
        problem: Problem | None = None
        try:
            async with self._one_import:
                imported = await self._engine.run_job(
                    JobKind.IMPORT,
                    {"source": str(source), "target": str(target)},
                    limit_s=IMPORT_LIMIT_S,
                    on_progress=progress,
                )
        except JobFailed as failure:
            problem = failure.problem
        except JobDied as death:
            logger.warning("import of algorithm %d version %d died: %s", algorithm_id, number, death)
            problem = DIED
        finally:
            await asyncio.to_thread(self._storage.remove, source)
        algorithm = await self._db.write_at_last(
            lambda s: algorithms.finish_import(s, algorithm_id, target.name, imported, problem)
        )
        if algorithm is None or problem is not None:
            await asyncio.to_thread(self._storage.remove, target)
        if algorithm is not None:
            self._bus.publish(AlgorithmChanged(algorithm))

    async def _delete(self, change: Callable[[Session], tuple[T, tuple[str, ...]]]) -> T:
        """Rows and folders, both or neither, wherever siapp is killed: set aside before the commit, removed after."""
        aside: list[Path] = []

        def work(session: Session) -> T:
            result, folders = change(session)
            session.flush()
            for name in folders:
                aside.append(self._storage.set_aside(self._storage.weights_folder(name)))
            return result

        try:
            result = await self._db.write(work)
        except BaseException:
            await asyncio.to_thread(self._each, self._storage.bring_back, aside)
            raise
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
