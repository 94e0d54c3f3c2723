"""`siapp doctor`: what this machine has, what it makes of a network, and what stands against a start of siapp."""

import argparse
import asyncio
import importlib.metadata
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from io import StringIO
from pathlib import Path
from typing import TextIO

import psutil
from filelock import FileLock, Timeout
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url, text

from siapp import __version__
from siapp.app import LOCK_NAME
from siapp.bench.machine import this_machine
from siapp.core.accelerators import AUTO, Inventory, Measurement, choose
from siapp.core.db.engine import Database
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.hub import FrameHub
from siapp.core.i18n import Language, _, terminal_language, translate
from siapp.core.listening import can_listen
from siapp.core.services.accelerators import WEIGHTS, look, measure
from siapp.core.setting import Origin
from siapp.core.settings import FIELDS, Settings
from siapp.core.workers.engine import Engine
from siapp.net.tls import server_context
from siapp.ui.display import display_available

LEAST_FREE_BYTES = 1 << 30
EXTRAS = {"ultralytics": "ultralytics", "optimize": "nncf", "cuda": "onnxruntime-gpu"}
_WIDTH_IN_A_FILE = 120


class Report:
    """Lines and a table on the terminal as they come, and the problems for its end."""

    def __init__(self, file: TextIO | None = None, language: Language | None = None) -> None:
        """To `file` in place of the terminal, in `language` in place of the terminal's."""
        self._console = Console(highlight=False, file=file)
        self._language = language or terminal_language()
        if not self._console.is_terminal:
            self._console.width = _WIDTH_IN_A_FILE
        self.problems: list[str] = []

    def say(self, sentence: str, **values: object) -> str:
        """`sentence` in the reader's language."""
        return translate(sentence, self._language, **values)

    def busy(self, sentence: str) -> AbstractContextManager[object]:
        """Something moves while somebody waits, where somebody looks."""
        return self._console.status(self.say(sentence))

    def line(self, name: str, value: str) -> None:
        self._console.print(f"[bold]{name}[/bold]: ", end="")
        self._console.print(value, markup=False, soft_wrap=True)

    def problem(self, sentence: str, **values: object) -> None:
        self.problems.append(self.say(sentence, **values))

    def table(self, table: Table) -> None:
        self._console.print(table)

    def end(self) -> int:
        """The exit code."""
        for problem in self.problems:
            self._console.print(f"[red]![/red] {problem}", soft_wrap=True)
        if not self.problems:
            self._console.print(self.say(_("Nothing stands against a start of siapp.")))
        return 1 if self.problems else 0


async def run_doctor(options: argparse.Namespace, settings: Settings) -> int:
    """Look at everything and say it. The answer is the exit code: 1 where there is a problem."""
    report = Report()
    weights = (options.weights or WEIGHTS).absolute()
    if not await asyncio.to_thread(weights.is_file):
        raise InvalidInput("no_such_file", _("There is no file “{name}”."), name=weights.name)
    engine = Engine(FrameHub())
    await engine.start()
    try:
        inventory = await look(engine)
        _say_machine(report, inventory)
        await _say_station(report, settings)
        measurements = [] if options.quick else await _measurements(report, engine, inventory, weights)
    finally:
        await engine.close()
    _say_devices(report, settings.inference_device, inventory, measurements)
    return report.end()


async def quick_report(engine: Engine, settings: Settings) -> str:
    """The same of a station that runs, without measuring anything, in English: for whoever looks after it."""
    text = StringIO()
    report = Report(text, Language.ENGLISH)
    inventory = await look(engine)
    _say_machine(report, inventory)
    await _say_station(report, settings)
    _say_devices(report, settings.inference_device, inventory, [])
    report.end()
    return text.getvalue()


def _say_machine(report: Report, inventory: Inventory) -> None:
    machine, say = this_machine(), report.say
    processor = inventory.accelerators[0].title or machine.processor
    report.line("siapp", f"{__version__}, Python {machine.python}, {machine.system}")
    report.line(say(_("Libraries")), ", ".join(_libraries(inventory)))
    report.line(say(_("Processor")), say(_("{name}, {count} cores"), name=processor, count=machine.cores))
    if sys.platform == "linux":  # elsewhere nobody tells without being asked in its own way
        report.line(say(_("Instruction sets")), " ".join(machine.flags) or say(_("none of those that help networks")))
    memory = psutil.virtual_memory()
    report.line(
        say(_("Memory")), say(_("{free} GB of {total} GB free"), free=_gb(memory.available), total=_gb(memory.total))
    )
    report.line(
        say(_("Display")), say(_("present") if display_available() else _("none: siapp serve runs without one"))
    )
    report.line(say(_("Extras")), ", ".join(_extras()) or say(_("none")))
    if shutil.which("nvidia-smi") and not _version(EXTRAS["cuda"]):
        report.line("NVIDIA", say(_("there is a driver; a card is used with pip install siapp[cuda]")))


def _libraries(inventory: Inventory) -> Iterator[str]:
    yield f"OpenVINO {inventory.versions.get('openvino', '?')}"
    yield f"OpenCV {_version('opencv-python') or '?'}"
    yield f"FFmpeg {inventory.versions.get('ffmpeg', '?')} (PyAV {_version('av') or '?'})"


def _extras() -> Iterator[str]:
    for extra, package in EXTRAS.items():
        if version := _version(package):
            yield f"{extra} ({package} {version})"


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _gb(count: int) -> str:
    return f"{count / (1 << 30):.1f}"


