"""What every worker process has in common."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# A worker that imports what would tell, and says what it found.
WORKER = """
import multiprocessing, os, sys
from siapp.core.workers import entry
from siapp.core.workers.messages import Done, decode

def look(channel, given):
    import openvino, nncf
    from nncf.telemetry.wrapper import telemetry
    told = [name for name in sys.modules if name.startswith("openvino_telemetry.")]
    channel.send(Done({"told": told, "nncf": type(telemetry).__name__}))

entry._worker = lambda role: look

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    heard, tell = context.Pipe(duplex=False)
    given = (entry.WorkerRole.PROBE, os.getpid(), theirs, tell, {})
    process = context.Process(target=entry.begin, args=given)
    process.start()
    print(decode(heard.recv_bytes()).result)
    process.join()
"""


def test_libraries_tell_nobody_that_they_are_used(tmp_path: Path) -> None:
    (script := tmp_path / "worker.py").write_text(WORKER, encoding="utf-8")
    (home := tmp_path / "home").mkdir()
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "{'told': [], 'nncf': 'MagicMock'}\n", done.stderr
    assert list(home.iterdir()) == []  # where their notes of what was told would lie
