"""The program without a face starts, stops, and leaves nothing behind."""

import os
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


@pytest.mark.skipif(os.name == "nt", reason="rights come from the folder above there")
async def test_in_a_data_folder_that_others_may_enter_they_can_read_no_file(settings: Settings) -> None:
    database = settings.data_dir / "siapp.db"
    for folder in (settings.data_dir, settings.data_dir / "videos", settings.data_dir / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    old_log = settings.data_dir / "logs" / "siapp.log"
    for file in (database, old_log):  # as an older siapp has left them
        file.touch()
        file.chmod(0o644)
    before = os.umask(0o022)
    try:
        async with Station(settings.model_copy(update={"database_url": None})):
            found = {path.name: path.stat().st_mode & 0o077 for path in settings.data_dir.iterdir()}
            found |= {path.name: path.stat().st_mode & 0o077 for path in old_log.parent.iterdir()}
    finally:
        os.umask(before)
    assert {"siapp.db", "siapp.db-wal", "siapp.db-shm", "videos", "logs", "siapp.log"} <= set(found)
    assert {name for name, mode in found.items() if mode} <= {"siapp.lock"}, "which has nothing in it"


async def test_a_second_station_on_the_same_data_is_refused(station: Station, settings: Settings) -> None:
    with pytest.raises(Unavailable) as caught:
        async with Station(settings):
            pass
    assert caught.value.code == "already_running"
    assert await station.services.accounts.needs_first_admin(), "the first one goes on"
