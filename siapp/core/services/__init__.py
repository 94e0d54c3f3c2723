"""One method for each thing a person can intend. Window, server and command line are three-line callers."""

from dataclasses import dataclass

from siapp.core.bus import Bus
from siapp.core.services.accounts import AccountService
from siapp.core.services.algorithms import AlgorithmService
from siapp.core.services.audit import AuditService
from siapp.core.services.camera_lists import CameraLists
from siapp.core.services.devices import DeviceService
from siapp.core.services.diagnostics import DiagnosticsService
from siapp.core.services.live import LiveService
from siapp.core.services.player import PlayerService
from siapp.core.services.preferences import PreferenceService
from siapp.core.services.readings import ReadingService
from siapp.core.services.results import ResultService
from siapp.core.services.settings import SettingService
from siapp.core.services.tasks import TaskService
from siapp.core.services.tests import TestService
from siapp.core.services.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that window and server stand on."""

    bus: Bus
    audit: AuditService
    accounts: AccountService
    devices: DeviceService
    algorithms: AlgorithmService
    tasks: TaskService
    live: LiveService
    uploads: Uploads
    readings: ReadingService
    tests: TestService
    videos: Uploads
    results: ResultService
    preferences: PreferenceService
    player: PlayerService
    camera_lists: CameraLists
    settings: SettingService
    diagnostics: DiagnosticsService
