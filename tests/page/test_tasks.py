"""The page Tasks: new ones, options while they run, what a run leaves, and who may do what."""

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from siapp.core.domain import SYSTEM, Task
from tests.cameras import ScriptedCamera
from tests.e2e.support import PATIENCE_S
from tests.page.conftest import OpenPage, PageSite

Look = Callable[..., Awaitable[None]]
NAME = 'Yard "south" – 院子 & 50 % #1'


async def test_a_task_is_made_tuned_and_deleted(
    open_page: OpenPage, site: PageSite, camera: ScriptedCamera, no_serious_findings: Look
) -> None:
    await site.camera(camera.url, "Yard south")
    await site.algorithm()
    page = await open_page("olga", "/#/tasks?new=1")
    form = page.get_by_role("dialog", name="New task")
    await form.get_by_label("Yard south").uncheck()  # the only camera is chosen already
    await form.get_by_role("button", name="Create task").click()
    await expect(form.get_by_text("Choose at least one camera.")).to_be_visible()
    await form.get_by_label("Yard south").check()
    other = await site.services.devices.add(SYSTEM, "Comes and goes", "rtsp://127.0.0.1:9/1")
    await form.get_by_label("Comes and goes").check()
    await site.services.devices.delete(SYSTEM, other.id)
    await expect(form.get_by_label("Comes and goes")).to_have_count(0)
    await expect(form.get_by_label("Yard south")).to_be_checked()
    await form.get_by_label("Name").fill(NAME)
    await no_serious_findings(page)
    await form.get_by_role("button", name="Create task").click()

    row = page.get_by_role("row").filter(has_text=NAME)
    await expect(row).to_contain_text("Running")
    await row.get_by_role("button", name=NAME).click()
    details = page.get_by_role("dialog", name=NAME)
    await details.get_by_role("tab", name="Options").click()
    await details.get_by_label("Confidence").first.fill("0.85")
    await expect(details.get_by_text("Applied. Changes apply at once.")).to_be_visible()
    await details.get_by_role("slider", name="IoU").press("ArrowLeft")
    task = (await site.services.tasks.page(500, 0)).items[-1]
    await _applied(site, task, 0.85, 0.69)
    await details.get_by_role("button", name="Undo changes").click()
    await _applied(site, task, 0.25, 0.7)

    await details.get_by_role("tab", name="Key frames").click()
    await details.locator(".thumb").first.click()
    await expect(page.get_by_role("dialog", name=f"{NAME} · frame")).to_be_visible()
    await page.keyboard.press("Escape")
    await details.get_by_role("tab", name="Log").click()
    await details.get_by_role("button", name="Stop").click()
    await expect(details.get_by_role("log")).to_contain_text("-> stopped")
    await no_serious_findings(page)
    await details.get_by_role("tab", name="Overview").click()
    await details.get_by_role("button", name="Delete task").click()
    await page.get_by_role("dialog", name="Delete the task").get_by_role("button", name="Delete task").click()
    await expect(row).to_have_count(0)
    await expect(details).to_have_count(0)


async def _applied(site: PageSite, task: Task, confidence: float, iou: float) -> None:
    async with asyncio.timeout(PATIENCE_S):
        options = task.options
        while (options.confidence, options.iou) != (confidence, iou):
            await asyncio.sleep(0.05)
            options = (await site.services.tasks.get(task.id)).options


async def test_whoever_only_looks_has_no_button_that_would_be_refused(
    open_page: OpenPage, running: Task, no_serious_findings: Look
) -> None:
    page = await open_page("vera", f"/#/tasks/{running.id}?tab=options", width=360, height=740)
    details = page.get_by_role("dialog", name=running.name)
    await expect(details.get_by_label("Confidence").first).to_be_disabled()
    for name in ("Stop", "Undo changes", "New task", "Delete"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await no_serious_findings(page)
    await details.get_by_role("tab", name="Charts").click()
    await expect(details.get_by_text("Now ").first).to_be_visible()
    await _fits(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("row").filter(has_text=running.name)).to_contain_text("Running")
    await expect(page.get_by_role("checkbox")).to_have_count(0)
    await _fits(page)

    # A task that is gone by now: told once, not with every event of the others.
    await page.evaluate("location.hash = '#/devices'")
    await expect(page.get_by_role("heading", name="Devices")).to_be_visible()
    await page.evaluate("location.hash = '#/tasks/4711'")
    await expect(page.get_by_text("not there any more")).to_have_count(1)
    await page.evaluate("import('/page/base/store.js').then(({ store }) => store.tell('tasks'))")
    await expect(page.get_by_text("not there any more")).to_have_count(1)


async def _fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than a phone"
