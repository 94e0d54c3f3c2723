"""How long a person waits for the window."""

import statistics
import subprocess
import sys
import tempfile
import time

from tools.figures.machine import virtual_screen

ROUNDS = 3


def startup() -> None:
    with virtual_screen() as environment, tempfile.TemporaryDirectory() as folder:
        seconds = [_start_once(environment, folder) for _round in range(ROUNDS + 1)]
    print(f"from `siapp` to a window on the screen: first start {seconds[0]:.2f} s, then "
          f"{statistics.median(seconds[1:]):.2f} s (median of {ROUNDS})")  # fmt: skip


def _start_once(environment: dict[str, str], folder: str) -> float:
    began = time.perf_counter()
    program = subprocess.Popen([sys.executable, "-m", "siapp", "--port", "0", "--data-dir", folder], env=environment)
    try:
        search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "siapp"]
        subprocess.run(search, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=60)
        return time.perf_counter() - began
    finally:
        program.terminate()
        program.wait(20)
