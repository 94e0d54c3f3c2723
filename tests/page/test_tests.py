"""The page Tests: a video is sent, run, played and deleted."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.e2e.support import PATIENCE_S
from tests.page.conftest import OpenPage, PageSite

Look = Callable[..., Awaitable[None]]
NAME = "Tür %2F #?& \"夜\" '1' 🚗"
RUN_MS = 120_000  # where other work has the machine


async def test_a_video_is_sent_run_and_played(
    open_page: OpenPage, site: PageSite, video: Path, no_serious_findings: Look
) -> None:
    open_page.expect_complaint("status of 401")  # of a link that is no good any more
    algorithm = await site.algorithm()
    page = await open_page("olga", f"/#/tests?algorithm={algorithm.id}&new=1")
    form = page.get_by_role("dialog", name="New test")
    await form.locator("input[type=file]").set_input_files(video)
    await expect(form.get_by_label("Name")).to_have_value("demo")
    await form.get_by_label("Name").fill(NAME)
    await no_serious_findings(page)
    await form.get_by_role("button", name="Add test").click()
    details = page.get_by_role("dialog", name=NAME)
    await expect(
        details.get_by_text("The video is there when the run is over.").or_(details.locator("img")).first
    ).to_be_visible()
    await expect(details.get_by_text("Completed")).to_be_visible(timeout=RUN_MS)
    await page.get_by_role("button", name="New test").click(trial=True)  # the bell does not lie over it

    await _plays(page, details)
    await no_serious_findings(page)
    await details.get_by_role("tab", name="Facts").click()
    await expect(details.get_by_role("meter", name="car")).to_be_visible()
    await details.get_by_role("tab", name="Log").click()
    await expect(details.get_by_role("log")).to_contain_text("running -> completed")
    await details.get_by_role("button", name="Save", exact=True).click()
    async with page.expect_download() as saved:
        await page.get_by_role("menuitem", name="Save video").click()
    assert (await (await saved.value).path()).stat().st_size > 10_000

    await _is_only_looked_at(await open_page("vera", "/#/tests", width=360, height=740))
    await details.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog", name="Delete the test").get_by_role("button", name="Delete test").click()
    await expect(page.get_by_role("row").filter(has_text=NAME)).to_have_count(0)


async def _plays(page: Page, details: Locator) -> None:
    """It moves, goes to a key frame and on by one frame; a link that is no good any more is renewed in its place."""
    await expect(details.get_by_role("button", name="Play")).to_be_enabled()
    await page.keyboard.press("Space")
    await _becomes(page, "document.querySelector('video').currentTime > 0.2")
    await page.keyboard.press("Space")
    await details.get_by_role("button", name="Key frame 30").click()
    await expect(details.get_by_text("Frame 30 of 32")).to_be_visible()
    await page.keyboard.press(".")
    await expect(details.get_by_text("Frame 31 of 32")).to_be_visible()
    await page.evaluate("document.querySelector('video').src += 'x'")
    await _becomes(page, "document.querySelector('video').readyState > 1")
    await expect(details.get_by_text("Frame 31 of 32")).to_be_visible()


async def _becomes(page: Page, true: str) -> None:
    """`wait_for_function` evaluates a string in the page, which its policy forbids."""
    async with asyncio.timeout(PATIENCE_S):
        while not await page.evaluate(true):
            await asyncio.sleep(0.05)


async def _is_only_looked_at(page: Page) -> None:
    await page.get_by_role("button", name=NAME).click()
    details = page.get_by_role("dialog", name=NAME)
    await expect(details.get_by_role("button", name="Play")).to_be_enabled()
    for name in ("Run again", "Delete", "New test"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than a phone"
