"""Every page with its sheets, in both themes: nothing that keeps people from using it."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from siapp.core.domain import Task
from tests.page.axe import serious_findings
from tests.page.conftest import OpenPage

Look = Callable[[Page], Awaitable[None]]
PAGES = ("live", "devices", "algorithms", "tasks", "tests", "users", "audit")


async def test_no_page_has_a_serious_finding_in_either_theme(open_page: OpenPage, running: Task) -> None:
    page = await open_page("ada", "/#/live", reduced_motion="reduce")  # a colour on its way to another is neither
    await expect(page.get_by_text(running.name).first).to_be_visible()
    found: list[str] = []
    for name in PAGES:
        await page.evaluate("name => (location.hash = `#/${name}`)", name)
        await expect(page.locator(f"nav a[data-page={name}]")).to_have_attribute("aria-current", "page")
        for theme in ("dark", "light"):
            await page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
            found += [f"{name}, {theme}: {finding}" for finding in await serious_findings(page)]
    assert not found, "axe found:\n" + "\n".join(found)


async def test_what_opens_over_a_page_has_none_either(open_page: OpenPage, no_serious_findings: Look) -> None:
    page = await open_page("ada", "/#/users", width=360, height=740, theme="light", reduced_motion="reduce")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await no_serious_findings(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Account ada").click()
    await no_serious_findings(page)
    await page.get_by_role("menuitem", name="Change password").click()
    await expect(page.get_by_label("Current password")).to_be_focused()
    await no_serious_findings(page)