# ---- the station -------------------------------------------------------------------------------------------------


async def _say_station(report: Report, settings: Settings) -> None:
    running = await asyncio.to_thread(_is_running, settings.data_dir)
    await asyncio.to_thread(_say_folder, report, settings.data_dir)
    await _say_database(report, settings)
    _say_port(report, settings, running)
    await asyncio.to_thread(_say_settings, report, settings)


def _is_running(folder: Path) -> bool:
    path = folder / LOCK_NAME
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except (Timeout, OSError):
        return True


def _say_folder(report: Report, folder: Path) -> None:
    """The data folder, or the nearest one above it that is there: it is made at the first start."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.is_dir())
    free = shutil.disk_usage(there).free
    report.line(report.say(_("Data folder")), report.say(_("{folder}, {free} GB free"), folder=folder, free=_gb(free)))
    if not _can_write(there):
        report.problem(_("The data folder can't be written to. Give this user the right to, or name another folder."))
    if free < LEAST_FREE_BYTES:
        report.problem(_("The disk of the data folder is nearly full. Free some space, or name another folder."))


def _can_write(folder: Path) -> bool:
    probe = folder / ".siapp-doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


async def _say_database(report: Report, settings: Settings) -> None:
    name = report.say(_("Database"))
    url = make_url(settings.sqlalchemy_url)
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[url.get_backend_name()]
    if kind == "SQLite" and not await asyncio.to_thread(Path(url.database or "").exists):
        report.line(name, report.say(_("{kind}, made at the first start"), kind=kind))
        return
    db = Database(settings.sqlalchemy_url)
    try:
        await db.read(lambda session: session.execute(text("SELECT 1")))
        report.line(name, report.say(_("{kind}, answers"), kind=kind))
    except SiappError:
        report.line(name, report.say(_("{kind}, does not answer"), kind=kind))
        report.problem(_("The database does not answer. Is it running, and is DATABASE_URL right?"))
    finally:
        await db.close()


def _say_port(report: Report, settings: Settings, running: bool) -> None:
    name, place = report.say(_("Port")), f"{settings.host}:{settings.port}"
    if running:
        report.line(name, report.say(_("{place}, siapp is running with this data folder"), place=place))
    elif can_listen(settings.host, settings.port):
        report.line(name, report.say(_("{place}, free"), place=place))
    else:
        report.line(name, report.say(_("{place}, taken"), place=place))
        report.problem(
            _("Port {port} can't be listened on: another program has it, or the address is wrong. Try --port."),
            port=settings.port,
        )


def _say_settings(report: Report, settings: Settings) -> None:
    """What was changed in the window, and what of it would keep siapp from starting."""
    changed = [name for name in FIELDS if settings.origin(name) is Origin.FILE]
    if changed:
        report.line(report.say(_("Set in the window")), ", ".join(changed))
    for fault in settings.faults:
        report.problem(fault.message, **dict(fault.values))
    try:
        server_context(settings)
    except SiappError as error:
        report.problem(error.message, **error.values)


# ---- devices -----------------------------------------------------------------------------------------------------


async def _measurements(report: Report, engine: Engine, inventory: Inventory, weights: Path) -> list[Measurement]:
    try:
        with report.busy(_("Measuring the devices")):
            return await measure(engine, inventory.names, weights)
    except SiappError as error:
        report.problem(error.message, **error.values)
        return []


def _say_devices(report: Report, wish: str, inventory: Inventory, measurements: list[Measurement]) -> None:
    say = report.say
    titles = (
        _("Device"),
        _("Name"),
        _("Computes in"),
        _("Frames/s"),
        _("Ready after"),
        _("Differs by"),
        _("For tasks"),
    )
    table = Table(*map(say, titles))
    measured = {each.name: each for each in measurements}
    chosen = choose(wish, inventory, measurements) if measurements or wish != AUTO else None
    for device in inventory.accelerators:
        figures = measured.get(device.name)
        title = f"{device.title} ({device.driver})" if device.driver else device.title
        verdict = say(_verdict(device.name, wish, chosen, figures))
        table.add_row(device.name, title, *_figures(report, figures), verdict)
        if figures and figures.problem:
            why = say(figures.problem.message, **dict(figures.problem.values))
            report.problem(_("{device} can't be used: {why}"), device=device.name, why=why)
        elif figures and not figures.agrees:
            report.problem(
                _("{device} does not give the processor's answers: its driver may be broken. It is not used."),
                device=device.name,
            )
    report.table(table)
    if wish != AUTO and inventory.find(wish) is None:
        report.problem(
            _("SIAPP_INFERENCE_DEVICE asks for {wish}, which is not here: the processor is used. There is: {names}."),
            wish=wish,
            names=", ".join(inventory.names),
        )


def _figures(report: Report, figures: Measurement | None) -> tuple[str, ...]:
    if figures is None or figures.problem:
        return ("", "", "", "")
    return (
        figures.precision,
        f"{figures.fps:.1f}",
        f"{figures.compile_s:.1f} s",
        report.say(_("{score}, {box} px"), score=f"{figures.score_error:.3f}", box=f"{figures.box_error:.1f}"),
    )


def _verdict(name: str, wish: str, chosen: str | None, figures: Measurement | None) -> str:
    if chosen is None:
        return _("not measured")
    if name == chosen:
        return _("chosen")
    if wish != AUTO:
        return _("not asked for")
    if figures is None or figures.problem:
        return _("fails")
    return _("slower") if figures.agrees else _("wrong answers")
