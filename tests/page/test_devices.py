"""The page Devices: cameras are added, checked, looked at, edited, deleted; lists of them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from siapp.core.domain import Task
from tests.cameras import ScriptedCamera
from tests.e2e.support import OLGA, CarClip
from tests.page.conftest import OpenPage, PageSite

Look = Callable[..., Awaitable[None]]
NOBODY = "rtsp://127.0.0.1:9/live"  # nothing listens there


def sheet(page: Page) -> Locator:
    return page.locator("aside.sheet")


def row(page: Page, name: str) -> Locator:
    """Its button says the address, too; other tests' cameras are called "Back yard" and the like."""
    return page.locator("tbody tr").filter(has=page.get_by_role("button", name=re.compile(f"^{re.escape(name)} ")))


@pytest.fixture
def mine(car: CarClip) -> Iterator[ScriptedCamera]:
    """A camera that a test may break."""
    with ScriptedCamera(car.clip) as running:
        yield running


async def test_a_camera_is_added_checked_looked_at_edited_and_deleted(
    open_page: OpenPage, site: PageSite, mine: ScriptedCamera, no_serious_findings: Look
) -> None:
    await site.camera(mine.url, "Taken")
    open_page.expect_complaint("status of 409")
    page = await open_page("olga", "/#/devices")
    await page.get_by_role("button", name="Add camera").first.click()
    form = sheet(page)
    await form.get_by_label("Name").fill("Taken")
    await form.get_by_label("Address").fill(mine.url)
    await form.get_by_role("button", name="Check connection").click()
    await expect(form.get_by_text("h264 · 640 × 352")).to_be_visible()
    await no_serious_findings(page)
    await form.get_by_role("button", name="Save", exact=True).click()
    await expect(form.locator(".field", has_text="Name").get_by_role("alert")).to_contain_text("is taken")
    await form.get_by_label("Name").fill("Goods entrance")
    await form.get_by_label("Name").press("Enter")
    await expect(page.locator(".toast", has_text="The camera “Goods entrance” is saved.")).to_be_visible()

    await row(page, "Goods entrance").get_by_role("button").press("Enter")
    await expect(sheet(page).locator(".camera-preview")).to_have_attribute("data-age", "fresh")
    await expect(sheet(page).get_by_text("Online")).to_be_visible()
    await no_serious_findings(page)
    await asyncio.to_thread(mine.stop)
    await expect(sheet(page).locator(".camera-preview")).to_have_attribute("data-age", "stale")
    await expect(sheet(page).locator(".camera-preview strong")).to_have_text(re.compile(r"STALE \d+ s"))
    await expect(sheet(page).locator(".part .state")).to_have_text("Reconnecting")
    await sheet(page).get_by_role("button", name="Edit").click()
    await form.get_by_label("Address").fill(NOBODY)
    await form.get_by_role("button", name="Save", exact=True).click()
    await expect(form.get_by_text("Connection refused")).to_be_visible()
    await form.get_by_role("button", name="Save anyway").click()
    await expect(row(page, "Goods entrance")).to_contain_text(NOBODY)

    await row(page, "Goods entrance").get_by_role("checkbox").check()
    await row(page, "Taken").get_by_role("checkbox").check()
    await page.get_by_role("button", name="Delete", exact=True).click()
    question = page.get_by_role("dialog", name="Delete 2 cameras?")
    await expect(question).to_contain_text("Goods entrance")
    await question.get_by_role("button", name="Delete cameras").click()
    await expect(row(page, "Goods entrance")).to_have_count(0)
    await expect(row(page, "Taken")).to_have_count(0)


async def test_chosen_cameras_are_checked_and_what_a_task_uses_is_not_deleted(
    open_page: OpenPage, site: PageSite, running: Task
) -> None:
    gone = await site.camera(NOBODY, "Gone")
    page = await open_page("olga", "/#/devices")
    used = row(page, running.device.name)
    await expect(used).to_contain_text("since ")
    for each in (used, row(page, "Gone")):
        await each.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Check", exact=True).click()
    await expect(sheet(page).get_by_text("Cameras that answer: 1 of 2.")).to_be_visible()
    await expect(sheet(page).get_by_text("Connection refused")).to_be_visible()
    await page.get_by_role("button", name="Delete", exact=True).click()
    question = page.get_by_role("dialog", name="Delete the camera “Gone”?")
    await expect(question).to_contain_text(f"{running.device.name}: {running.name}")
    await question.get_by_role("button", name="Delete camera").click()
    await expect(row(page, "Gone")).to_have_count(0)
    await expect(used).to_be_visible()
    assert gone.id not in [each.id for each in (await site.services.devices.page()).items]


async def test_a_list_is_looked_at_then_added_and_written_again(
    open_page: OpenPage, site: PageSite, tmp_path: Path
) -> None:
    there = await site.camera(NOBODY, "Listed 1")
    listed = tmp_path / "cameras.csv"
    listed.write_text(
        f'name;address\nListed 1;{NOBODY}\n"Listed ""2""";rtsp://olga:secret@127.0.0.1:9/two\nListed 3;nonsense\n',
        encoding="gb18030",
    )
    page = await open_page("olga", "/#/devices")
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="Import").click()
    await (await chosen.value).set_files(listed)
    await expect(sheet(page).get_by_text("Can be added: 1. Can't: 2; the table says why.")).to_be_visible()
    await expect(sheet(page).locator("tbody")).not_to_contain_text("secret")
    await sheet(page).get_by_role("button", name="Add cameras").click()
    await expect(row(page, 'Listed "2"')).to_contain_text("rtsp://***:***@127.0.0.1:9/two")
    async with page.expect_download() as written:
        await page.get_by_role("button", name="Export").click()
    path = await (await written.value).path()
    assert '"Listed ""2""",rtsp://***:***@127.0.0.1:9/two,idle\r\n' in path.read_bytes().decode("utf-8-sig")
    for each in (await site.services.devices.page()).items:
        if each.id == there.id or each.name == 'Listed "2"':
            await site.services.devices.delete(OLGA, each.id)


async def test_a_viewer_only_looks_also_on_a_phone(
    open_page: OpenPage, running: Task, no_serious_findings: Look
) -> None:
    page = await open_page("vera", f"/#/devices/{running.device.id}", width=360, height=740)
    await expect(sheet(page).locator(".camera-preview")).to_have_attribute("data-age", "fresh")
    await expect(sheet(page).get_by_role("link", name=running.name)).to_be_visible()
    await expect(sheet(page).get_by_role("button")).to_have_count(1)
    await no_serious_findings(page)
    await page.keyboard.press("Escape")
    await expect(sheet(page)).to_have_count(0)
    await expect(row(page, running.device.name).get_by_role("checkbox")).to_have_count(0)
    await expect(page.locator("main").get_by_role("button", name="Add camera")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
