"""Who did what: read, narrowed down, opened, saved."""

import csv
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Page, expect

from siapp.core.domain import SYSTEM
from siapp.core.errors import NotSignedIn
from siapp.core.services.audit import COLUMNS
from tests.page.conftest import OpenPage, PageSite

Look = Callable[[Page], Awaitable[None]]


async def test_entries_are_sentences_that_come_by_themselves_and_open(
    open_page: OpenPage, site: PageSite, no_serious_findings: Look
) -> None:
    page = await open_page("ada", "/#/audit")
    device = await site.services.devices.add(SYSTEM, "Yard", "rtsp://somebody:secret@127.0.0.1:9/1")
    await site.services.devices.update(SYSTEM, device.id, "Back yard", None)
    await page.get_by_role("button", name="edited the camera “Back yard”").first.click()
    sheet = page.get_by_role("dialog")
    await expect(sheet.get_by_role("row", name="Name Yard Back yard")).to_be_visible()
    await expect(sheet).not_to_contain_text("secret")
    await no_serious_findings(page)


async def test_what_the_filters_want_is_shown_and_saved(open_page: OpenPage, site: PageSite, tmp_path: Path) -> None:
    with suppress(NotSignedIn):
        await site.services.accounts.sign_in("vera", "something else")
    page = await open_page("ada", "/#/audit?outcome=refused")
    rows = page.get_by_role("row")
    await expect(rows.filter(has_text="vera: Sign in – wrong name or password").first).to_be_visible()
    await expect(rows.filter(has_text="Done")).to_have_count(0)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export CSV").click()
    saved = await download.value
    assert saved.suggested_filename.startswith("siapp-audit-")
    await saved.save_as(tmp_path / "audit.csv")
    with (tmp_path / "audit.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *lines = csv.reader(file)
    assert tuple(header) == COLUMNS and {line[COLUMNS.index("outcome")] for line in lines} == {"refused"}

    await page.get_by_label("Person").fill("nobody")
    await page.get_by_label("Person").press("Enter")
    await expect(page.get_by_text("No entry fits these filters.")).to_be_visible()
    await page.get_by_role("button", name="Show all").click()
    await expect(rows.filter(has_text="Done").first).to_be_visible()


async def test_older_entries_come_as_one_scrolls_while_new_ones_arrive(open_page: OpenPage, site: PageSite) -> None:
    device = await site.services.devices.add(SYSTEM, "Number", "rtsp://127.0.0.1:9/2")
    for number in range(230):
        await site.services.devices.update(SYSTEM, device.id, f"Number {number}", None)
    page = await open_page("ada", "/#/audit?action=device.edit")
    table = page.locator(".table")
    await expect(page.get_by_role("button", name="“Number 229”")).to_be_visible()
    await site.services.devices.update(SYSTEM, device.id, "The newest", None)
    for number in (131, 32):
        await table.evaluate("table => table.scrollTo(0, table.scrollHeight)")
        await expect(page.get_by_role("button", name=f"“Number {number - 2}”")).to_have_count(1)
    names = await table.locator("button.row").all_text_contents()
    told = [name for name in names if "“Number" in name]
    assert told == [f"siapp edited the camera “Number {229 - place}”" for place in range(len(told))]
