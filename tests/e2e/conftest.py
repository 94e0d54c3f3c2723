"""A station that has the demo's weights, and somebody who works with it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from siapp.app import Station
from tests.e2e.support import Site


@pytest_asyncio.fixture
async def site(station: Station, artefact: tuple[Path, dict[str, Any]]) -> AsyncIterator[Site]:
    yield Site(station, *artefact)
