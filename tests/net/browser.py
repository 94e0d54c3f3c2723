"""Debian's Chromium, driven by Playwright, that can reach nothing but the page's own origin."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, ConsoleMessage, Page, Request, WebSocket, async_playwright

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
    """A page with what it said in the console, and what it asked for outside of `origin`.

    `expected`: patterns of what it may say, such as Chromium's own line about an answer that refuses.
    """

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._on_request)
        self.page.on("websocket", self._on_socket)

    def faults(self) -> list[str]:
        """What nobody expected."""
        said = [text for text in self.complaints if not any(re.search(known, text) for known in self.expected)]
        return said + [f"asked for {url}" for url in self.strangers]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.strangers.append(request.url)

    def _on_socket(self, socket: WebSocket) -> None:
        if not socket.url.startswith(f"{self.origin.replace('http', 'ws', 1)}/"):
            self.strangers.append(socket.url)


async def becomes_true(page: Page, expression: str, within_s: float = 60.0) -> None:
    """Playwright's own wait_for_function evaluates in the page, which its Content-Security-Policy forbids."""
    async with asyncio.timeout(within_s):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visit(origin: str) -> AsyncIterator[Visit]:
    async with chromium() as browser:
        yield Visit(await browser.new_page(), origin)
