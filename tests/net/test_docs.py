"""The interactive documentation, in a real browser: all of it from here, and it works."""

import pytest
from playwright.async_api import Page, expect

from siapp.net.handlers.docs import SWAGGER_FILES
from siapp.net.operations import OPERATIONS
from siapp.net.policy import POLICY
from tests.net.browser import visit
from tests.net.conftest import PASSWORD, Site

ROUTES = [row for row in POLICY if not row.socket]


async def test_the_page_shows_every_route_and_asks_nobody_else(site: Site) -> None:
    async with visit(site.address) as seen:
        await seen.page.goto(f"{site.address}/docs")
        await expect(seen.page.locator(".opblock")).to_have_count(len(ROUTES))
        shown = await seen.page.locator(".opblock-summary-description").all_inner_texts()
        assert sorted(shown) == sorted(OPERATIONS[row.handler].summary for row in ROUTES)
        assert (seen.complaints, seen.strangers) == ([], [])


async def test_a_person_signs_in_on_the_page_and_tries_a_route_out(site: Site) -> None:
    await site.add_camera()
    async with visit(site.address) as seen:
        await seen.page.goto(f"{site.address}/docs")
        await sign_in(seen.page, "vera")
        await try_out(seen.page, "devices_list_all")
        answer = seen.page.locator("#operations-Cameras-devices_list_all .live-responses-table")
        await expect(answer.locator(".response-col_status").nth(1)).to_contain_text("200")
        await expect(answer).to_contain_text("rtsp://***:***@192.168.1.20/live")
        assert (seen.complaints, seen.strangers) == ([], [])


async def sign_in(page: Page, name: str) -> None:
    await page.locator(".auth-wrapper .authorize").first.click()
    form = page.locator(".auth-container", has=page.locator("#oauth_username"))
    await form.locator("#oauth_username").fill(name)
    await form.locator("#oauth_password").fill(PASSWORD)
    await form.locator("button.authorize").click()
    await expect(page.locator(".auth-container button", has_text="Logout")).to_be_visible()
    await page.locator(".btn-done").first.click()


async def try_out(page: Page, operation_id: str) -> None:
    block = page.locator(f"[id$='-{operation_id}']")
    await block.locator(".opblock-summary-control").first.click()
    await block.locator("button.execute").click()


async def test_the_page_comes_with_a_policy_that_runs_nothing_of_others(site: Site) -> None:
    async with site.session.get("/docs") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", SWAGGER_FILES)
async def test_swagger_uis_files_come_from_here(site: Site, name: str) -> None:
    async with site.session.get(f"/docs/{name}") as response:
        assert (response.status, response.content_type) == (200, SWAGGER_FILES[name])


@pytest.mark.parametrize("name", ["index.html", "swagger-ui.js", "..%2f__init__.py"])
async def test_nothing_else_of_the_package_is_given_out(site: Site, name: str) -> None:
    assert (await site.ask("GET", f"/docs/{name}", None))[0] == 404
