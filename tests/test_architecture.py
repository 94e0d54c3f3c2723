"""The house as design.md draws it: who imports whom, typed, formatted, translated, and light at run time."""

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tools import catalogue

ROOT = Path(__file__).resolve().parent.parent
WORKERS_ONLY = {"cv2", "av", "torch", "ultralytics", "openvino", "onnx", "onnxruntime", "nncf", "numpy"}
WINDOW_ONLY = {"PySide6", "qasync", "qtawesome", "shiboken6"}
LONGEST_CHECK_S = 150


def check(*command: str) -> None:
    """Run a checker of the test extra in the repository; its own words are the failure's message."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_CHECK_S, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def test_the_import_contracts_are_kept() -> None:
    check("-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))")


def test_the_types_are_right() -> None:
    check("-m", "mypy")


def test_the_code_is_clean() -> None:
    check("-m", "ruff", "check", "--no-cache", ".")


def test_the_code_is_formatted() -> None:
    check("-m", "ruff", "format", "--no-cache", "--check", ".")


def test_every_sentence_has_a_chinese_translation_with_the_same_values() -> None:
    faults = list(catalogue.faults(catalogue.marked(), catalogue.stored()))
    assert not faults, "run `python -m tools.catalogue` and translate:\n" + "\n".join(faults)


def test_the_catalogue_is_as_its_tool_writes_it() -> None:
    assert catalogue.CATALOGUE.read_text(encoding="utf-8") == catalogue.written(catalogue.updated())


# ---- what the main program loads -----------------------------------------------------------------------------

# Runs siapp as its console script does, and tells at its end what it has imported.
TELLING = (
    "import atexit, sys; atexit.register(lambda: print('IMPORTED', *sys.modules));"
    "from siapp.__main__ import main; main()"
)


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", TELLING, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def imported(output: str) -> set[str]:
    """The top-level packages that a program said it has imported."""
    (line,) = [line for line in output.splitlines() if line.startswith("IMPORTED ")]
    return {name.partition(".")[0] for name in line.split()[1:]}


def address_in(line: str) -> str:
    return next(word for word in line.split() if word.startswith("http"))


@pytest.mark.skipif(sys.platform == "win32", reason="ends the program by a POSIX signal")
def test_a_served_station_imports_neither_window_nor_media(tmp_path: Path) -> None:
    with start("serve", "--port", "0", "--data-dir", str(tmp_path)) as program:
        try:
            assert program.stdout is not None
            address = address_in(program.stdout.readline())
            with urllib.request.urlopen(f"{address.rstrip('/')}/health", timeout=10) as answer:
                assert answer.status == 200
        finally:
            program.send_signal(signal.SIGTERM)
            output, errors = program.communicate(timeout=20)
    assert program.returncode == 0, errors
    assert not imported(output) & (WORKERS_ONLY | WINDOW_ONLY)


def test_what_every_worker_passes_through_imports_nothing_of_the_services() -> None:
    output = subprocess.run(
        [sys.executable, "-c", "import sys, siapp.__main__, siapp.core.workers.entry; print('IMPORTED', *sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not imported(output) & {*WINDOW_ONLY, "sqlalchemy", "aiohttp", "alembic", "torch", "ultralytics"}
