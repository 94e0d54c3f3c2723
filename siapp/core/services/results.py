"""What live tasks and tests leave: key frames, result videos, logs. Found by the task's name, read by any viewer.

A name is only looked up in the database and a file's name only compared with a fixed list: neither becomes a path.
"""

import asyncio
import base64
import hashlib
import hmac
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.fernet import Fernet, InvalidToken

from siapp.core import keyframes
from siapp.core.clock import now
from siapp.core.db import accounts, results
from siapp.core.db.engine import Database, Session
from siapp.core.domain import (
    AccountStatus,
    Actor,
    FoundObjects,
    Problem,
    Role,
    StorageUse,
    StreamInfo,
    User,
    VideoCheck,
)
from siapp.core.errors import NotFound, NotSignedIn, TooMany
from siapp.core.i18n import Language, _
from siapp.core.keyframes import KEY_FRAME, KeyFrame
from siapp.core.page import Page
from siapp.core.problems import sentence
from siapp.core.services.access import require
from siapp.core.services.accounts import Identity
from siapp.core.services.copying import copied
from siapp.core.services.counting import counted
from siapp.core.space import Space
from siapp.core.specs import CameraSource, JobKind
from siapp.core.storage import Storage
from siapp.core.tasklog import TaskLogs
from siapp.core.workers.engine import Engine, JobDied, JobFailed

VIDEO_NAME = "output.mp4"
DETECTIONS_NAME = "detections.jsonl"
FILE_NAMES = re.compile(rf"output\.mp4|process\.log|error\.txt|detections\.jsonl|{KEY_FRAME.pattern}")
ACCESS_LIFETIME = timedelta(minutes=10)
ACCESS_ALGORITHM = "HS256"
LONGEST_ACCESS = 1000
CHECK_LIMIT_S = 60.0
MOST_CHECKS = 4
NO_RESULT_VIDEO = Problem("file_not_found", _("There is no result video yet."))
DAMAGED = Problem("damaged", _("A part of the video is damaged. Run the test again."))
CHECK_DIED = Problem("timeout", _("The video could not be read in time."))


@dataclass(frozen=True, slots=True)
class Access:
    """A key that opens one task's files for whoever shows it. `expires_in`: seconds."""

    key: str
    expires_in: int


