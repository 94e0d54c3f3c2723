"""Pictures of the web page: `python -m tools.screenshots --page`.

The same control room as the window's pictures, seen by its administrator in Chromium: at a desk, on a phone, as a
kiosk.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page

from siapp.app import Station
from siapp.core.i18n import Language
from siapp.core.resources import resources
from siapp.core.settings import load_settings
from siapp.net.server import Server
from tests.net.browser import becomes_true, chromium
from tools.screenshots.pictures import smaller
from tools.screenshots.room import PASSWORD, Room

DESK, PHONE = {"width": 1280, "height": 720}, {"width": 360, "height": 740}
THEMES = ("dark", "light")
LOCALES = {Language(name): locale for name, locale in (("en", "en-GB"), ("zh", "zh-CN"))}
SETTLE_MS = 2500
COLOURS = 80  # there are thirty pictures, and streets in many of them
TOKENS = json.loads((resources() / "theme" / "tokens.json").read_text(encoding="utf-8"))


async def nothing(_page: Page, _room: Room) -> None: ...


async def first_row(page: Page, _room: Room) -> None:
    """With the details of the first one beside the table."""
    await page.locator("tbody tr button").first.click()


async def good_test(page: Page, room: Room) -> None:
    await page.get_by_role("button", name=room.good_test.name).first.click()


@dataclass(frozen=True, slots=True)
class Scene:
    """`phone`: also on one, in each language and one theme; `everywhere`: not only in the first language and theme."""

    name: str
    path: str
    lead: Callable[[Page, Room], Awaitable[None]] = nothing
    phone: bool = False
    everywhere: bool = True


SCENES = (
    Scene("live", "/#/live", phone=True),
    Scene("devices", "/#/devices", phone=True),
    Scene("algorithms", "/#/algorithms"),
    Scene("tasks", "/#/tasks", first_row),
    Scene("tests", "/#/tests", good_test, phone=True),
    Scene("users", "/#/users"),
    Scene("audit", "/#/audit"),
    Scene("kiosk", "/?wall=2x2", everywhere=False),
)


async def take(out: Path, only: set[str], clips: Path) -> None:
    scenes = [scene for scene in SCENES if not only or scene.name in only]
    async with chromium() as browser:
        for language in Language:
            with tempfile.TemporaryDirectory(prefix="siapp-room-") as folder:
                await _language(browser, language, scenes, clips, Path(folder), out)


async def _language(
    browser: Browser, language: Language, scenes: list[Scene], clips: Path, folder: Path, out: Path
) -> None:
    given = {"database_url": None, "inference_device": "cpu", "port": 0}
    settings = load_settings(data_dir=folder).model_copy(update=given)
    async with Station(settings) as station:
        room = Room(station, language, clips)
        await room.furnish()
        await room.come_alive()
        server = Server(station.services, settings)
        try:
            address = await server.start()
            for theme in THEMES:
                await _seen(browser, room, address, theme, DESK, scenes, out)
            phone = THEMES[list(Language).index(language) % 2]
            await _seen(browser, room, address, phone, PHONE, [scene for scene in scenes if scene.phone], out)
        finally:
            await server.stop()


async def _seen(
    browser: Browser, room: Room, address: str, theme: str, size: dict[str, int], scenes: list[Scene], out: Path
) -> None:
    """Each scene as one person sees it, in this theme and on a screen of this size."""
    context = await browser.new_context(viewport=size, locale=LOCALES[room.language])
    await context.add_init_script(f"localStorage['siapp.theme'] = JSON.stringify('{theme}')")
    page = await context.new_page()
    await page.goto(address)
    await page.locator("input[name=username]").fill(room.names.admin)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("input[name=password]").press("Enter")
    await becomes_true(page, "!document.querySelector('input[name=password]')")
    where = "phone." if size is PHONE else ""
    for scene in scenes:
        if not scene.everywhere and (room.language, theme) != (next(iter(Language)), THEMES[0]):
            continue
        await page.goto(f"{address}{scene.path}")
        await page.wait_for_timeout(SETTLE_MS)
        await scene.lead(page, room)
        await page.mouse.move(size["width"] - 1, size["height"] // 2)  # what is under the mouse looks otherwise
        await page.wait_for_timeout(SETTLE_MS)
        path = out / f"{scene.name}.{where}{room.language}.{theme}.png"
        path.write_bytes(smaller(await page.screenshot(), tuple(TOKENS[theme].values()), COLOURS))
        print(path.name, f"{path.stat().st_size / 1000:.0f} kB", flush=True)
    await context.close()
