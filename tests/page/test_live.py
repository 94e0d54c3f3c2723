"""The live wall: pictures, boxes, ages, and who streams when."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect

from siapp.core.boxstyle import line_width, place_plates
from siapp.core.domain import Task
from siapp.core.settings import Settings
from siapp.net.server import Server
from tests.e2e.support import task_key, until
from tests.net.nginx import free_port
from tests.page.conftest import SEEN, OpenPage, PageSite, sign_in

PICTURE = 640, 360
BY_CHANCE = 20  # pixels of the picture itself that may have a class's colour; one box has hundreds

Look = Callable[[Page], Awaitable[None]]


def _scene(chance: random.Random) -> dict[str, Any]:
    boxes = []
    for _box in range(chance.randrange(1, 80)):
        x1, y1 = chance.uniform(-20, 620), chance.uniform(-20, 340)
        boxes.append([x1, y1, x1 + chance.uniform(1, 200), y1 + chance.uniform(1, 160)])
    texts = [[chance.randrange(20, 120), chance.randrange(10, 20)] for _box in boxes]
    return {"boxes": boxes, "texts": texts, "scale": chance.choice([0.8, 1, 1.25, 2.5])}


async def test_labels_stand_where_the_station_would_put_them(open_page: OpenPage) -> None:
    scenes = [_scene(random.Random(seed)) for seed in range(40)]
    page = await open_page(None)
    placed = await page.evaluate(
        """async ({ scenes, picture }) => {
          const { lineWidth, placePlates } = await import("/page/live/plates.js");
          return scenes.map(({ boxes, texts, scale }) =>
            ({ plates: placePlates(boxes, picture, texts, scale), line: lineWidth(scale) }));
        }""",
        {"scenes": scenes, "picture": PICTURE},
    )
    for scene, found in zip(scenes, placed, strict=True):
        expected = place_plates(scene["boxes"], PICTURE, scene["texts"], scene["scale"])
        assert [tuple(plate) for plate in found["plates"]] == expected
        assert found["line"] == line_width(scene["scale"])


async def _shown(page: Page, task: Task, **expected: str) -> Locator:
    """The task's tile, once it is as expected: `age`, `format`, `state`."""
    values = "".join(f'[data-{name}="{value}"]' for name, value in expected.items())
    tile = page.locator(f'.tile[data-task="{task.id}"]{values}')
    await expect(tile).to_be_visible()
    return tile


async def _drawn(page: Page, task: Task) -> dict[str, int]:
    """What is seen of a task: how many colours, and how many pixels of boxes and labels."""
    seen = await page.locator(f'.tile[data-task="{task.id}"]').evaluate(SEEN)
    return {"boxes": len(seen["boxes"]), "colours": seen["colours"]}


async def test_h264_or_jpeg_is_seen_with_its_boxes_and_is_of_this_moment(
    open_page: OpenPage, running: Task, no_serious_findings: Look
) -> None:
    page = await open_page("vera")
    for wish, format_ in (("auto", "h264"), ("jpeg", "jpeg")):
        await page.get_by_label("Video as").select_option(wish)
        tile = await _shown(page, running, age="fresh", format=format_)
        # Less than a second from the camera's frame to the screen.
        await expect(tile.locator("figcaption")).to_contain_text(re.compile(r"\d\.\d fps\d{1,3} ms"))
        await expect(tile.locator("figcaption")).to_contain_text(re.compile(r"[1-9] obj\."))
        seen = await _drawn(page, running)
        assert seen["boxes"] > 100 and seen["colours"] > 20, seen

    tile = await _shown(page, running, age="fresh")
    await tile.hover()
    async with page.expect_download() as saving:
        await tile.get_by_role("button", name="Save a snapshot").click()
    assert re.fullmatch(r"Gate people [\d-]{10} [\d-]{8}\.\d{3}\.png", (await saving.value).suggested_filename)
    await tile.get_by_role("button", name="Hide boxes").click()
    assert (await _drawn(page, running))["boxes"] < BY_CHANCE
    await expect(tile.get_by_role("button", name="Stop task")).to_be_hidden()
    await no_serious_findings(page)


