"""People: a request for an account, its review, and what becomes of whoever is kept out."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from siapp.core.domain import SYSTEM, AccountStatus, Role, User
from tests.page.conftest import PASSWORD, OpenPage, PageSite, sign_in

Look = Callable[[Page], Awaitable[None]]
AT_ONCE_MS = 10_000
LOOKS_AFTER_MS = 10_000


async def test_a_request_waits_is_approved_and_ends_with_the_account(
    open_page: OpenPage, no_serious_findings: Look
) -> None:
    open_page.expect_complaint("status of 40[13]")
    admin = await open_page("ada", "/#/users")
    stranger = await open_page(None, "/#/devices")
    await stranger.clock.install()
    await _ask_for_an_account(stranger, "nora")
    await no_serious_findings(stranger)

    await expect(admin.locator(".toast").get_by_text("nora asks for an account.")).to_be_visible()
    await admin.get_by_role("button", name="nora", exact=True).click()
    await admin.get_by_label("Role").select_option("operator")
    await no_serious_findings(admin)
    await admin.get_by_role("button", name="Approve", exact=True).last.click()
    await expect(admin.locator(".toast").get_by_text("“nora” is approved as Operator.")).to_be_visible()

    await stranger.clock.fast_forward(LOOKS_AFTER_MS)
    await expect(stranger.get_by_role("heading", name="Devices")).to_be_visible()
    await expect(stranger.get_by_role("navigation")).not_to_contain_text("Users")

    await admin.get_by_role("button", name="nora", exact=True).click()
    await admin.get_by_role("button", name="Disable", exact=True).last.click()
    await expect(stranger.get_by_text("Your session has ended. Please sign in again.")).to_be_visible(
        timeout=AT_ONCE_MS
    )
    await stranger.get_by_label("Password", exact=True).fill(PASSWORD)
    await stranger.get_by_role("button", name="Sign in").click()
    await expect(stranger.get_by_text("An administrator has disabled this account.")).to_be_visible()


async def test_a_rejected_request_is_told_and_not_tried_again(open_page: OpenPage, site: PageSite) -> None:
    open_page.expect_complaint("status of 403")
    page = await open_page(None)
    await _ask_for_an_account(page, "rita")
    user = await _user(site, "rita")
    await site.services.accounts.set_status(SYSTEM, user.id, AccountStatus.REJECTED)
    await page.get_by_role("button", name="Try now").click()
    await expect(page.get_by_text("The request for “rita” was rejected.")).to_be_visible()
    await expect(page.get_by_role("button", name="Try now")).to_have_count(0)


async def test_a_role_that_changes_is_seen_at_once(open_page: OpenPage, site: PageSite) -> None:
    user = await site.services.accounts.add_user("rolf", PASSWORD, Role.VIEWER)
    page = await open_page(None, "/#/audit")
    await sign_in(page, "rolf")
    await expect(page.get_by_role("heading", name="Live wall")).to_be_visible()  # the audit is not for viewers
    await site.services.accounts.set_role(SYSTEM, user.id, Role.ADMIN)
    await expect(page.locator(".toast").get_by_text("“rolf” is Administrator now.")).to_be_visible(timeout=AT_ONCE_MS)
    await expect(page.get_by_role("link", name="Audit")).to_be_visible()
    await page.keyboard.press("7")
    await expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    await site.services.accounts.set_role(SYSTEM, user.id, Role.VIEWER)
    await expect(page.get_by_role("heading", name="Live wall")).to_be_visible(timeout=AT_ONCE_MS)


async def test_the_last_administrator_stays_and_a_deletion_names_what_is_lost(
    open_page: OpenPage, site: PageSite
) -> None:
    await site.services.accounts.add_user("zoe", PASSWORD, Role.VIEWER)
    page = await open_page("ada", "/#/users")
    delete = page.get_by_role("button", name="Delete", exact=True)
    await page.get_by_role("row", name="ada (you)").get_by_role("checkbox").check()
    await expect(delete).to_be_disabled()
    await expect(delete).to_have_attribute("title", "This is the last administrator. Appoint another one first.")
    await page.get_by_role("row", name="ada (you)").get_by_role("checkbox").uncheck()
    await page.get_by_role("row", name="zoe").get_by_role("checkbox").check()
    await delete.click()
    await expect(page.get_by_role("dialog")).to_contain_text("every sign-in ends")
    await page.get_by_role("button", name="Delete user").click()
    await expect(page.get_by_role("row", name="zoe")).to_have_count(0)
    await page.evaluate("location.hash = '#/users/99999'")
    await expect(page.locator(".toast", has_text="What was looked for is not there any more.")).to_be_visible()
    await expect(page).to_have_url(re.compile("#/users$"))


async def test_a_new_password_ends_the_other_sessions(open_page: OpenPage, site: PageSite) -> None:
    open_page.expect_complaint("status of 4(01|22)")
    await site.services.accounts.add_user("paul", PASSWORD, Role.VIEWER)
    here, there = await open_page(None), await open_page(None)
    for page in (here, there):
        await sign_in(page, "paul")
    await here.get_by_role("button", name="Account paul").click()
    await here.get_by_role("menuitem", name="Change password").click()
    await here.get_by_label("Current password").fill("something else")
    await here.get_by_label("New password", exact=True).fill("another long secret")
    await here.get_by_label("New password again").fill("another long secret")
    await here.get_by_role("button", name="Change password").click()
    await expect(here.get_by_text("The current password is wrong.")).to_be_visible()
    await here.get_by_label("Current password").fill(PASSWORD)
    await here.get_by_role("button", name="Change password").click()
    await expect(there.get_by_text("Your session has ended. Please sign in again.")).to_be_visible()
    await expect(here.locator(".toast").get_by_text("Your password is changed.")).to_be_visible()


async def _ask_for_an_account(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Ask for an account").click()
    await page.get_by_label("User name").fill(name)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password again").fill(PASSWORD)
    await page.get_by_role("button", name="Send request").click()
    await expect(page.get_by_role("heading", name="Waiting for review")).to_be_visible()


async def _user(site: PageSite, name: str) -> User:
    return await site.services.accounts.find(name)
