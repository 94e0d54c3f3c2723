"""The composition root: settings > logs > database > services > supervisor > server > window.

Each part registers its own stop; everything is taken down in reverse order.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

from siapp.core.bus import Bus
from siapp.core.db.engine import Database
from siapp.core.db.migrate import migrate
from siapp.core.domain import Role
from siapp.core.hub import FrameHub
from siapp.core.logs import start_logging
from siapp.core.sealing import Seal
from siapp.core.services import Services
from siapp.core.services.accounts import AccountService
from siapp.core.services.algorithms import AlgorithmService
from siapp.core.services.devices import DeviceService
from siapp.core.services.live import LiveService
from siapp.core.services.tasks import TaskService
from siapp.core.settings import Settings, secret_key
from siapp.core.specs import DeviceReport, LogLine, Report, TaskFigures, TaskReport
from siapp.core.storage import Storage
from siapp.core.tasklog import TaskLogs
from siapp.core.workers.engine import Engine

logger = logging.getLogger(__name__)

FILE_THREADS = 6


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

    async def __aexit__(self, *_exception: object) -> None:
        await self._stops.aclose()

    async def _start(self, stops: AsyncExitStack) -> None:
        settings, bus = self.settings, Bus()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="files"))
        await asyncio.to_thread(self.storage.prepare)
        stops.callback(start_logging(self.storage.logs, settings.log_level))
        key = await asyncio.to_thread(secret_key, settings)
        db = Database(settings.sqlalchemy_url)
        stops.push_async_callback(db.close)
        await db.call(migrate)
        logs = TaskLogs(self.storage)
        stops.push_async_callback(logs.close)
        engine = Engine(self.hub)
        await engine.start()
        stops.push_async_callback(engine.close)
        accounts = AccountService(db, bus, key, settings.algorithm, settings.access_token_expire_minutes)
        devices = DeviceService(db, bus, self.storage, Seal(key), engine)
        algorithms = AlgorithmService(db, bus, self.storage, engine, settings.largest_upload_bytes)
        stops.push_async_callback(algorithms.close)
        tasks = TaskService(db, bus, devices, algorithms, engine, logs)
        stops.push_async_callback(tasks.close)
        engine.on_report = _reports_to(devices, tasks)
        live = LiveService(self.hub, engine, devices, tasks)
        self.services = Services(bus, accounts, devices, algorithms, tasks, live)
        await self._first_admin()
        await algorithms.prepare()
        await tasks.resume()

    async def _first_admin(self) -> None:
        """The administrator that the settings name, at first start only."""
        name, password = self.settings.admin_username, self.settings.admin_password
        if name and password and await self.services.accounts.needs_first_admin():
            await self.services.accounts.add_user(name, password.get_secret_value(), Role.ADMIN)


def _reports_to(devices: DeviceService, tasks: TaskService) -> Callable[[Report], Awaitable[None]]:
    async def handle(report: Report) -> None:
        match report:
            case TaskReport():
                await tasks.on_report(report)
            case DeviceReport():
                await devices.on_report(report)
            case TaskFigures():
                tasks.on_figures(report)
            case LogLine():
                tasks.on_log(report)

    return handle
