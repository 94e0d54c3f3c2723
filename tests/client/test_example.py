"""The example as somebody runs it who has made a mistake. That it works is shown in tests/e2e."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WEIGHTS = "README.md"  # a file; nobody gets as far as to read it
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["http://127.0.0.1:1", "olga", "rtsp://h/1", "none.pt"], "there is no file none.pt"),
        (["http://127.0.0.1:1", "olga", "rtsp://h/1", WEIGHTS, "--folder", "none"], "there is no folder none"),
        (["http://127.0.0.1:1", "olga", "rtsp://h/1", WEIGHTS], "the station does not answer"),
        (["127.0.0.1:8000", "olga", "rtsp://h/1", WEIGHTS], "this can't be a station's address"),
        (["http://127.0.0.1:99999", "olga", "rtsp://h/1", WEIGHTS], "this can't be a station's address"),
        ([], "arguments are required"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, "examples/save_ten_pictures.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "SIAPP_PASSWORD": "secret"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0 and not done.stdout
    assert sentence in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
