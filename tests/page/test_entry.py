"""The way in."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from siapp.core.domain import Task
from tests.page.conftest import OpenPage

Look = Callable[[Page], Awaitable[None]]


async def test_the_first_thing_is_a_form_that_anybody_can_use(open_page: OpenPage, no_serious_findings: Look) -> None:
    page = await open_page(None)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await no_serious_findings(page)


async def test_a_wrong_password_is_told_at_the_form(open_page: OpenPage) -> None:
    open_page.expect_complaint("status of 401")
    page = await open_page(None)
    await page.get_by_label("User name").fill("olga")
    await page.get_by_label("Password", exact=True).fill("something else")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert").filter(has_text="The user name or the password is wrong.")).to_be_visible()


async def test_whoever_signs_in_sees_the_tasks_that_run(open_page: OpenPage, running: Task) -> None:
    page = await open_page("vera")
    await expect(page.get_by_text(running.name).first).to_be_visible()
