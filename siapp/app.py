"""The composition root: settings > logs > database > services > supervisor > server > window.

Each part registers its own stop; everything is taken down in reverse order.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from siapp.core.bus import Bus
from siapp.core.clock import rfc3339
from siapp.core.crash import CRASH_LOG, RunMark, crashes_logged
from siapp.core.db.engine import Database
from siapp.core.db.migrate import migrate
from siapp.core.db.results import database_version
from siapp.core.domain import Actor, Role
from siapp.core.errors import BySetting, InvalidInput, SiappError, Unavailable
from siapp.core.hub import FrameHub
from siapp.core.i18n import _, load_catalogues, terminal_language, translate
from siapp.core.logs import start_logging
from siapp.core.sealing import Seal
from siapp.core.secretkey import secret_key
from siapp.core.services import Services
from siapp.core.services.accelerators import AcceleratorService, look
from siapp.core.services.accounts import AccountService
from siapp.core.services.algorithms import AlgorithmService
from siapp.core.services.audit import AuditService
from siapp.core.services.camera_lists import CameraLists
from siapp.core.services.devices import DeviceService
from siapp.core.services.diagnostics import DiagnosticsService, Sources
from siapp.core.services.housekeeping import Housekeeping
from siapp.core.services.live import LiveService
from siapp.core.services.live_settings import Parts, appliers, floor_of, key_frames_of
from siapp.core.services.player import PlayerService
from siapp.core.services.preferences import PreferenceService
from siapp.core.services.readings import ReadingService
from siapp.core.services.results import ResultService
from siapp.core.services.settings import Check, SettingService, listening_check
from siapp.core.services.tasks import TaskService
from siapp.core.services.tests import TestService
from siapp.core.services.uploads import Room, Uploads
from siapp.core.setting import Origin
from siapp.core.settings import Settings, put_back
from siapp.core.space import Space, usual_floor
from siapp.core.specs import DeviceGlimpse, DeviceReport, LogLine, Report, TaskFigures, TaskReport
from siapp.core.storage import Storage
from siapp.core.tasklog import TaskLogs
from siapp.core.workers.engine import Engine

if TYPE_CHECKING:
    from siapp.net.server import Server

logger = logging.getLogger(__name__)

FILE_THREADS = 6
LOCK_NAME = "siapp.lock"
ALREADY_RUNNING = "already_running"
_TO_BLAME = {
    "port_taken": ("host", "port"),
    "address_unavailable": ("host", "port"),
    "tls_unusable": ("tls_cert", "tls_key"),
}


@dataclass(frozen=True, slots=True)
class _Base:
    """What all services stand on. `usual_floor`: bytes that stay free where nobody says how many."""

    bus: Bus
    db: Database
    key: str
    engine: Engine
    audit: AuditService
    logs: TaskLogs
    space: Space
    usual_floor: int


class Station:
    """siapp without a face: database, services and workers. `async with Station(settings) as station`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.storage = Storage(settings.data_dir)
        self.hub = FrameHub()
        self.services: Services
        self._stops = AsyncExitStack()

    async def __aenter__(self) -> "Station":
        async with AsyncExitStack() as stops:
            await self._start(stops)
            self._stops = stops.pop_all()
        return self

    async def __aexit__(self, _kind: object = None, error: BaseException | None = None, _trace: object = None) -> None:
        if isinstance(error, Exception) and not isinstance(error, SiappError):
            logger.critical("siapp ends by what nobody foresaw", exc_info=error)
            self._mark.unforeseen()
        await self._stops.aclose()

    async def _start(self, stops: AsyncExitStack) -> None:
        await self._begin_run(stops)
        base = await self._base(stops)
        await self._build(stops, base)
        await self._first_admin()
        services = self.services
        await services.devices.prepare()
        await services.algorithms.prepare()
        await services.tests.resume()
        await services.results.prepare()
        self._housekeeping.start()
        services.diagnostics.start()
        await services.tasks.resume()

    async def _begin_run(self, stops: AsyncExitStack) -> None:
        """The data folder is ours, its log is open, and a run that ended unexpectedly is known."""
        files = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="files")
        stops.callback(files.shutdown, wait=False)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(files, self._take_data_folder, stops)
        loop.set_default_executor(files)
        self._mark = RunMark(self.storage.logs)
        crash = await asyncio.to_thread(self._mark.begin)
        stops.callback(self._mark.end)
        settings = self.settings
        stops.callback(start_logging(self.storage.logs, settings.log_level, settings.log_format == "json"))
        if crash is not None:
            logger.warning("the last run of siapp ended unexpectedly at about %s, see %s", rfc3339(crash.at), CRASH_LOG)

    async def _base(self, stops: AsyncExitStack) -> _Base:
        """What all services stand on: database, workers, audit, room on the disk."""
        settings = self.settings
        key = await asyncio.to_thread(secret_key, settings)
        await asyncio.to_thread(load_catalogues)
        db = Database(settings.sqlalchemy_url)
        stops.push_async_callback(db.close)
        await db.call(migrate)
        logs = TaskLogs(self.storage)
        stops.push_async_callback(logs.close)
        engine = Engine(self.hub)
        await engine.start()
        stops.push_async_callback(engine.close)
        accelerators = AcceleratorService(engine, self.storage.root, settings.inference_device)
        stops.push_async_callback(accelerators.close)
        await accelerators.start()
        audit = AuditService(db, settings.audit_days)
        stops.push_async_callback(audit.close)
        audit.start()
        usual = await asyncio.to_thread(usual_floor, settings.data_dir)
        space = Space(self.storage.root, floor_of(settings, usual))
        return _Base(Bus(), db, key, engine, audit, logs, space, usual)

    async def _build(self, stops: AsyncExitStack, base: _Base) -> None:
        settings, storage = self.settings, self.storage
        bus, db, key, engine, audit = base.bus, base.db, base.key, base.engine, base.audit
        accounts = AccountService(db, bus, audit, key, settings.algorithm, settings.access_token_expire_minutes)
        devices = DeviceService(db, bus, audit, storage, Seal(key), engine)
        # Tasks that start by themselves are there before the server is.
        devices.own_ports = frozenset({settings.port} - {0})
        stops.push_async_callback(devices.close)
        room = Room(base.space, db, settings.user_quota_bytes)
        uploads = Uploads(storage, settings.largest_upload_bytes, room)
        videos = Uploads(storage, settings.largest_video_bytes, room)
        algorithms = AlgorithmService(db, bus, audit, storage, engine, uploads, devices)
        stops.push_async_callback(algorithms.close)
        kept = key_frames_of(settings, str(storage.results), floor_of(settings, base.usual_floor))
        results = ResultService(db, storage, base.space, base.logs, engine, key)
        self._housekeeping = Housekeeping(bus, storage, base.space, kept)
        stops.push_async_callback(self._housekeeping.close)
        tasks = TaskService(db, bus, audit, devices, algorithms, engine, self.hub, base.logs, storage, kept)
        stops.push_async_callback(tasks.close)
        engine.on_report = _reports_to(devices, tasks)
        test_logs = TaskLogs(storage, storage.test_folder)
        stops.push_async_callback(test_logs.close)
        tests = TestService(
            db, bus, audit, storage, base.space, algorithms, engine, test_logs, videos, settings.tests_at_once
        )
        stops.push_async_callback(tests.close)
        live = LiveService(self.hub, engine, devices, tasks)
        readings = ReadingService(db, tasks, (uploads, videos), self.hub, engine)
        player = PlayerService(results, engine)
        stops.push_async_callback(player.close)
        parts = Parts(
            room,
            uploads,
            videos,
            accounts,
            audit,
            self._housekeeping,
            tasks,
            tests,
            str(storage.results),
            base.usual_floor,
        )
        wanted = SettingService(settings, audit, appliers(parts), _checks(settings, devices))
        await asyncio.to_thread(wanted.put_damaged_aside)
        sources = Sources(
            wanted,
            devices,
            algorithms,
            readings,
            partial(_doctor, engine, settings),
            partial(_libraries, engine),
            lambda: db.read(database_version),
        )
        diagnostics = DiagnosticsService(audit, self._mark, storage.logs, key, sources)
        stops.push_async_callback(diagnostics.close)
        self.services = Services(
            bus,
            audit,
            accounts,
            devices,
            algorithms,
            tasks,
            live,
            uploads,
            readings,
            tests,
            videos,
            results,
            PreferenceService(db),
            player,
            CameraLists(db, audit, devices),
            wanted,
            diagnostics,
        )

    def _take_data_folder(self, stops: AsyncExitStack) -> None:
        """One siapp at a time: a second one would take the first one's uploads and tasks for a crash's remains."""
        self.storage.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self.storage.root / LOCK_NAME, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise Unavailable(
                ALREADY_RUNNING, _("siapp is running already with this data folder. Close it, or use another folder.")
            ) from None
        stops.callback(lock.release)
        self.storage.prepare()

    async def _first_admin(self) -> None:
        """The administrator that the settings name, at first start only."""
        name, password = self.settings.admin_username, self.settings.admin_password
        if name and password and await self.services.accounts.needs_first_admin():
            await self.services.accounts.add_user(name, password.get_secret_value(), Role.ADMIN)


