"""The command line's manners: arguments in words, one sentence for what fails, an exit code that tells."""

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from siapp import __version__, cli
from siapp.core.errors import InvalidInput

ROOT = Path(__file__).parents[1]


def exit_code(*arguments: str) -> int:
    """argparse leaves by itself; so does `run` by its answer."""
    try:
        return cli.run(list(arguments))
    except SystemExit as leaving:
        return int(leaving.code or 0)


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["serve"],
        ["demo"],
        ["analyze"],
        ["bench"],
        ["optimize"],
        ["doctor"],
        ["user"],
        ["user", "add"],
        ["audit"],
        ["audit", "verify"],
        ["audit", "export"],
        ["settings"],
        ["settings", "set"],
    ],
)
def test_every_command_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(*command, "--help") == 0
    assert "usage: siapp" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--version") == 0
    assert capsys.readouterr().out == f"siapp {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyze"], "the following arguments are required: VIDEO, --weights, --out"),
        (["analyze", "v.mp4", "--weights", "w.pt"], "the following arguments are required: --out"),
        (["analyze", "v", "--weights", "w", "--out", "o", "--confidence", "2"], "--confidence: a number from 0 to 1"),
        (["analyze", "v", "--weights", "w", "--out", "o", "--iou", "nan"], "--iou: a number from 0 to 1"),
        (["analyze", "v", "--weights", "w", "--out", "o", "--iou", "much"], "--iou: a number from 0 to 1"),
        (["analyze", "v", "--weights", "w", "--out", "o", "--keyframes", "0"], "a whole number from 1 to 1000000"),
        (["optimize"], "the following arguments are required: --weights, --video, --out"),
        (["serve", "--port", "70000"], "argument --port: a whole number from 0 to 65535"),
        (["serve", "--port", "http"], "argument --port: a whole number from 0 to 65535"),
        (["user", "add", "ada", "--role", "king"], "invalid choice: 'king'"),
        (["dance"], "invalid choice: 'dance'"),
    ],
)
def test_wrong_arguments_are_named_in_words(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(*arguments) == 2
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


def run_command(monkeypatch: pytest.MonkeyPatch, error: BaseException, language: str = "en") -> int:
    """A command that ends by `error`."""

    def fail(_options: object) -> int:
        raise error

    monkeypatch.setattr(cli, "_serve", fail)
    monkeypatch.setenv("LANGUAGE", language)
    monkeypatch.delenv("SIAPP_LOG_LEVEL", raising=False)
    return exit_code("serve")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "9000", "--data-dir", "here", "serve"],
        ["serve", "--port", "9000", "--data-dir", "here"],
        ["--port", "1", "--data-dir", "here", "serve", "--port", "9000"],
    ],
)
def test_an_option_counts_before_and_after_the_command(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Namespace] = []
    monkeypatch.setattr(cli, "_serve", lambda options: seen.append(options) or 0)
    assert exit_code(*arguments) == 0
    assert (seen[0].host, seen[0].port, seen[0].data_dir) == (None, 9000, Path("here"))


def test_an_account_goes_to_the_station_that_is_named_first(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Namespace] = []
    monkeypatch.setattr(cli, "_add_user", lambda options: seen.append(options) or 0)
    assert exit_code("--data-dir", "here", "user", "add", "ada") == 0
    assert seen[0].data_dir == Path("here")


def test_an_error_with_a_meaning_is_its_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(monkeypatch, InvalidInput("x", "Port {port} is taken.", port=8000)) == 1
    assert capsys.readouterr() == ("", "siapp: Port 8000 is taken.\n")


def test_an_error_that_nobody_foresaw_shows_no_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(monkeypatch, RuntimeError("rtsp://u:secret@host in /home/ada")) == 1
    error = capsys.readouterr().err
    assert error.startswith("siapp: Something went wrong that siapp did not foresee (RuntimeError).")
    assert error.count("\n") == 1 and "secret" not in error and "/home" not in error


def test_who_asks_for_the_trace_gets_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "_serve", lambda _options: 1 // 0)
    monkeypatch.setenv("SIAPP_LOG_LEVEL", "debug")
    assert exit_code("serve") == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_ctrl_c_is_no_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr() == ("", "")


def test_the_command_line_itself_imports_nothing_heavy() -> None:
    heavy = {"cv2", "av", "openvino", "PySide6", "aiohttp", "torch", "rich"}
    script = f"import sys, siapp.cli; print(*{heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("variable", [("SIAPP_PORT", "http"), ("SECRET_KEY", "short")])
def test_a_setting_that_is_no_use_is_said_without_its_value(variable: tuple[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "siapp", "user", "add", "ada", "--data-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "LANGUAGE": "en", variable[0]: variable[1]},
        input="a long enough password\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("siapp: ") and done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr and "short" not in done.stderr.split("than")[0]


@pytest.mark.skipif(os.name == "nt", reason="rights come from the folder above there")
def test_what_a_station_writes_is_for_its_owners_eyes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def serve(*_arguments: object) -> int:
        (tmp_path / "written").touch()
        return 0

    monkeypatch.setattr("siapp.app.serve", serve)
    before = os.umask(0o022)
    try:
        assert exit_code("serve", "--data-dir", str(tmp_path)) == 0
    finally:
        os.umask(before)
    assert (tmp_path / "written").stat().st_mode & 0o077 == 0
