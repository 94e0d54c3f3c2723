"""The way in, and the session after it."""

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, Route, expect

from siapp.core.domain import Task
from tests.net.browser import becomes_true
from tests.page.conftest import OpenPage

Look = Callable[[Page], Awaitable[None]]


async def test_the_first_thing_is_a_form_that_anybody_can_use(open_page: OpenPage, no_serious_findings: Look) -> None:
    page = await open_page(None)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await no_serious_findings(page)


async def test_a_wrong_password_is_told_at_the_form(open_page: OpenPage) -> None:
    open_page.expect_complaint("status of 401")
    page = await open_page(None)
    await _try(page, "olga", "something else")
    await expect(page.get_by_text("The user name or the password is wrong.")).to_be_visible()


async def test_whoever_signs_in_sees_the_tasks_that_run(open_page: OpenPage, running: Task) -> None:
    page = await open_page("vera")
    await expect(page.get_by_text(running.name).first).to_be_visible()


async def test_too_many_tries_are_counted_down(open_page: OpenPage) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=429, headers={"Retry-After": "40"}, json={"code": "too_many_tries", "detail": "?"})

    open_page.expect_complaint("status of 429")
    page = await open_page(None)
    await page.clock.install()
    await page.route("**/token", refuse)
    await _try(page, "olga", "something else")
    await expect(page.get_by_text("Too many tries. Please wait 40 seconds, then try again.")).to_be_visible()
    await page.clock.fast_forward(30_000)
    await expect(page.get_by_text("Please wait 10 seconds")).to_be_visible()
    await expect(page.get_by_role("button", name="Sign in")).to_be_disabled()
    await page.clock.fast_forward(10_000)
    await expect(page.get_by_role("button", name="Sign in")).to_be_enabled()


async def test_a_new_password_says_how_strong_it_is_and_what_is_wrong_with_it(open_page: OpenPage) -> None:
    open_page.expect_complaint("status of 4(09|22)")
    page = await open_page(None)
    await page.get_by_role("button", name="Ask for an account").click()
    await page.get_by_label("User name").fill("olga")
    password, again = page.get_by_label("Password", exact=True), page.get_by_label("Password again")
    for text, said in (("abc", "At least 8 characters"), ("abcdefgh1", "Will do."), ("k7fm-2xqd-9wtp-hs4e", "strong")):
        await password.fill(text)
        await expect(page.get_by_text(said)).to_be_visible()
    await page.get_by_role("button", name="Send request").click()
    await expect(page.get_by_text("Please fill this in.")).to_be_visible()
    await again.fill("something else")
    await again.press("Enter")
    await expect(page.get_by_text("The two passwords differ.")).to_be_visible()
    await again.fill("k7fm-2xqd-9wtp-hs4e")
    await again.press("Enter")
    await expect(page.get_by_text("The name “olga” is taken.")).to_be_visible()


async def test_a_session_goes_on_in_a_page_that_is_loaded_anew_and_in_a_second_tab(open_page: OpenPage) -> None:
    """Two tabs have the same refresh token, which ends the session where it is used twice."""
    page = await open_page("vera", "/#/devices")
    kept = await page.evaluate("JSON.stringify([localStorage, document.cookie, location.href, history.state])")
    assert await page.evaluate("JSON.parse(sessionStorage.getItem('session')).access_token") not in kept
    await page.reload()
    await expect(page.get_by_role("heading", name="Devices")).to_be_visible()
    async with page.context.expect_page() as opened:
        await page.evaluate("void window.open('/#/tasks')")
    tab = await opened.value
    await expect(tab.get_by_role("heading", name="Tasks")).to_be_visible()
    renew = "import('/page/base/session.js').then(({ refresh }) => refresh())"
    await asyncio.gather(page.evaluate(renew), tab.evaluate(renew))
    for one in (page, tab):
        await one.reload()
    await expect(page.get_by_role("heading", name="Devices")).to_be_visible()
    await tab.get_by_role("button", name="Account vera").click()
    await tab.get_by_role("menuitem", name="Sign out").click()
    for one in (tab, page):
        await expect(one.get_by_text("You are signed out.")).to_be_visible()
        assert await one.evaluate("sessionStorage.length") == 0


async def test_a_lost_station_is_told_with_the_next_try(open_page: OpenPage, no_serious_findings: Look) -> None:
    open_page.expect_complaint("ERR_INTERNET_DISCONNECTED")
    page = await open_page("vera", "/#/devices")
    await becomes_true(page, "import('/page/base/store.js').then(({ store }) => store.connection.up)")
    await page.clock.install()
    await page.context.set_offline(True)
    # As where a cable is pulled: the browser takes the WebSocket for open, and nothing comes.
    await page.clock.fast_forward(13_000)
    await expect(page.get_by_text("The station has not answered since")).to_be_visible()
    await no_serious_findings(page)
    await page.context.set_offline(False)
    await expect(page.get_by_text("The station has not answered since")).to_be_hidden()


async def _try(page: Page, name: str, password: str) -> None:
    await page.get_by_label("User name").fill(name)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_label("Password", exact=True).press("Enter")
