"""What a setting that counts at once changes in the services."""

from collections.abc import Mapping
from dataclasses import dataclass

from siapp.core.keyframes import KeyFrameSpec
from siapp.core.logs import set_level
from siapp.core.services.accounts import AccountService
from siapp.core.services.audit import AuditService
from siapp.core.services.housekeeping import Housekeeping
from siapp.core.services.settings import Apply
from siapp.core.services.tasks import TaskService
from siapp.core.services.tests import TestService
from siapp.core.services.uploads import Room, Uploads
from siapp.core.settings import Settings

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What takes changes over. `usual_floor`: bytes that stay free where nobody says how many."""

    room: Room
    uploads: Uploads
    videos: Uploads
    accounts: AccountService
    audit: AuditService
    housekeeping: Housekeeping
    tasks: TaskService
    tests: TestService
    results: str
    usual_floor: int


def floor_of(settings: Settings, usual: int) -> int:
    """Bytes that stay free on the data folder's disk."""
    return usual if settings.free_space_floor_bytes is None else settings.free_space_floor_bytes


def key_frames_of(settings: Settings, folder: str, floor: int) -> KeyFrameSpec:
    return KeyFrameSpec(
        folder, settings.keyframes_most, settings.keyframes_most_bytes, settings.keyframes_days * DAY_S, floor
    )


def appliers(parts: Parts) -> Mapping[str, Apply]:
    """One for each setting that is declared live."""

    def key_frames(settings: Settings) -> None:
        kept = key_frames_of(settings, parts.results, parts.room.space.floor)
        parts.housekeeping.keep(kept)
        parts.tasks.keep_frames(kept)

    def floor(settings: Settings) -> None:
        parts.room.space.floor = floor_of(settings, parts.usual_floor)
        key_frames(settings)

    def quota(settings: Settings) -> None:
        parts.room.quota = settings.user_quota_bytes

    def largest(settings: Settings) -> None:
        parts.uploads.largest = settings.largest_upload_bytes
        parts.videos.largest = settings.largest_video_bytes

    return {
        "access_token_expire_minutes": lambda s: parts.accounts.let_tokens_last(s.access_token_expire_minutes),
        "largest_upload_bytes": largest,
        "largest_video_bytes": largest,
        "user_quota_bytes": quota,
        "free_space_floor_bytes": floor,
        "keyframes_most": key_frames,
        "keyframes_most_bytes": key_frames,
        "keyframes_days": key_frames,
        "tests_at_once": lambda s: parts.tests.run_at_once(s.tests_at_once),
        "audit_days": lambda s: parts.audit.keep_for(s.audit_days),
        "log_level": lambda s: set_level(s.log_level),
    }
