"""The program's own log: a file, without secrets, ended with the program."""

import logging
from pathlib import Path

import pytest

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
        "GET /x?access_token=s3cret HTTP/1.1",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert "s3cret" not in redacted(text)


@pytest.mark.parametrize("text", ["rtsp://camera/1 at 5 fps", "admin@plant", "accessing 3 files", "a://b and c@d"])
def test_plain_text_is_left_alone(text: str) -> None:
    assert redacted(text) == text