def _checks(settings: Settings, devices: DeviceService) -> tuple[Check, ...]:
    """What would keep siapp from starting with other settings."""

    def tls(wanted: Settings) -> None:
        from siapp.net.tls import server_context

        try:
            server_context(wanted)
        except SiappError as error:
            of_key = set(error.values.values()) & {"SIAPP_TLS_CERT", "SIAPP_TLS_KEY"} == {"SIAPP_TLS_KEY"}
            field = "tls_key" if of_key else "tls_cert"
            raise InvalidInput(error.code, error.message, field=field, **error.values) from None

    def in_use() -> tuple[str, int]:
        return settings.host, next(iter(devices.own_ports), settings.port)

    return listening_check(in_use), tls


async def _libraries(engine: Engine) -> Mapping[str, str]:
    """Versions of what only workers load."""
    return (await look(engine)).versions


async def _doctor(engine: Engine, settings: Settings) -> str:
    from siapp.doctor import quick_report

    return await quick_report(engine, settings)


def _reports_to(devices: DeviceService, tasks: TaskService) -> Callable[[Report], Awaitable[None]]:
    async def handle(report: Report) -> None:
        match report:
            case TaskReport():
                await tasks.on_report(report)
            case DeviceReport():
                await devices.on_report(report)
            case DeviceGlimpse():
                devices.on_glimpse(report)
            case TaskFigures():
                tasks.on_figures(report)
            case LogLine():
                tasks.on_log(report)

    return handle


