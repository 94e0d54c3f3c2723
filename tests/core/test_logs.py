"""The program's own log: a file, without secrets, ended with the program."""

import json
import logging
import os
import re
import stat
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path

import pytest

from siapp.core import logs
from siapp.core.lognote import Note, begin, signed_in
from siapp.core.logs import redacted, start_logging


def test_lines_reach_the_file_when_logging_ends(tmp_path: Path) -> None:
    stop = start_logging(tmp_path, "INFO")
    logging.getLogger("siapp.test").info("camera %s", "rtsp://admin:s3cret@camera/1")
    stop()
    text = (tmp_path / "siapp.log").read_text()
    assert "camera rtsp://***:***@camera/1" in text


def test_a_traceback_is_redacted_too(tmp_path: Path) -> None:
    stop = start_logging(tmp_path, "INFO")
    try:
        raise OSError("can't open http://admin:s3cret@camera/")
    except OSError:
        logging.getLogger("siapp.test").warning("failed", exc_info=True)
    stop()
    text = (tmp_path / "siapp.log").read_text()
    assert "OSError" in text
    assert "s3cret" not in text


@pytest.mark.skipif(os.name == "nt", reason="rights come from the folder above there")
def test_only_the_owner_reads_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST_BYTES", 500)
    for name in ("siapp.log", "siapp.log.1"):
        (tmp_path / name).write_text("old\n" * 200)
        (tmp_path / name).chmod(0o644)
    stop = start_logging(tmp_path, "INFO")
    for _line in range(20):
        logging.getLogger("siapp.test").info("a line that fills the file")
    stop()
    files = list(tmp_path.iterdir())
    assert len(files) > 2 and {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_nothing_is_written_after_the_end(tmp_path: Path) -> None:
    stop = start_logging(tmp_path, "INFO")
    stop()
    logging.getLogger("siapp.test").warning("late")
    assert "late" not in ((tmp_path / "siapp.log").read_text() if (tmp_path / "siapp.log").exists() else "")


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://admin:s3cret@camera/1",
        "rtsp://admin:p@s3cret@camera/1",
        "postgresql://siapp:s3cret@db/siapp",
        "http://camera/?user=a&password=s3cret",
        "http://camera/?access=s3cret",
        "rtsp://camera/user=a_password=s3cret_channel=1",
        "rtsp://camera/user=a_password=my_s3cret_channel=1",
        "http://camera/?loginuse=a&loginpas=s3cret",
        "http://camera/?account=s3cret&pw=s3cret",
        "rtsp://camera/acct=s3cret_pw=s3cret_channel=1",
        "GET /x?access_token=s3cret HTTP/1.1",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert "s3cret" not in redacted(text)


@pytest.mark.parametrize("text", ["rtsp://camera/1 at 5 fps", "admin@plant", "accessing 3 files", "a://b and c@d"])
def test_plain_text_is_left_alone(text: str) -> None:
    assert redacted(text) == text


# ---- lines of requests, and lines for programs ----------------------------------------------------------------


def written(folder: Path, as_json: bool, say: Callable[[], None]) -> list[str]:
    """The lines that `say` leaves in the file."""
    stop = start_logging(folder, "INFO", as_json)
    try:
        say()
    finally:
        stop()
    return (folder / "siapp.log").read_text(encoding="utf-8").splitlines()


def in_a_request(say: Callable[[], None]) -> None:
    def of_a_request() -> None:
        begin(Note("abc-1", route="/tasks/{task_id}", task_id=7))
        signed_in("vera")
        say()

    copy_context().run(of_a_request)


def test_each_line_of_a_request_has_its_id_and_others_have_none(tmp_path: Path) -> None:
    def say() -> None:
        in_a_request(lambda: logging.getLogger("part").info("inside"))
        logging.getLogger("part").info("outside")

    inside, outside = written(tmp_path, False, say)
    assert inside.endswith("INFO    part [abc-1]: inside")
    assert outside.endswith("INFO    part: outside")


def test_json_lines_say_what_is_known_of_the_request(tmp_path: Path) -> None:
    def say() -> None:
        in_a_request(lambda: logging.getLogger("part").warning("two\nlines, 两行"))
        logging.getLogger("part").info("of a task", extra={"task_id": 9})

    inside, outside = (json.loads(line) for line in written(tmp_path, True, say))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", inside.pop("time"))
    assert inside == {
        "level": "WARNING",
        "logger": "part",
        "message": "two\nlines, 两行",
        "request_id": "abc-1",
        "user": "vera",
        "route": "/tasks/{task_id}",
        "task_id": 7,
    }
    assert (outside["task_id"], outside.keys() & {"request_id", "user", "route"}) == (9, set())


def test_json_lines_hide_what_text_lines_hide_and_keep_traces(tmp_path: Path) -> None:
    def say() -> None:
        try:
            raise ValueError("rtsp://root:hunter2@10.0.0.5/live")
        except ValueError:
            logging.getLogger("part").warning("it failed, token=s3cret", exc_info=True)

    (line,) = written(tmp_path, True, say)
    message = json.loads(line)["message"]
    assert "ValueError" in message and "rtsp://***:***@10.0.0.5/live" in message
    assert "hunter2" not in line and "s3cret" not in line


def test_the_file_is_rotated_and_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST_BYTES", 2000)
    monkeypatch.setattr(logs, "KEPT", 2)

    def say() -> None:
        for number in range(200):
            logging.getLogger("part").info("line %d", number)

    written(tmp_path, True, say)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["siapp.log", "siapp.log.1", "siapp.log.2"]
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())
    assert json.loads((tmp_path / "siapp.log").read_text().splitlines()[-1])["message"] == "line 199"
