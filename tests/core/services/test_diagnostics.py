"""The bundle for whoever looks after siapp: what is in it, and what is not."""

import asyncio
import json
import logging
import threading
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from siapp import __version__
from siapp.app import Station
from siapp.core.domain import Action, Actor, AuditFilter, Role
from siapp.core.errors import Forbidden, Unavailable
from siapp.core.services import diagnostics
from siapp.core.settings import load_settings

KEY = "sesame-77-key-sesame-77-key-sesame-77-key"
TOKEN = "sesame-77-metrics-token"
PASSWORD = "sesame-77-administrator"
CAMERA = "sesame-77-camera"
ADA = Actor(1001, "ada", Role.ADMIN, "test")


@pytest_asyncio.fixture
async def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Station]:
    """One that has secrets of every kind, and has written some of them where they do not belong."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings = load_settings(
        data_dir=tmp_path / "data",
        port=0,
        secret_key=KEY,
        metrics_token=TOKEN,
        admin_username="ada",
        admin_password=PASSWORD,
        inference_device="cpu",
    )
    async with Station(settings) as running:
        await running.services.devices.add(ADA, "Gate", f"rtsp://root:{CAMERA}@192.168.1.20/live")
        logging.getLogger("test").info("a careless line: %s and rtsp://root:%s@192.168.1.20/live", KEY, CAMERA)
        (running.storage.logs / "crash.log").write_text(f"Fatal Python error: {TOKEN}\n")
        yield running


def unpacked(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


async def test_a_bundle_has_what_is_needed_and_no_secret(station: Station, tmp_path: Path) -> None:
    heard: list[tuple[float, str]] = []
    target = tmp_path / "bundle.zip"
    size = await station.services.diagnostics.make(ADA, target, lambda share, step: heard.append((share, step)))
    files = unpacked(target)
    everything = "\n".join(files.values()) + target.read_bytes().decode("latin-1")
    assert "sesame-77" not in everything
    assert size == target.stat().st_size
    assert json.loads(files["about.json"])["siapp"] == __version__
    assert "PySide6" in str(json.loads(files["about.json"])["packages"])
    assert f"siapp: {__version__}" in files["report.txt"] and "Data folder" in files["report.txt"]
    settings = json.loads(files["settings.json"])
    assert settings["metrics_token"] == {"value": "***", "origin": "command line", "kind": "secret"}
    assert settings["port"]["value"] == 0
    assert json.loads(files["counts.json"])["devices"] == 1
    assert "a careless line: *** and rtsp://***:***@" in files["logs/siapp.log"]
    assert "Fatal Python error: ***" in files["logs/crash.log"]
    assert [share for share, _step in heard] == sorted(share for share, _step in heard) and heard[-1][0] == 1.0
    audit = await station.services.audit.page(ADA, AuditFilter(action=Action.DIAGNOSTICS_MAKE))
    assert [entry.deed.object_name for entry in audit.items] == ["bundle.zip"]


async def test_only_an_administrator_gets_one(station: Station, operator: Actor, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        await station.services.diagnostics.make(operator, tmp_path / "bundle.zip")
    assert not (tmp_path / "bundle.zip").exists()


async def test_a_bundle_that_is_broken_off_leaves_nothing(station: Station, tmp_path: Path) -> None:
    begun = asyncio.Event()
    target = tmp_path / "bundle.zip"
    making = asyncio.create_task(
        station.services.diagnostics.make(ADA, target, lambda share, _step: begun.set() if share else None)
    )
    await begun.wait()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert list(tmp_path.glob("*bundle*")) == []


async def test_a_place_that_can_not_be_written_is_told_and_leaves_nothing(station: Station, tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        await station.services.diagnostics.make(ADA, tmp_path / "no" / "bundle.zip")
    assert "No such file" in caught.value.text() and str(tmp_path) not in caught.value.text()


@pytest.mark.expects_errors
async def test_a_part_that_fails_does_not_cost_the_others(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> str:
        raise RuntimeError(f"{PASSWORD} in a traceback")

    monkeypatch.setattr(station.services.diagnostics, "_counts", broken)
    await station.services.diagnostics.make(ADA, tmp_path / "bundle.zip")
    files = unpacked(tmp_path / "bundle.zip")
    assert files["counts.json"] == "counts.json could not be made: RuntimeError\n"
    assert "settings.json" in files


async def test_the_newest_lines_are_kept_where_there_are_too_many(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnostics, "MOST_LOG_BYTES", 30)
    (station.storage.logs / "crash.log").write_text("new " * 5)
    (station.storage.logs / "crash.log.1").write_text("older " * 5)
    await station.services.diagnostics.make(ADA, tmp_path / "bundle.zip")
    assert unpacked(tmp_path / "bundle.zip")["logs/crash.log"] == "der older new new new new new "


async def test_the_window_goes_on_while_secrets_are_taken_out_of_much_text(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[str] = set()

    def note(text: str) -> str:
        threads.add(threading.current_thread().name)
        return text

    monkeypatch.setattr(diagnostics, "redacted", note)
    await station.services.diagnostics.make(ADA, tmp_path / "bundle.zip")
    assert threads and threading.main_thread().name not in threads
