"""A newcomer's first day, through the page alone: from the request for an account to the end of it."""

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Page, WebSocket, expect

from siapp.core.domain import Task
from siapp.core.resources import resources
from tests.cameras import ScriptedCamera
from tests.e2e.support import CarClip, until
from tests.net.browser import becomes_true
from tests.page.conftest import PASSWORD, SEEN, OpenPage, PageSite

WEIGHTS = resources() / "demo" / "demo.pt"
LONG_MS = 60_000  # an import, or a run, where other work has the machine
SOON_MS = 10_000  # it must have ended everywhere within 5 s, and the machine may be busy


async def test_the_first_day(open_page: OpenPage, site: PageSite, car: CarClip, video: Path) -> None:
    open_page.expect_complaint("status of 401")
    admin = await open_page("ada", "/#/users")
    page = await open_page(None)
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))  # Playwright marks what it calls
    await _comes_in(page, admin)
    with ScriptedCamera(car.clip) as camera:
        await _sets_up(page, camera)
        (task,) = [each for each in (await site.services.tasks.page(500, 0)).items if each.name == "First task"]
        try:
            await _watches(page, task, camera)
            await _tries_a_video(page, video)
            assert not all(socket.is_closed() for socket in sockets)
            await _is_put_out(page, admin)
            await until(lambda: all(socket.is_closed() for socket in sockets))
        finally:
            await site.stop(task)


async def _comes_in(page: Page, admin: Page) -> None:
    await page.get_by_role("button", name="Ask for an account").click()
    await page.get_by_label("User name").fill("otto")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password again").fill(PASSWORD)
    await page.get_by_role("button", name="Send request").click()
    await expect(page.get_by_role("heading", name="Waiting for review")).to_be_visible()
    await admin.get_by_role("button", name="otto", exact=True).click()
    await admin.get_by_label("Role").select_option("operator")
    await admin.get_by_role("button", name="Approve", exact=True).last.click()
    await expect(admin.locator(".toast").get_by_text("“otto” is approved as Operator.")).to_be_visible()
    await page.get_by_role("button", name="Try now").click()
    await expect(page.get_by_role("heading", name="Live wall")).to_be_visible()


async def _sets_up(page: Page, camera: ScriptedCamera) -> None:
    """A camera, an algorithm, and a task of both, which starts."""
    sheet = page.locator("aside.sheet")
    await page.get_by_role("link", name="Devices").click()
    await page.get_by_role("button", name="Add camera").first.click()
    await sheet.get_by_label("Name").fill("First camera")
    await sheet.get_by_label("Address").fill(camera.url)
    await sheet.get_by_label("Address").press("Enter")
    await expect(page.locator(".toast").get_by_text("The camera “First camera” is saved.")).to_be_visible()

    await page.get_by_role("link", name="Algorithms").click()
    await page.get_by_role("button", name="Upload algorithm").first.click()
    async with page.expect_file_chooser() as chosen:
        await sheet.get_by_role("button", name="Choose files").click()
    await (await chosen.value).set_files(WEIGHTS)
    await sheet.get_by_label("Name").fill("First algorithm")
    await sheet.get_by_role("button", name="Upload", exact=True).click()
    card = page.get_by_role("article", name="First algorithm")
    await expect(card.get_by_text("Active", exact=True)).to_be_visible(timeout=LONG_MS)

    await page.get_by_role("link", name="Tasks").click()
    await page.get_by_role("button", name="New task").first.click()
    await sheet.get_by_label("First camera").check()
    await sheet.get_by_label("Algorithm", exact=True).select_option("First algorithm")
    await sheet.get_by_label("Name").fill("First task")
    await sheet.get_by_role("button", name="Create task").click()
    await expect(page.get_by_role("row").filter(has_text="First task")).to_contain_text("Running", timeout=LONG_MS)


async def _watches(page: Page, task: Task, camera: ScriptedCamera) -> None:
    """The car moves, and its box with it; a camera that is away is not shown as if it were there."""
    await page.get_by_role("link", name="Live").click()
    tile = page.locator(f'.tile[data-task="{task.id}"]')
    await expect(tile).to_have_attribute("data-age", "fresh")
    before = await _boxes(tile)
    assert await _boxes(tile, other_than=before)
    await asyncio.to_thread(camera.stop)
    await expect(tile).to_have_attribute("data-state", "reconnecting")
    await expect(tile.locator("strong")).to_have_text("Reconnecting")
    await expect(tile).not_to_have_attribute("data-age", "fresh")
    await asyncio.to_thread(camera.come_back)
    await expect(tile).to_have_attribute("data-age", "fresh", timeout=LONG_MS)
    assert await _boxes(tile)


async def _boxes(tile: Locator, other_than: list[int] | None = None) -> list[int]:
    """Which pixels boxes and labels cover, once there are some, and elsewhere."""
    async with asyncio.timeout(LONG_MS / 1000):
        while len(found := (await tile.evaluate(SEEN))["boxes"]) < 100 or found == other_than:
            await asyncio.sleep(0.1)
    return list(found)


async def _tries_a_video(page: Page, video: Path) -> None:
    await page.get_by_role("link", name="Tests").click()
    await page.get_by_role("button", name="New test").first.click()
    form = page.get_by_role("dialog", name="New test")
    await form.locator("input[type=file]").set_input_files(video)
    await form.get_by_label("Name").fill("First test")
    await form.get_by_label("Algorithm", exact=True).select_option("First algorithm")
    await form.get_by_role("button", name="Add test").click()
    details = page.get_by_role("dialog", name="First test")
    await expect(details.get_by_text("Completed")).to_be_visible(timeout=LONG_MS)
    await expect(details.get_by_role("button", name="Play")).to_be_enabled()
    await page.keyboard.press("Space")
    await becomes_true(page, "document.querySelector('video').currentTime > 0.2")
    await page.keyboard.press("Space")
    await page.evaluate("document.querySelector('video').currentTime = 1.01")
    await expect(details.get_by_text("Frame 15 of 32")).to_be_visible()


async def _is_put_out(page: Page, admin: Page) -> None:
    await page.get_by_role("link", name="Live").click()
    await expect(page.locator('.tile[data-age="fresh"]').first).to_be_visible()
    await admin.get_by_role("button", name="otto", exact=True).click()
    await admin.get_by_role("button", name="Disable", exact=True).last.click()
    ended = page.get_by_text("Your session has ended. Please sign in again.")
    await expect(ended).to_be_visible(timeout=SOON_MS)
