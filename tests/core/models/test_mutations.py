"""Hundreds of damaged copies of a good file: each is accepted or refused with a sentence; nothing else happens."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.models.support import GOOD

ROOT = Path(__file__).parents[3]


def _run(kind: str, first: int, count: int, folder: Path) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.models.mutations", kind, str(first), str(count), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    # The mutation that ended the process, if one did, is the last one announced.
    assert done.returncode == 0, (done.returncode, lines[-1:], done.stderr[-2000:])
    outcome = json.loads(lines[-1])
    assert outcome["wrong"] == []
    fates: dict[str, int] = outcome["fates"]
    assert sum(fates.values()) == count
    print(kind, fates)
    return fates


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", GOOD)
def test_mutations_are_refused_or_harmless(kind: str, tmp_path: Path) -> None:
    fates = _run(kind, 0, 80, tmp_path)
    assert len(fates) > 2  # they get to different depths


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", GOOD)
def test_a_thousand_mutations_are_refused_or_harmless(kind: str, tmp_path: Path) -> None:
    _run(kind, 1_000, 1_000, tmp_path)
