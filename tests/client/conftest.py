"""The same running server as tests of the routes have, and clients of it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from siapp.client import Client, Patience
from tests.net.conftest import PASSWORD, Site
from tests.net.conftest import settings as settings
from tests.net.conftest import site as site

HASTY = Patience(waits_s=(0.05,), tries=40)


@pytest_asyncio.fixture
async def olga(site: Site) -> AsyncIterator[Client]:
    """An operator's program."""
    async with Client(site.address, patience=HASTY) as client:
        await client.sign_in("olga", PASSWORD)
        yield client


@pytest_asyncio.fixture
async def ada(site: Site) -> AsyncIterator[Client]:
    """An administrator's program."""
    async with Client(site.address, patience=HASTY) as client:
        await client.sign_in("ada", PASSWORD)
        yield client