async def serve(settings: Settings, announce: Callable[[str, bool], None]) -> int:
    """Station and server until somebody asks to stop. `announce(address, needs_admin)` hears when it is up."""
    from siapp.net.server import Server

    stop = asyncio.Event()
    on_stop_signals(stop.set)
    async with Station(settings) as station:
        with crashes_logged(station.storage.logs):
            server = Server(station.services, settings)
            address = await _started(server, settings)
            try:
                announce(address, await station.services.accounts.needs_first_admin())
                await stop.wait()
            finally:
                await server.stop()
    return 0


def desktop(settings: Settings, say: Callable[[str], object]) -> int:
    """Station, server and window on one loop until the window is closed. `say` hears what is for the terminal."""
    from siapp.ui.application import run

    return run(lambda: _desktop(settings, say))


async def _desktop(settings: Settings, say: Callable[[str], object]) -> int:
    from siapp.ui.instance import show_first
    from siapp.ui.notice import tell

    language = terminal_language()
    while True:
        try:
            async with Station(settings) as station:
                with crashes_logged(station.storage.logs):
                    await show_window(station, settings, signed_in=None)
            return 0
        except BySetting as error:
            if not await tell(error.text(language), language, offer=_("Put it back and start again")):
                raise
            settings = await asyncio.to_thread(put_back, settings, error.names)
        except SiappError as error:
            if error.code == ALREADY_RUNNING and await show_first(settings.data_dir):
                say(translate(_("siapp is running already with this data folder: its window is shown."), language))
                return 0
            await tell(error.text(language), language)
            raise


async def show_window(
    station: Station,
    settings: Settings,
    signed_in: Actor | None,
    announce: Callable[[str], None] = lambda _address: None,
) -> None:
    """Server and window over a running station, until the window is closed. `announce` hears the address."""
    from siapp.net.server import Server
    from siapp.ui.application import Desktop, ServerInfo
    from siapp.ui.instance import FirstStart
    from siapp.ui.memory import FILE_NAME, Memory

    memory = Memory(station.storage.root / FILE_NAME)
    await memory.load()
    server, again = Server(station.services, settings), FirstStart(station.storage.root)
    address = await _started(server, settings)
    try:
        announce(address)
        info = ServerInfo(address, lambda: server.sockets, server.connections, server.facts)
        desk = Desktop(station.services, info, signed_in, memory)
        again.asked.connect(desk.window.bring_up)
        again.listen()
        await desk.run()
    finally:
        again.close()
        await server.stop()


async def _started(server: "Server", settings: Settings) -> str:
    """The server's address. Where it can't start by what was set in the window, the error says so."""
    try:
        return await server.start()
    except SiappError as error:
        names = tuple(name for name in _TO_BLAME.get(error.code, ()) if settings.origin(name) is Origin.FILE)
        if names:
            raise BySetting(error, names) from error
        raise


def on_stop_signals(stop: Callable[[], None]) -> None:
    """Call `stop` on the loop at Ctrl+C and at a request to end, wherever signals can be had."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not loop.add_signal_handler: Windows' loops have none.
        signal.signal(number, lambda *_signal: loop.call_soon_threadsafe(stop))
