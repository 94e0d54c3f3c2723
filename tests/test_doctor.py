"""`siapp doctor`, run as a person runs it: what it says, in both languages, and its exit code."""

import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from siapp import __version__
from siapp.app import LOCK_NAME
from siapp.core.accelerators import Accelerator, Inventory, Measurement
from siapp.core.domain import Problem
from siapp.doctor import Report, _say_devices

LONGEST_S = 120


def doctor(folder: Path, *arguments: str, language: str = "en", **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run it on `folder` and a port that is free."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIAPP_")}
    environment.pop("DATABASE_URL", None)
    environment |= {"LANGUAGE": language, "SIAPP_DATA_DIR": str(folder), "SIAPP_PORT": "0", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "siapp", "doctor", *arguments],
        env=environment | {f"SIAPP_{name.upper()}": value for name, value in settings.items()},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LONGEST_S,
        cwd=folder.parent,
        check=False,
    )


def cells(output: str, device: str) -> list[str]:
    """A device's row of the table."""
    (row,) = [line for line in output.splitlines() if line.startswith(f"│ {device} ")]
    return [cell.strip() for cell in row.strip("│").split("│")]


def test_a_machine_in_order_is_measured(tmp_path: Path) -> None:
    done = doctor(tmp_path / "data")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"siapp: {__version__}, Python 3." in done.stdout
    assert re.search(r"Libraries: OpenVINO 20\d\d\.\d.*, OpenCV 5.*, FFmpeg \d", done.stdout)
    assert re.search(r"Memory: \d+\.\d GB of \d+\.\d GB free", done.stdout)
    assert f"Data folder: {tmp_path / 'data'}, " in done.stdout
    assert "Database: SQLite, made at the first start" in done.stdout
    assert "Nothing stands against a start of siapp." in done.stdout
    _name, title, precision, fps, ready, differs, verdict = cells(done.stdout, "cpu")
    assert title and precision in ("f32", "bf16", "f16")
    assert float(fps) > 1 and ready.endswith(" s")
    assert re.fullmatch(r"0\.\d{3}, \d\.\d px", differs)
    assert verdict == "chosen"
    assert not (tmp_path / "data").exists(), "a look leaves nothing behind"


def test_it_speaks_chinese_where_the_terminal_does(tmp_path: Path) -> None:
    done = doctor(tmp_path / "data", "--quick", language="zh_CN", inference_device="gpu.9")
    assert done.returncode == 1
    assert "处理器: " in done.stdout and "数据库: SQLite，首次启动时创建" in done.stdout
    assert "SIAPP_INFERENCE_DEVICE 要求使用 gpu.9，但本机没有它" in done.stdout
    assert "Frames/s" not in done.stdout and "帧/秒" in done.stdout


def test_a_quick_look_measures_nothing(tmp_path: Path) -> None:
    done = doctor(tmp_path / "data", "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert cells(done.stdout, "cpu")[2:] == ["", "", "", "", "not measured"]


@pytest.mark.skipif(sys.platform == "win32", reason="makes a program out of a script")
def test_an_nvidia_card_without_the_extra_is_told_how_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    done = doctor(tmp_path / "data", "--quick")
    assert done.returncode == 0, "it is no fault"
    assert "NVIDIA: there is a driver; a card is used with pip install siapp[cuda]" in done.stdout


def test_each_thing_that_stands_against_a_start_has_its_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = doctor(
            tmp_path / "data",
            "--quick",
            inference_device="gpu.9",
            port=str(other.getsockname()[1]),
            database_url="postgresql://u:s3cret@127.0.0.1:1/none",
        )
    assert done.returncode == 1
    problems = [line for line in done.stdout.splitlines() if line.startswith("! ")]
    assert len(problems) == 3
    assert any("The database does not answer." in line for line in problems)
    assert any("can't be listened on" in line for line in problems)
    assert any("asks for gpu.9, which is not here" in line and "There is: cpu" in line for line in problems)
    assert "Nothing stands against" not in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


def test_a_siapp_that_runs_is_no_problem(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with FileLock(folder / LOCK_NAME):
        done = doctor(folder, "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "siapp is running with this data folder" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, where nobody makes a file, root included")
def test_a_folder_that_can_not_be_written_is_said() -> None:
    done = doctor(Path("/proc/siapp"), "--quick")
    assert done.returncode == 1
    assert "! The data folder can't be written to." in done.stdout
    assert "! The disk of the data folder is nearly full." in done.stdout


def test_weights_that_are_not_there_or_no_weights_are_said(tmp_path: Path) -> None:
    missing = doctor(tmp_path / "data", "--weights", "none.pt")
    assert missing.returncode == 1
    assert missing.stderr.strip() == "siapp: There is no file “none.pt”."
    (tmp_path / "text.pt").write_text("no weights")
    done = doctor(tmp_path / "data", "--weights", "text.pt")
    assert done.returncode == 1
    assert "! This is no weight file that siapp knows." in done.stdout


# ---- machines that are not at hand -------------------------------------------------------------------------------

MACHINE = Inventory(
    (Accelerator("cpu", "A processor"), Accelerator("gpu", "A graphics unit", "31.0"), Accelerator("npu", "A unit")), {}
)
PROCESSOR = Measurement("cpu", "bf16", 60.0, 0.3, 0.03, 0.7)
FAST = Measurement("gpu", "f16", 300.0)
MIDDLING = Measurement("npu", "f16", 90.0)
CRASHED = Problem("device_crashed", "It crashed ({cause}).", (("cause", "SIGSEGV"),))
NOT_ASKED = "not asked for"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")


@pytest.mark.parametrize(
    ("wish", "gpu", "npu", "verdicts", "problems"),
    [
        ("auto", FAST, MIDDLING, ("slower", "chosen", "slower"), 0),
        ("auto", replace(FAST, score_error=0.8), MIDDLING, ("slower", "wrong answers", "chosen"), 1),
        ("auto", Measurement("gpu", problem=CRASHED), MIDDLING, ("slower", "fails", "chosen"), 1),
        ("npu", FAST, MIDDLING, (NOT_ASKED, NOT_ASKED, "chosen"), 0),
    ],
)
def test_each_device_has_its_verdict(
    wish: str,
    gpu: Measurement,
    npu: Measurement,
    verdicts: tuple[str, ...],
    problems: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Report()
    _say_devices(report, wish, MACHINE, [PROCESSOR, gpu, npu])
    code = report.end()
    output = capsys.readouterr().out
    found = [cells(output, name)[-1] for name in ("cpu", "gpu", "npu")]
    assert tuple(found) == verdicts
    assert len(report.problems) == problems
    assert code == (1 if problems else 0)
    assert "A graphics unit (31.0)" in output