async def test_jpeg_is_seen_where_the_browser_decodes_no_bytes(open_page: OpenPage, running: Task) -> None:
    """As on a page over plain http that comes from elsewhere."""
    page = await open_page(None)
    await page.add_init_script("delete window.ImageDecoder")
    await page.reload()
    await sign_in(page, "vera")
    await page.get_by_label("Video as").select_option("jpeg")
    await _shown(page, running, age="fresh", format="jpeg")
    seen = await _drawn(page, running)
    assert seen["boxes"] > 100 and seen["colours"] > 20, seen


async def test_what_nobody_can_see_does_not_stream(open_page: OpenPage, site: PageSite, running: Task) -> None:
    page = await open_page("vera")
    await _shown(page, running, age="fresh")

    def viewers() -> int:
        return site.station.hub.viewers(task_key(running))

    assert viewers() == 1
    await page.evaluate("document.querySelector('.tile').style.translate = '0 3000px'")
    await until(lambda: viewers() == 0)
    await page.evaluate("document.querySelector('.tile').style.translate = ''")
    await until(lambda: viewers() == 1)
    await _shown(page, running, age="fresh")
    await page.evaluate(_HIDE, "hidden")
    await until(lambda: viewers() == 0)
    await page.evaluate(_HIDE, "visible")
    # Not the picture that was there before.
    await expect(page.get_by_text("Waiting for a new picture")).to_be_visible()
    await _shown(page, running, age="fresh")


_HIDE = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Net:
    """Between page and station: `silent` swallows pictures, `broken` closes what is open and lets nothing in."""

    def __init__(self) -> None:
        self.silent = self.broken = False
        self._open: list[WebSocketRoute] = []

    async def carry(self, socket: WebSocketRoute) -> None:
        if self.broken:
            await socket.close(code=1001)  # left alone it would be open to the page, and silent for long
            return
        self._open.append(socket)
        server = socket.connect_to_server()
        server.on_message(lambda message: None if self.silent else socket.send(message))

    async def breaks(self) -> None:
        self.broken = True
        for socket in self._open:
            await socket.close(code=1001)


async def test_a_picture_that_stands_still_is_old_and_says_so(open_page: OpenPage, running: Task) -> None:
    page, net = await open_page(None), Net()
    await page.route_web_socket(re.compile("/ws/tasks/"), net.carry)
    await page.reload()
    await sign_in(page, "vera")
    await _shown(page, running, age="fresh")
    net.silent = True
    await _shown(page, running, age="stale")
    await expect(page.get_by_text(re.compile(r"STALE \d+ s"))).to_be_visible()
    assert (await _drawn(page, running))["boxes"] < BY_CHANCE
    await net.breaks()
    await expect(page.get_by_text("No connection to the station. Next try in")).to_be_visible()
    net.silent = net.broken = False
    await _shown(page, running, age="fresh")


async def test_a_station_that_restarts_is_seen_again_though_the_token_has_ended_meanwhile(
    browser: Browser, site: PageSite, running: Task, package_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.station.services.accounts, "_lifetime", timedelta(seconds=6))
    settings = package_settings.model_copy(update={"port": free_port()})
    server = Server(site.services, settings)
    opener = OpenPage(browser, await server.start(), "restart")
    opener.expect_complaint("ERR_CONNECTION_REFUSED|status of 401")
    try:
        page = await opener("vera")
        await _shown(page, running, age="fresh")
        before = await page.evaluate(TOKEN)
        await server.stop()
        await _shown(page, running, age="stale")
        await expect(page.get_by_text("No connection to the station. Next try in")).to_be_visible()
        await asyncio.sleep(6)  # as long as the token lives
        server = Server(site.services, settings)
        await server.start()
        await _shown(page, running, age="fresh")
        assert await page.evaluate(TOKEN) != before
        faults = await opener.end()
        assert not faults, faults
    finally:
        await server.stop()


TOKEN = "JSON.parse(sessionStorage.getItem('session')).access_token"


async def test_a_kiosk_is_the_wall_alone(open_page: OpenPage, running: Task) -> None:
    page = await open_page("vera", f"/?wall=1x1&tasks={running.id},4711")
    await _shown(page, running, age="fresh")
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await expect(page.get_by_text("There is no task with the number 4711.")).to_be_visible()
    box = await page.locator(".tile").bounding_box()
    assert box is not None and box["width"] > 1260
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("navigation")).to_be_visible()
