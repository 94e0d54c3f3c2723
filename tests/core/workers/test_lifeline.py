"""No child outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[3]

# A parent whose child beats and hears nothing but the kernel, or nothing but its pipe.
PARENT = """
import os, sys, time, multiprocessing
from siapp.core.workers import lifeline
from siapp.core.workers.channel import Channel
def child(kernel, parent, commands, reports):
    lifeline.ignore_terminal()
    if kernel:
        lifeline.die_with(parent)
        time.sleep(600)
    channel = Channel(commands, reports)
    while True:
        list(channel.receive(60))
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    heard, tell = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(sys.argv[1] == "kernel", os.getpid(), theirs, tell))
    process.start()
    theirs.close(), tell.close()
    time.sleep(1.5)
    print(process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("way", ["kernel", "pipe"])
def test_a_child_ends_with_its_parent(way: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, str(script), way], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    child.send_signal(signal.SIGINT)  # Ctrl+C is for the main process
    time.sleep(0.2)
    assert child.is_running()
    parent.kill()
    parent.communicate()
    assert not psutil.wait_procs([child], timeout=5)[1]


def test_one_whose_parent_is_gone_already_ends_at_once() -> None:
    code = "from siapp.core.workers.lifeline import die_with; die_with(1 << 22); print('alive')"
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, ""), time.monotonic() - started
