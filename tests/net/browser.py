"""Debian's Chromium, driven by Playwright, that can reach nothing but the page's own origin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import ConsoleMessage, Page, Request, async_playwright

CHROMIUM = "/usr/bin/chromium"
# Without these it looks Google's hosts up at every start.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Visit:
    """A page with what it said in the console, and what it asked for outside of `origin`."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.strangers.append(request.url)


@asynccontextmanager
async def visit(origin: str) -> AsyncIterator[Visit]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            page = await browser.new_page()
            visit = Visit(page, origin)
            page.on("console", visit.on_console)
            page.on("pageerror", lambda error: visit.complaints.append(str(error)))
            page.on("request", visit.on_request)
            yield visit
        finally:
            await browser.close()
