"""The page Algorithms: weights are uploaded, versions activated and deleted, details read."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import FilePayload, Locator, Page, expect

from siapp.core.domain import Task
from siapp.core.resources import resources
from tests.page.conftest import OpenPage, PageSite

Look = Callable[..., Awaitable[None]]
WEIGHTS = resources() / "demo" / "demo.pt"


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name)


async def choose(page: Page, file: Path | FilePayload) -> None:
    async with page.expect_file_chooser() as chosen:
        await page.locator("aside.sheet").get_by_role("button", name="Choose files").click()
    await (await chosen.value).set_files(file)


async def test_weights_are_uploaded_read_and_deleted(
    open_page: OpenPage, site: PageSite, no_serious_findings: Look
) -> None:
    await site.algorithm()
    page = await open_page("olga", "/#/algorithms")
    await page.get_by_role("button", name="Upload algorithm").click()
    sheet = page.locator("aside.sheet")
    await choose(page, WEIGHTS)
    await sheet.get_by_role("button", name="Upload", exact=True).click()
    await expect(sheet.get_by_role("alert").filter(has_text="is taken")).to_be_visible()
    await no_serious_findings(page)
    await sheet.get_by_label("Name").fill("Road users")
    await sheet.get_by_role("button", name="Upload", exact=True).click()
    await expect(sheet).to_have_count(0)
    await expect(card(page, "Road users").get_by_text("Active", exact=True)).to_be_visible(timeout=60_000)

    await card(page, "Road users").get_by_role("button", name="New version").click()
    await choose(page, {"name": "nonsense.onnx", "mimeType": "", "buffer": b"no network at all"})
    await sheet.get_by_role("button", name="Upload", exact=True).click()
    await expect(card(page, "Road users").get_by_text("Rejected")).to_be_visible(timeout=60_000)
    await card(page, "Road users").get_by_role("button", name="Details").last.click()
    await expect(sheet.get_by_text("person")).to_be_visible()
    await no_serious_findings(page)
    await page.keyboard.press("Escape")
    await card(page, "Road users").get_by_role("button", name="Delete algorithm").click()
    question = page.get_by_role("dialog", name="Delete the algorithm “Road users”?")
    await expect(question).to_contain_text("All 2 versions and their files are lost.")
    await question.get_by_role("button", name="Delete algorithm").click()
    await expect(card(page, "Road users")).to_have_count(0)


async def test_a_version_is_activated_with_a_way_back(open_page: OpenPage, site: PageSite, running: Task) -> None:
    algorithm = await site.another_version()
    number = algorithm.versions[-1].version
    page = await open_page("olga", "/#/algorithms")
    version = card(page, algorithm.name).locator(f"li[data-version='{number}']")
    await version.get_by_role("button", name="Activate").click()
    await expect(
        page.locator(".toast", has_text=f"Running tasks change over to it now: {running.name}.")
    ).to_be_visible()
    await page.get_by_role("button", name="Undo").hover()  # the notice stays as long as somebody points at it
    await expect(version.get_by_text("Active", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await version.get_by_role("button", name="Delete version").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete version").click()
    await expect(version).to_have_count(0)
    await card(page, algorithm.name).get_by_role("button", name="Delete algorithm").click()
    await expect(page.locator(".toast", has_text="Delete what uses it first.")).to_be_visible()
    assert (await site.services.algorithms.get(algorithm.id)).active_version == algorithm.active_version


async def test_an_upload_goes_on_while_another_page_is_open_and_can_be_cancelled(
    open_page: OpenPage, site: PageSite
) -> None:
    page = await open_page("olga", "/#/algorithms")
    network = await page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20_000}
    await network.send("Network.emulateNetworkConditions", slow)
    await page.get_by_role("button", name="Upload algorithm").first.click()
    await choose(page, {"name": "slow.pt", "mimeType": "", "buffer": b"0" * 10_000_000})
    await page.locator("aside.sheet").get_by_role("button", name="Upload", exact=True).click()
    await page.get_by_role("link", name="Devices").click()
    await page.get_by_role("link", name="Algorithms").click()
    upload = page.locator(".tray li").filter(has_text="slow.pt")
    await expect(upload.get_by_role("progressbar")).to_be_visible()
    await upload.get_by_role("button", name="Cancel").click()
    await expect(upload).to_have_count(0)


async def test_a_viewer_reads_details_only_also_on_a_phone(
    open_page: OpenPage, site: PageSite, no_serious_findings: Look
) -> None:
    algorithm = await site.services.algorithms.get((await site.algorithm()).id)
    page = await open_page("vera", "/#/algorithms", width=360, height=740)
    await expect(page.locator("main").get_by_role("button", name="Upload algorithm")).to_have_count(0)
    buttons = card(page, algorithm.name).get_by_role("button")
    await expect(buttons).to_have_count(len(algorithm.versions))
    await no_serious_findings(page)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
