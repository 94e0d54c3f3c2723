"""The program without a face starts, stops, and leaves nothing behind."""

from pathlib import Path

import pytest

from siapp.app import Station
from siapp.core.errors import Unavailable
from siapp.core.settings import Settings


async def test_a_station_starts_and_stops_on_both_databases(database_url: str, station: Station) -> None:
    assert await station.services.accounts.needs_first_admin()


async def test_a_station_starts_again_on_the_same_data(settings: Settings) -> None:
    for _start in range(2):
        async with Station(settings) as station:
            assert (await station.services.tasks.page()).total == 0


async def test_only_the_owner_can_read_the_data_folder(station: Station, settings: Settings) -> None:
    folders: list[Path] = [settings.data_dir, *(path for path in settings.data_dir.iterdir() if path.is_dir())]
    assert {oct(folder.stat().st_mode & 0o777) for folder in folders} == {"0o700"}


async def test_a_second_station_on_the_same_data_is_refused(station: Station, settings: Settings) -> None:
    with pytest.raises(Unavailable) as caught:
        async with Station(settings):
            pass
    assert caught.value.code == "already_running"
    assert await station.services.accounts.needs_first_admin(), "the first one goes on"
