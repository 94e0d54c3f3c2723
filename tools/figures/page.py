"""What the web page costs: its first load over the wire and in time, and a wall of nine tiles in a browser.

Server and browser are real; pictures of nine drawn streets come through the hub, ten a second each and as large as the
page asks for, so that what is measured is the browser and not whether this machine can analyse nine cameras beside it.
Chromium runs without a screen and without a GPU, which is the dear way to paint. Nothing is connected to it while its
wall is measured: to be told of every message would cost it a tenth of a core.
"""

import asyncio
import secrets
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from siapp.app import Station
from siapp.core.domain import Actor, DetectedObject, Picture, Role, StreamKey, VideoFormat, VideoPicture
from siapp.core.settings import load_settings
from siapp.net.server import Server
from tests.net.browser import CHROMIUM, FLAGS, becomes_true, chromium
from tests.net.nginx import free_port
from tools.figures.wall import running_tasks

if TYPE_CHECKING:
    from siapp.core.video.live_encoder import LiveEncoder

TILES = 9
FPS = 10
WIDTH, HEIGHT = 560, 314  # what the page asks for where nine tiles fill SCREEN
FRAMES = 60
KEY_EVERY = 40
SCREEN = {"width": 1920, "height": 1080}
WINDOW = "1920,1223"  # as much page as on SCREEN: the rest is the window's own
LOADS = 5
SETTLE_S = 5.0
MEASURE_S = 20.0
SEEN = """(() => {
  const watch = (name, selector) => {
    const look = () => document.querySelector(selector) && (window[name] ??= performance.now());
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  };
  watch("formAt", "input[name=username]");
  watch("wallAt", ".tile");
})()"""

# Of one tile, as somebody sees it.
TELL = """(() => {
  const tile = document.querySelector(".tile");
  const { width, height } = tile.querySelector("canvas");
  return `shown as ${width}x${height}: ${tile.querySelector("figcaption").innerText.split("\\n").join(", ")}`;
})()"""


def page() -> None:
    asyncio.run(_measure())


async def _measure() -> None:
    password = secrets.token_urlsafe(16)
    async with _station(password) as (server, address, keys, station):
        with _streets(station, keys) as wanted:
            async with chromium() as browser:
                await _first_load(browser, address)
                wanted.video = True
                await _loaded_anew(browser, address, password)
            await _wall(server, address, password, wanted)


@asynccontextmanager
async def _station(password: str) -> AsyncIterator[tuple[Server, str, list[StreamKey], Station]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder), port=0)
        async with Station(settings) as station:
            await station.services.accounts.add_user("figures", password, Role.ADMIN)
            keys = await running_tasks(station, Actor(1, "figures", Role.ADMIN), TILES)
            server = Server(station.services, settings)
            try:
                yield server, await server.start(), keys, station
            finally:
                await server.stop()


# ---- pictures ------------------------------------------------------------------------------------------------


@contextmanager
def _streets(station: Station, keys: list[StreamKey]) -> Iterator["Wanted"]:
    """Pictures for all of them in turns, until the block ends: JPEG and H.264 of each, as a worker makes them."""
    from siapp.core.video.live_encoder import LiveEncoder
    from siapp.core.video.pictures import to_jpeg
    from tools.demo.scene import Scene

    scene = Scene(WIDTH, HEIGHT, 3)
    frames = [scene.frame(number) for number in range(FRAMES)]
    jpegs = [to_jpeg(pixels) for pixels, _truth in frames]
    streets = [Street(key, LiveEncoder(WIDTH, HEIGHT), number * 7) for number, key in enumerate(keys)]
    wanted = Wanted()
    loop, over, began = asyncio.get_running_loop(), threading.Event(), time.monotonic()

    def feed() -> None:
        number = 0
        while not over.wait(max(0.0, began + number / (FPS * len(keys)) - time.monotonic())):
            street = streets[number % len(keys)]
            place = (street.seq + street.shift) % FRAMES
            picture = street.next(frames[place][0], jpegs[place], time.monotonic() - began, wanted.video)
            loop.call_soon_threadsafe(station.hub.deliver, street.key, picture)
            number += 1

    thread = threading.Thread(target=feed, name="cameras")
    thread.start()
    try:
        yield wanted
    finally:
        over.set()
        thread.join()


@dataclass
class Wanted:
    """`video`: encode H.264, too, as is done while somebody watches it."""

    video: bool = False


@dataclass
class Street:
    """One task's pictures. `shift`: by how many frames it is ahead of the first one."""

    key: StreamKey
    encoder: "LiveEncoder"
    shift: int
    seq: int = 0
    format: VideoFormat = field(init=False)

    def __post_init__(self) -> None:
        self.format = VideoFormat(self.encoder.codec, WIDTH, HEIGHT, self.encoder.init)

    def next(self, pixels: Any, jpeg: bytes, time_s: float, as_video: bool) -> Picture:
        self.seq += 1
        video = None
        if as_video:
            made = self.encoder.encode(pixels, self.seq, time_s, key=self.seq % KEY_EVERY == 0)
            video = VideoPicture(self.format, made.number, made.time_s, made.is_key, made.segment)
        return Picture(
            seq=self.seq,
            width=WIDTH,
            height=HEIGHT,
            captured_at=datetime.now(UTC),
            captured_monotonic=time.monotonic(),
            latency_ms=0.0,
            objects=tuple(_object(number, self.seq) for number in range(6)),
            jpeg_clean=jpeg,
            video=video,
        )


