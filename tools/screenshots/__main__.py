"""`python -m tools.screenshots [--page] [--out docs/screenshots] [--size 1280x720] [--all] [--only tasks,audit]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from siapp.core.i18n import Language
from siapp.core.settings import load_settings

if TYPE_CHECKING:
    from siapp.ui.desk import ServerInfo
    from tools.screenshots.room import Room

OUT = Path("docs/screenshots")
SIZE = (1280, 720)
ADDRESS = "http://192.168.1.10:8000"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the pictures")
    parser.add_argument("--size", type=_size, default=SIZE, metavar="WIDTHxHEIGHT")
    parser.add_argument("--only", default="", help="names of scenes, with commas between")
    parser.add_argument("--all", action="store_true", help="also those that the README does not show")
    parser.add_argument("--page", action="store_true", help="the web page's pictures in place of the window's")
    options = parser.parse_args()
    if options.page:
        return _page(options)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="siapp-screenshots-") as folder, _display(options.size):
        clips = Path(folder)
        subprocess.run([sys.executable, "-m", "tools.screenshots.clips", folder], check=True, stdout=subprocess.DEVNULL)
        from siapp.ui.application import run

        return run(lambda: _all(options, clips))


def _page(options: argparse.Namespace) -> int:
    out = options.out / "page"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="siapp-screenshots-") as clips:
        subprocess.run([sys.executable, "-m", "tools.screenshots.clips", clips], check=True, stdout=subprocess.DEVNULL)
        from tools.screenshots.page import take

        asyncio.run(take(out, set(filter(None, options.only.split(","))), Path(clips)))
    print(f"{sum(path.stat().st_size for path in out.glob('*.png')) / 1e6:.2f} MB in {out}")
    return 0


async def _all(options: argparse.Namespace, clips: Path) -> int:
    began, faults, total = time.monotonic(), 0, 0
    for language in Language:
        with tempfile.TemporaryDirectory(prefix="siapp-room-") as folder:
            made, failed = await _language(language, options, clips, Path(folder))
            total, faults = total + made, faults + failed
    seconds = time.monotonic() - began
    print(f"{total / 1e6:.2f} MB in {options.out}, {seconds:.0f} s, {faults} scenes failed")
    return 1 if faults else 0


async def _language(language: Language, options: argparse.Namespace, clips: Path, folder: Path) -> tuple[int, int]:
    """Bytes of the pictures in one language, and how many scenes failed."""
    from siapp.app import Station
    from siapp.ui.session import ADDRESS as WINDOW
    from siapp.ui.window import MainWindow
    from tools.screenshots.room import PASSWORD, Room
    from tools.screenshots.scenes import SCENES, Stage

    settings = load_settings(data_dir=folder).model_copy(update={"database_url": None, "inference_device": "cpu"})
    wanted = set(filter(None, options.only.split(",")))
    async with Station(settings) as station:
        room = Room(station, language, clips)
        await room.furnish()
        window = MainWindow(station.services, _server(room), language)
        try:
            window.resize(*options.size)
            window.show()
            window.activateWindow()
            window.desk.session.begin(await station.services.accounts.sign_in(room.names.admin, PASSWORD, WINDOW))
            await room.come_alive()
            stage = Stage(window, room)
            made = failed = 0
            for scene in SCENES:
                if scene.name not in wanted if wanted else not (scene.usual or options.all):
                    continue
                try:
                    async with asyncio.timeout(60):
                        await scene.lead(stage)
                        made += await _take(stage, scene.name, options.out)
                except Exception as error:  # noqa: BLE001 - the others are wanted all the same
                    failed += 1
                    print(f"{scene.name}.{language}: {type(error).__name__}: {error}", file=sys.stderr)
            return made, failed
        finally:
            await window.shut()


async def _take(stage: object, name: str, out: Path) -> int:
    """The scene in both themes."""
    from siapp.ui.theme import Scheme
    from tools.screenshots.pictures import save
    from tools.screenshots.scenes import Stage

    assert isinstance(stage, Stage)
    size, desk = 0, stage.window.desk
    for scheme in Scheme:
        desk.looks.switch(scheme)
        await stage.settle(0.25)
        path = out / f"{name}.{desk.words.language}.{scheme}.png"
        size += await asyncio.to_thread(save, stage.window.grab(), path)
    desk.looks.switch(Scheme.DARK)
    return size


def _server(room: Room) -> ServerInfo:
    """What a server would tell: nothing listens while pictures are taken."""
    from siapp.core.clock import now
    from siapp.core.reach import ServerFacts, SocketInfo, SocketKind
    from siapp.ui.desk import ServerInfo

    since, watched = now() - timedelta(minutes=47), room.tasks["gate"].id
    sockets = (
        SocketInfo(1, room.names.operator, "192.168.1.34", SocketKind.TASK, watched, since, 182_000_000, 21_400),
        SocketInfo(2, room.names.viewer, "192.168.1.57", SocketKind.EVENTS, None, since, 61_000, 0),
    )
    facts = ServerFacts("0.0.0.0", 8000, (ADDRESS,), ("siapp.example",), None)
    return ServerInfo(ADDRESS, lambda: len(sockets), lambda: sockets, lambda: facts)


@contextmanager
def _display(size: tuple[int, int]) -> Iterator[None]:
    """A screen of our own, so that nothing of the desktop gets into the pictures; none where there is no Xvfb."""
    program = shutil.which("Xvfb")
    if program is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        yield
        return
    reader, writer = os.pipe()
    screen = f"{max(size[0], 1280)}x{max(size[1], 800)}x24"
    server = subprocess.Popen(
        [program, "-displayfd", str(writer), "-screen", "0", screen, "-nolisten", "tcp"],
        pass_fds=(writer,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as pipe:
            number = pipe.readline().strip()
        os.environ |= {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "1"}
        yield
    finally:
        server.terminate()
        server.wait()


def _size(text: str) -> tuple[int, int]:
    width, _x, height = text.partition("x")
    return int(width), int(height)


if __name__ == "__main__":
    # What is remembered of the person who takes the pictures stays out of them.
    os.environ["XDG_CONFIG_HOME"] = tempfile.gettempdir()
    sys.exit(main())