class ResultService:
    """One method for each thing a person can intend with results."""

    def __init__(
        self, db: Database, storage: Storage, space: Space, logs: TaskLogs, engine: Engine, secret_key: str
    ) -> None:
        self._db = db
        self._storage = storage
        self._space = space
        self._logs = logs
        self._engine = engine
        # A key of its own: nothing that is signed here is good for anything else.
        self._key = hmac.digest(secret_key.encode(), b"siapp access to results", hashlib.sha256)
        hiding = hmac.digest(secret_key.encode(), b"siapp sessions in access keys", hashlib.sha256)
        self._hidden = Fernet(base64.urlsafe_b64encode(hiding))
        self._checks = 0

    async def prepare(self) -> None:
        """At start: bring deletes that a crash cut off to an end, and live tasks' error.txt to what their rows say."""
        owners = await self._db.read(results.owners)
        await asyncio.to_thread(self._tidy, frozenset(owner.folder for owner in owners))
        for owner in owners:
            if not owner.is_test:
                self._logs.set_error(owner.id, error_text(owner.error))

    async def frames(self, actor: Actor, name: str, limit: int, offset: int = 0) -> Page[KeyFrame]:
        """Key frames by their numbers. Raises NotFound where there is no such task or test."""
        require(actor, Role.VIEWER)
        return await asyncio.to_thread(_page_of_frames, await self._folder(name), limit, offset)

    async def file(self, actor: Actor, name: str, file: str) -> Path:
        """Where one of the files lies that results may have. Raises NotFound for everything else."""
        require(actor, Role.VIEWER)
        folder = await self._folder(name)
        if not FILE_NAMES.fullmatch(file) or not await asyncio.to_thread(_is_plain_file, folder / file):
            raise _no_such_file()
        return folder / file

    async def original(self, actor: Actor, name: str) -> Path:
        """Where the video lies that a test runs on. Raises NotFound where there is none."""
        require(actor, Role.VIEWER)
        path = self._storage.video(await self._db.read(lambda s: results.video_of(s, name)))
        if not await asyncio.to_thread(_is_plain_file, path):
            raise _no_such_file()
        return path

    async def folder(self, actor: Actor, name: str) -> Path:
        """Where the files of a task or test lie. Raises NotFound where there is no such task or no file yet."""
        require(actor, Role.VIEWER)
        folder = await self._folder(name)
        if not await asyncio.to_thread(folder.is_dir):
            raise _no_such_file()
        return folder

    async def save_video(self, actor: Actor, name: str, target: Path, on_share: Callable[[float], None]) -> None:
        """Copy a test's result video to another place of this machine. `on_share` hears how much of it is there, from
        0 to 1. Raises NotFound, or InvalidInput where it can't be written."""
        await copied(await self.file(actor, name, VIDEO_NAME), target, on_share)

    async def found(self, actor: Actor, name: str) -> FoundObjects:
        """What a test has found, counted. Raises NotFound where there is no such test or nothing yet."""
        return await counted(await self.file(actor, name, DETECTIONS_NAME))

    async def check_video(self, actor: Actor, name: str) -> VideoCheck:
        """Read the whole result video in a disposable process."""
        require(actor, Role.VIEWER)
        path = await self._folder(name) / VIDEO_NAME
        size = await asyncio.to_thread(_size_of, path)
        if size is None:
            return VideoCheck(False, False, error=NO_RESULT_VIDEO)
        if self._checks >= MOST_CHECKS:
            raise TooMany(
                "too_many_checks",
                _("Too many videos are being checked at once. Try again in a moment."),
                retry_after_s=5,
            )
        self._checks += 1
        try:
            return await self._checked(path, size)
        finally:
            self._checks -= 1

    async def grant_access(self, actor: Actor, session_id: str, name: str) -> Access:
        """A key for the files of one task or test, for places that can't send a token: `<img>`, `<video>`.

        It ends with the session, after ten minutes, and where the task is deleted.
        """
        require(actor, Role.VIEWER)
        owner = await self._db.read(lambda s: results.owner(s, name))
        claims = {
            "sub": str(actor.user_id),
            # A key stands in addresses, and those in histories and logs: the session's number is nobody's business.
            "sid": self._hidden.encrypt(session_id.encode()).decode(),
            "results": owner.folder,
            "exp": now() + ACCESS_LIFETIME,
        }
        key = jwt.encode(claims, self._key, algorithm=ACCESS_ALGORITHM)
        return Access(key, int(ACCESS_LIFETIME.total_seconds()))

    async def identify(self, key: str, name: str) -> Identity:
        """Whose key this is, if it opens the results of `name`. Raises NotSignedIn for every other one."""
        user_id, session_id, folder = self._decoded(key)
        user, found = await self._db.read(lambda s: _holder(s, session_id, user_id, name))
        if user is None or user.status is not AccountStatus.APPROVED or found != folder:
            raise _access_ended()
        return Identity(user, session_id)

    async def usage(self) -> StorageUse:
        """What everything takes at present."""
        storage = self._storage
        folders = (storage.weights, storage.videos, storage.results)
        weights, videos, of_results = [await asyncio.to_thread(storage.size_of, folder) for folder in folders]
        database = await self._db.read(results.database_bytes)
        free, total = [await asyncio.to_thread(look) for look in (self._space.free, self._space.total)]
        return StorageUse(weights, videos, of_results, database, free, total)

    def _tidy(self, known: frozenset[str]) -> None:
        self._storage.tidy_results(known)
        for folder in known:
            keyframes.remove_parts(self._storage.results / folder)

    async def _folder(self, name: str) -> Path:
        owner = await self._db.read(lambda s: results.owner(s, name))
        return self._storage.results / owner.folder

    async def _checked(self, path: Path, size: int) -> VideoCheck:
        given = {"source": CameraSource(str(path), is_file=True).to_json(), "whole": True}
        try:
            found = await self._engine.run_job(JobKind.PROBE, given, limit_s=CHECK_LIMIT_S)
        except JobFailed as failure:
            return VideoCheck(True, False, size, error=failure.problem)
        except JobDied:
            return VideoCheck(True, False, size, error=CHECK_DIED)
        good = bool(found["good"])
        return VideoCheck(True, good, size, StreamInfo(**found["info"]), None if good else DAMAGED)

    def _decoded(self, key: str) -> tuple[int, str, str]:
        """User, session and folder that a key names. PyJWT compares signatures in constant time."""
        if len(key) > LONGEST_ACCESS:
            raise _access_ended()
        try:
            claims = jwt.decode(
                key, self._key, algorithms=[ACCESS_ALGORITHM], options={"require": ["exp", "sub", "sid", "results"]}
            )
            return int(claims["sub"]), self._hidden.decrypt(str(claims["sid"])).decode(), str(claims["results"])
        except (jwt.InvalidTokenError, InvalidToken, ValueError):
            raise _access_ended() from None


def error_text(problem: Problem | None) -> str | None:
    """What error.txt says of a problem, in every language: it is read without anybody to ask for one."""
    return "\n".join(sentence(problem, one) for one in Language) if problem else None


def _holder(session: Session, session_id: str, user_id: int, name: str) -> tuple[User | None, str | None]:
    """The person behind a session that is still good, and the folder of `name`, None where there is none."""
    try:
        folder = results.owner(session, name).folder
    except NotFound:
        folder = None
    return accounts.session_user(session, session_id, user_id), folder


def _page_of_frames(folder: Path, limit: int, offset: int) -> Page[KeyFrame]:
    numbers = keyframes.numbers(folder)
    found = (keyframes.look(folder, number) for number in numbers[offset : offset + limit])
    return Page(tuple(frame for frame in found if frame is not None), len(numbers))


def _is_plain_file(path: Path) -> bool:
    return _size_of(path) is not None


def _size_of(path: Path) -> int | None:
    """Bytes of a plain file; None where there is none, or none any more."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _no_such_file() -> NotFound:
    return NotFound("file_not_found", _("There is no such file."))


def _access_ended() -> NotSignedIn:
    return NotSignedIn("access_ended", _("This access key is not good any more. Ask for a new one."))
