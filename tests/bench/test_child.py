"""Contenders as processes: what they say, how they fail, and that they are gone afterwards."""

import sys
import time
from pathlib import Path

import psutil
import pytest

from siapp.bench.child import ContenderFailed, Workplace

PATIENCE_S = 20.0


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    folder = tmp_path / "work"
    folder.mkdir()
    return Workplace(folder, tmp_path / "bench.log", {"BENCH_TEST": "heard"})


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def test_the_last_thing_said_counts_and_a_librarys_own_words_do_not(workplace: Workplace) -> None:
    said = workplace.ask(
        python("""
import json, os, time
print('{"step": 1}', flush=True)
print("Results saved to somewhere")
print("{broken", flush=True)
time.sleep(0.3)
print(json.dumps({"step": 2, "env": os.environ["BENCH_TEST"]}))
"""),
        PATIENCE_S,
    )
    assert said.pop("peak_bytes") > 1_000_000
    assert said == {"step": 2, "env": "heard"}


def test_a_failure_is_a_sentence_and_its_trace_is_in_the_log(workplace: Workplace) -> None:
    with pytest.raises(ContenderFailed) as failure:
        workplace.ask(python("raise SystemError('the reason')"), PATIENCE_S)
    assert failure.value.text() == "failed: see bench.log"
    assert "the reason" in workplace.log.read_text()


def test_silence_is_a_failure(workplace: Workplace) -> None:
    with pytest.raises(ContenderFailed):
        workplace.ask(python("pass"), PATIENCE_S)


def test_what_takes_too_long_is_ended_with_all_that_it_started(workplace: Workplace) -> None:
    script = """
import json, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
print(json.dumps({"child": child.pid}), flush=True)
time.sleep(100)
"""
    began, children = time.monotonic(), []
    with workplace.start(python(script)) as child, pytest.raises(ContenderFailed, match="not done after 1 s"):
        for said in child.said(1.0):
            children.append(psutil.Process(said["child"]))
    _gone, alive = psutil.wait_procs(children, PATIENCE_S)
    assert children and not alive
    assert time.monotonic() - began < PATIENCE_S


def test_it_begins_when_it_is_told(workplace: Workplace) -> None:
    script = "import sys; print('{\"ready\": 1}', flush=True); sys.stdin.readline(); print('{\"done\": 1}')"
    with workplace.start(python(script)) as child:
        assert child.next(PATIENCE_S) == {"ready": 1}
        assert child.memory() > 1_000_000
        child.go()
        assert child.next(PATIENCE_S) == {"done": 1}
