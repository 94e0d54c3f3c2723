"""The page in a real browser: a whole siapp with real workers and a real camera, and Debian's Chromium.

One station, one browser and one camera serve all tests of this folder, so a test makes what it changes under names of
its own, and leaves nothing running. All of it and the tests run on one loop, which tests need not say: they are plain
`async def`s.

    async def test_a_camera_is_added(open_page: OpenPage, site: PageSite, camera: ScriptedCamera) -> None:
        page = await open_page("olga", "/#/devices")
        await page.get_by_role("button", name="Add camera").click()
        ...
        await expect(page.get_by_text("Yard")).to_be_visible()

`open_page(who, path)`
    A page in a browser context of its own, signed in through the form; `who` is "ada" (administrator), "olga"
    (operator), "vera" (viewer), or None for the form itself. `language="zh"`, `theme="light"`, `width=`, `height=`, and
    whatever else Playwright's `new_context` takes. A line of the browser's console at level warning or error, an
    exception, a violation of the CSP, and a request to another origin fail the test at its end. Chromium says a line
    for each answer that is no success: `open_page.expect_complaint("status of 409")` says beforehand that it is meant.
`site`
    What `tests/e2e/support.Site` has, with the station behind it (`site.services`), its `address`, and `PASSWORD`.
`camera`
    Plays a car in a loop at 10 pictures/s, 640x352, and breaks on demand (`camera.stop()`, `camera.come_back()`: in
    `asyncio.to_thread`). A test that breaks it makes its own: `with ScriptedCamera(car.clip) as mine`.
`running`
    The task "Gate people" on `camera`, which runs from the first test that asks for it to the last: don't stop it.
`video`
    The demo's first 32 frames.
`no_serious_findings(page)`
    Fails with axe-core's serious and critical findings.

`tests.net.browser.becomes_true(page, "an expression")`
    Instead of Playwright's wait_for_function, which the page's Content-Security-Policy lets fail at its second look.

To see what a test sees: `SIAPP_PAGE_PICTURES=/tmp/pictures pytest tests/page/...` writes NAME-1.png ... of each page at
the end of each test, also of a failed one; `await open_page.picture(page, "a name")` writes one in between. Nothing is
written without the variable.
"""

import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import av
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from siapp.app import Station
from siapp.core.boxstyle import CLASS_COLOURS
from siapp.core.domain import Role, Task, TaskOptions
from siapp.core.resources import resources
from siapp.core.settings import Settings
from siapp.net.server import Server
from tests.cameras import ScriptedCamera
from tests.conftest import settings_in
from tests.e2e.support import CarClip, Site
from tests.leftovers import ErrorLines, Snapshot, once_empty
from tests.net.browser import Visit, chromium
from tests.page.axe import serious_findings

PASSWORD = "a long enough secret"
PEOPLE = {"ada": Role.ADMIN, "olga": Role.OPERATOR, "vera": Role.VIEWER}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
PICTURES = os.environ.get("SIAPP_PAGE_PICTURES", "")
FRAMES = 32  # of the demo's video
PATIENCE_MS = 30_000  # where other work has the machine
# What is seen in a tile: how many colours, and the places of the pixels that have a class's.
SEEN = f"""(tile) => {{
  const style = getComputedStyle(tile);
  const colour = (number) => parseInt(style.getPropertyValue(`--class-${{number}}`).trim().slice(1), 16);
  const classes = new Set(Array.from({{ length: {len(CLASS_COLOURS)} }}, (_, number) => colour(number)));
  const shown = tile.querySelector("canvas");
  const {{ width, height }} = shown;
  const copy = Object.assign(document.createElement("canvas"), {{ width, height }}).getContext("2d");
  copy.drawImage(shown, 0, 0);
  const data = copy.getImageData(0, 0, width, height).data;
  const pixels = Array.from({{ length: data.length / 4 }}, (_, place) =>
    (data[4 * place] << 16) | (data[4 * place + 1] << 8) | data[4 * place + 2]);
  return {{
    colours: new Set(pixels).size,
    boxes: pixels.flatMap((pixel, place) => classes.has(pixel) ? [place] : []),
  }};
}}"""

expect.set_options(timeout=PATIENCE_MS)


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)


class PageSite(Site):
    """A whole station and the address of its page."""

    def __init__(self, station: Station, artefact: Path, imported: dict[str, Any], address: str) -> None:
        super().__init__(station, artefact, imported)
        self.address = address


