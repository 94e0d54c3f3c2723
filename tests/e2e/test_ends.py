"""The real program ends badly, and is started twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from siapp.core.domain import Actor, Role
from siapp.core.settings import load_settings
from siapp.core.settings_file import FILE_NAME
from siapp.ui.instance import SOCKET_NAME
from tests.street import ROOT

PATIENCE_S = 60.0
OLGA = Actor(1002, "olga", Role.OPERATOR, "test")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends the program by POSIX signals")


def environment() -> dict[str, str]:
    ours = ("SECRET_KEY", "DATABASE_URL", "ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SIAPP_") and name not in ours}
    wanted = {"PYTHONPATH": str(ROOT), "SIAPP_INFERENCE_DEVICE": "cpu", "QT_QPA_PLATFORM": "offscreen"}
    return {**plain, **wanted, "LANGUAGE": "en"}


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "siapp", *arguments, "--port", "0", "--data-dir", str(folder / "data")]


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command(folder, *arguments), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run_to_its_end(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(folder, *arguments), cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE_S,
        check=False,
    )  # fmt: skip


def comes(path: Path, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert process.poll() is None and time.monotonic() < end, f"no {path.name}"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_is_in_the_logs_and_told_at_the_next_start(tmp_path: Path, number: signal.Signals) -> None:
    logs = tmp_path / "data" / "logs"
    with started(tmp_path, "serve") as program:
        assert program.stdout is not None
        assert "siapp is at" in program.stdout.readline()
        program.send_signal(number)
        assert program.wait(PATIENCE_S) == -number
    assert ("Segmentation fault" in (logs / "crash.log").read_text()) is (number is signal.SIGSEGV)
    with started(tmp_path, "serve") as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.send_signal(signal.SIGTERM)
        _output, errors = program.communicate(timeout=PATIENCE_S)
        assert program.returncode == 0, errors
    assert errors.count("the last run of siapp ended unexpectedly") == 1
    assert json.loads((logs / "last-crash.json").read_text())["told"] is False, "until somebody sits at the desk"
    assert not (logs / "running.json").exists()


def test_a_second_start_shows_the_first_ones_window(tmp_path: Path) -> None:
    socket = tmp_path / "data" / SOCKET_NAME
    (tmp_path / "data").mkdir()
    socket.write_bytes(b"what a crash has left")
    with started(tmp_path) as first:
        end = time.monotonic() + PATIENCE_S
        while not socket.is_socket():
            assert first.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        second = run_to_its_end(tmp_path)
        assert (second.returncode, second.stderr) == (0, "")
        assert "its window is shown" in second.stdout
        first.send_signal(signal.SIGTERM)
        _output, errors = first.communicate(timeout=PATIENCE_S)
        assert first.returncode == 0, errors
    assert "siapp was started again" in (tmp_path / "data" / "logs" / "siapp.log").read_text()
    assert not socket.exists()


def test_what_the_window_set_and_keeps_siapp_from_starting_is_named_and_can_be_put_back(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / FILE_NAME).write_text(json.dumps({"tls_cert": str(tmp_path / "gone.pem"), "audit_days": 5}))
    refused = run_to_its_end(tmp_path, "serve")
    assert refused.returncode == 1
    assert "SIAPP_TLS_CERT" in refused.stderr and "siapp settings reset tls_cert" in refused.stderr
    looked = run_to_its_end(tmp_path, "doctor", "--quick")
    assert looked.returncode == 1
    assert "Set in the window: audit_days, tls_cert" in looked.stdout and "SIAPP_TLS_CERT" in looked.stdout
    mended = subprocess.run(
        [sys.executable, "-m", "siapp", "settings", "reset", "SIAPP_TLS_CERT", "--data-dir", str(folder)],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert (mended.returncode, mended.stderr) == (0, "")
    settings = load_settings(data_dir=folder)
    assert (settings.tls_cert, settings.audit_days) == (None, 5)
