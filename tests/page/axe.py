"""Looks at a page as axe-core does, for what keeps people from using it by keyboard or screen reader."""

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

SERIOUS = ("serious", "critical")
OPTIONS = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


async def serious_findings(page: Page, within: str = "") -> list[str]:
    """A line for each element with a serious or critical finding, in the whole page or `within` a selector.

    The script is evaluated over the debugger, which the page's Content-Security-Policy does not concern.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    context = json.dumps(within) if within else "document"
    results = await page.evaluate(f"axe.run({context}, {json.dumps(OPTIONS)})")
    return [
        _line(found, node) for found in results["violations"] if found["impact"] in SERIOUS for node in found["nodes"]
    ]


def _line(found: dict[str, Any], node: dict[str, Any]) -> str:
    reasons = [check["message"] for check in (*node["any"], *node["all"], *node["none"])]
    return f"{found['id']} ({found['impact']}) at {node['target']}: {'; '.join(reasons)}"