class OpenPage:
    """Opens pages, and remembers what was wrong with each."""

    def __init__(self, browser: Browser, address: str, name: str) -> None:
        self._browser = browser
        self._address = address
        self._name = name
        self._expected: list[str] = []
        self.visits: list[Visit] = []

    async def __call__(
        self,
        who: str | None = "olga",
        path: str = "/",
        *,
        language: str = "en",
        theme: str = "dark",
        width: int = 1280,
        height: int = 720,
        **options: Any,
    ) -> Page:
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            locale=LOCALES[language],
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(f"localStorage['siapp.theme'] ??= '\"{theme}\"'")
        page = await context.new_page()
        self.visits.append(Visit(page, self._address, expected=self._expected))
        await page.goto(f"{self._address}{path}")
        if who is not None:
            await sign_in(page, who)
        return page

    def expect_complaint(self, pattern: str) -> None:
        self._expected.append(pattern)

    async def picture(self, page: Page, name: str) -> None:
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"{name}.png")

    async def end(self) -> list[str]:
        """Closes all pages and says what was wrong."""
        for number, visit in enumerate(self.visits, 1):
            if not visit.page.is_closed():
                await self.picture(visit.page, f"{self._name}-{number}")
            await visit.page.context.close()
        return [fault for visit in self.visits for fault in visit.faults()]


async def sign_in(page: Page, who: str, password: str = PASSWORD) -> None:
    """Through the form, until it is gone."""
    await page.locator("input[name=username]").fill(who)
    await page.locator("input[name=password]").fill(password)
    await page.locator("input[name=password]").press("Enter")
    await expect(page.locator("input[name=password]")).to_have_count(0)


@pytest.fixture(scope="package")
def nothing_is_left_of_all() -> Iterator[None]:
    """After the last test. Station and browser start threads and processes as they need them, in the midst of tests."""
    before = Snapshot()
    yield
    left = before.left_behind()
    assert not left, f"left behind: {left}"


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest, site: PageSite) -> Iterator[None]:
    """Fails a test that leaves a worker running, or an unexpected ERROR line."""
    known, errors = _workers(site), ErrorLines()
    logging.getLogger().addHandler(errors)
    yield
    logging.getLogger().removeHandler(errors)
    left = once_empty(lambda: sorted(_workers(site) - known))
    if request.node.get_closest_marker("expects_errors") is None:
        left += [f"in the log: {line}" for line in errors.lines]
    assert not left, f"left behind: {left}"


def _workers(site: PageSite) -> set[str]:
    return {child.name for child in site.workers()}


@pytest.fixture(scope="package")
def package_settings(nothing_is_left_of_all: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield settings_in(tmp_path_factory.mktemp("page") / "data", monkeypatch)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def site(package_settings: Settings, artefact: tuple[Path, dict[str, Any]]) -> AsyncIterator[PageSite]:
    async with Station(package_settings) as station:
        for name, role in PEOPLE.items():
            await station.services.accounts.add_user(name, PASSWORD, role)
        server = Server(station.services, package_settings)
        try:
            yield PageSite(station, *artefact, await server.start())
        finally:
            await server.stop()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def camera(car: CarClip) -> Iterator[ScriptedCamera]:
    with ScriptedCamera(car.clip) as running:
        yield running


@pytest.fixture(scope="package")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's first frames: a run of all of it takes longer than this is worth."""
    path = tmp_path_factory.mktemp("video") / "demo.mp4"
    with av.open(str(resources() / "demo" / "demo.mp4")) as whole, av.open(str(path), "w") as part:
        source = whole.streams.video[0]
        stream = part.add_stream_from_template(source)
        for packet in islice(whole.demux(source), FRAMES):
            packet.stream = stream
            part.mux(packet)
    return path


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def running(site: PageSite, camera: ScriptedCamera) -> Task:
    return await site.running(camera.url, "Gate people", TaskOptions(confidence=0.4))


@pytest_asyncio.fixture(loop_scope="package")
async def open_page(browser: Browser, site: PageSite, request: pytest.FixtureRequest) -> AsyncIterator[OpenPage]:
    opener = OpenPage(browser, site.address, request.node.name)
    yield opener
    faults = await opener.end()
    assert not faults, "the page complained:\n" + "\n".join(faults)


@pytest.fixture
def no_serious_findings() -> Callable[..., Any]:
    async def look(page: Page, within: str = "") -> None:
        findings = await serious_findings(page, within)
        assert not findings, "axe found:\n" + "\n".join(findings)

    return look