def _object(number: int, seq: int) -> DetectedObject:
    left, top = (number * 97 + seq * (number + 1)) % (WIDTH - 90), (number * 53 + seq) % (HEIGHT - 120)
    return DetectedObject(
        number, "car" if number % 2 else "person", 0.5 + number / 20, (left, top, left + 80, top + 110)
    )


# ---- the first load ------------------------------------------------------------------------------------------


async def _first_load(browser: Browser, address: str) -> None:
    """Each in a context of its own, which has nothing in its cache."""
    forms = list[float]()
    size = count = 0
    for _load in range(LOADS):
        async with _fresh(browser) as shown:
            wire = await _wire(shown)
            await shown.goto(address)
            await becomes_true(shown, "window.formAt")
            await shown.wait_for_load_state("networkidle")
            forms.append(await shown.evaluate("window.formAt"))
            size, count = sum(wire), len(wire)
    print(
        f"first load: {size / 1000:.0f} kB over the wire in {count} requests; the form is there after {_words(forms)}"
    )


async def _loaded_anew(browser: Browser, address: str, password: str) -> None:
    walls = list[float]()
    for _load in range(LOADS):
        async with _fresh(browser) as shown:
            await shown.goto(address)
            await _sign_in(shown, password)
            await shown.reload()
            await becomes_true(shown, "window.wallAt")
            walls.append(await shown.evaluate("window.wallAt"))
    print(f"loaded anew by who is signed in: the wall after {_words(walls)}")


@asynccontextmanager
async def _fresh(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport=SCREEN)  # type: ignore[arg-type]
    shown = await context.new_page()
    await shown.add_init_script(SEEN)
    yield shown
    await context.close()


async def _wire(shown: Page) -> list[int]:
    """Grows by the bytes of each answer as it travelled, heads and all."""
    sizes = list[int]()
    session = await shown.context.new_cdp_session(shown)
    await session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    return sizes


async def _sign_in(shown: Page, password: str) -> None:
    await shown.locator("input[name=username]").fill("figures")
    await shown.locator("input[name=password]").fill(password)
    await shown.locator("input[name=password]").press("Enter")
    await shown.locator(".tile").first.wait_for()


# ---- the wall ------------------------------------------------------------------------------------------------


async def _wall(server: Server, address: str, password: str, wanted: Wanted) -> None:
    rates = dict[str, float]()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _chromium_alone(Path(folder)) as port:
        async with _connected(port) as shown:
            await shown.goto(address)
            await _sign_in(shown, password)
        for kind in ("jpeg", "h264"):
            wanted.video = kind == "h264"
            async with _connected(port) as shown:
                await shown.get_by_label("Video as").select_option(kind)
                await _all_fresh(shown, kind)
            await asyncio.sleep(SETTLE_S)
            rates[kind] = await _watched(server, kind)
            async with _connected(port) as shown:
                await _all_fresh(shown, kind)
                print(f"      {await shown.evaluate(TELL)}")
    print(f"H.264 takes a {rates['jpeg'] / rates['h264']:.1f}th of JPEG's bytes")


@contextmanager
def _chromium_alone(folder: Path) -> Iterator[int]:
    """The port where it can be spoken to."""
    port = free_port()
    command = [CHROMIUM, *FLAGS, "--headless", f"--remote-debugging-port={port}", f"--user-data-dir={folder}"]
    process = subprocess.Popen([*command, f"--window-size={WINDOW}", "--lang=en-GB"], stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        async with asyncio.timeout(30):
            while True:
                try:
                    browser = await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
                    break
                except PlaywrightError:
                    await asyncio.sleep(0.2)  # it is about to start
        yield browser.contexts[0].pages[0]


async def _all_fresh(shown: Page, kind: str) -> None:
    tiles = f".tile[data-format={kind}][data-age=fresh]"
    await becomes_true(shown, f"document.querySelectorAll({tiles!r}).length === {TILES}")


async def _watched(server: Server, kind: str) -> float:
    """Bytes of a tile in a second."""
    before, cpu = _sent(server), _cpu()
    began = time.monotonic()
    await asyncio.sleep(MEASURE_S)
    seconds = time.monotonic() - began
    used, (sent, pictures) = _cpu(), (now - then for now, then in zip(_sent(server), before, strict=True))
    share = {name: (used[name] - cpu.get(name, 0)) / seconds for name in used}
    rate = sent / seconds / TILES
    parts = ", ".join(f"{name} {value * 100:.0f} %" for name, value in sorted(share.items()) if value > 0.005)
    print(f"{kind}: {TILES} tiles, each {pictures / seconds / TILES:.1f} pictures/s and {rate / 1000:.1f} kB/s")
    print(f"      browser {sum(share.values()) * 100:.0f} % of a core ({parts})")
    return rate


def _sent(server: Server) -> tuple[int, int]:
    """Bytes and pictures that went to tiles so far."""
    tiles = [each for each in server.connections() if each.object_id is not None]
    return sum(each.sent_bytes for each in tiles), sum(each.pictures for each in tiles)


def _cpu() -> dict[str, float]:
    """Seconds of processor time of all Chromium's processes, by what they are."""
    spent = dict[str, float]()
    for process in psutil.Process().children(recursive=True):
        if "chrom" not in process.name():
            continue
        kinds = [word.partition("=")[2] for word in process.cmdline() if word.startswith("--type=")]
        name = kinds[0] if kinds else "browser"
        times = process.cpu_times()
        spent[name] = spent.get(name, 0.0) + times.user + times.system
    return spent


def _words(milliseconds: list[float]) -> str:
    return f"{statistics.median(milliseconds):.0f} ms (at most {max(milliseconds):.0f})"
