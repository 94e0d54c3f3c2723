"""Measures the figures that siapp is judged by, on this machine, and prints them.

    python -m tools.figures startup     seconds from `siapp` to a usable window (needs xvfb and xdotool)
    python -m tools.figures live        memory of each process, and latency from camera to tile
    python -m tools.figures analyze VIDEO WEIGHTS --yolo YOLO
                                        frames/s of `siapp analyze` and of `yolo predict`, in turns

Run them on a quiet machine. `live` uses the tests' own RTSP camera, in a process of its own.
"""

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

SCREEN = "1280x720x24"
LIVE_S = 30.0
ROUNDS = 3
CAMERA = """
import sys
from tests.cameras import ScriptedCamera, encode_clip
from tools.demo.scene import Scene
scene = Scene(1280, 720, 1)
with ScriptedCamera(encode_clip([scene.frame(i)[0] for i in range(75)], 75, fps=25, gop=25)) as camera:
    print(camera.url, flush=True)
    sys.stdin.read()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("startup").set_defaults(measure=lambda _options: startup())
    commands.add_parser("live").set_defaults(measure=lambda _options: live())
    analyze = commands.add_parser("analyze")
    analyze.add_argument("video", type=Path)
    analyze.add_argument("weights", type=Path)
    analyze.add_argument("--yolo", type=Path, help="the `yolo` command of an environment with ultralytics")
    analyze.set_defaults(measure=lambda o: compare_analyze(o.video.resolve(), o.weights.resolve(), o.yolo))
    options = parser.parse_args()
    options.measure(options)


@contextmanager
def virtual_screen() -> Iterator[dict[str, str]]:
    """An X server of our own; the answer is the environment for its clients."""
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN], pass_fds=[writing],
                              stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    try:
        yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait()


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


def live() -> None:
    """One 1280x720 camera at 25 frames/s, the demo's algorithm, one tile on a 1280x720 screen."""
    camera = subprocess.Popen([sys.executable, "-c", CAMERA], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert camera.stdout and camera.stdin
    url = camera.stdout.readline().strip()
    try:
        with virtual_screen() as environment, tempfile.TemporaryDirectory() as folder:
            os.environ.update(environment)
            from siapp.ui.application import run

            run(lambda: _watch(url, Path(folder)))
    finally:
        camera.stdin.close()
        camera.wait(10)


async def _watch(url: str, folder: Path) -> int:
    from siapp.app import Station
    from siapp.core.domain import Actor, Role
    from siapp.core.resources import resources
    from siapp.core.settings import load_settings
    from siapp.demo import wait_until_ready
    from siapp.ui.application import Desktop, ServerInfo
    from siapp.ui.live.tile import Tile

    async with Station(load_settings(data_dir=folder, port=0)) as station:
        services, actor = station.services, Actor(1, "figures", Role.ADMIN)
        device = await services.devices.add(actor, "Camera", url)
        algorithm = await services.algorithms.add_from_file(actor, "Demo", resources() / "demo" / "demo.pt")
        await wait_until_ready(station, algorithm.id)
        task = await services.tasks.add(actor, "Task", device.id, algorithm.id)
        desktop = Desktop(services, ServerInfo("-", lambda: 0), actor)
        window = asyncio.create_task(desktop.run())
        await services.tasks.start(actor, task.id)
        await asyncio.sleep(LIVE_S)
        for tile in desktop.window.findChildren(Tile):
            if tile.latencies_ms:
                _print_latency(list(tile.latencies_ms))
        print((await services.tasks.get(task.id)).stats)
        _print_memory()
        window.cancel()
        await asyncio.gather(window, return_exceptions=True)
    return 0


def _print_latency(samples: list[float]) -> None:
    cuts = statistics.quantiles(samples, n=100)
    print(f"camera to tile: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms ({len(samples)} pictures; from the decoded "
          "frame in the capture process to its paint)")  # fmt: skip


def _print_memory() -> None:
    main_process = psutil.Process()
    for process in (main_process, *main_process.children(recursive=True)):
        command = " ".join(process.cmdline())
        if process is main_process or "spawn_main" in command:
            memory = process.memory_full_info()
            print(f"{_role(process, main_process):<9} rss {memory.rss >> 20:5d} MB   pss {memory.pss >> 20:5d} MB")


def _role(process: psutil.Process, main_process: psutil.Process) -> str:
    """By the libraries that each kind of process alone has open."""
    if process.pid == main_process.pid:
        return "main"
    libraries = " ".join(mapped.path for mapped in process.memory_maps())
    return "analysis" if "openvino" in libraries else "capture"


def compare_analyze(video: Path, weights: Path, yolo: Path | None) -> None:
    for _round in range(ROUNDS):
        print(f"siapp analyze   {_siapp_fps(video, weights):6.1f} frames/s")
        if yolo is not None:
            print(f"yolo predict    {_yolo_fps(video, weights, yolo):6.1f} frames/s")


def _siapp_fps(video: Path, weights: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "siapp", "analyze", str(video), "--weights", str(weights), "--out", folder]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"([\d.]+) frames/s", printed)
    assert found, printed
    return float(found.group(1))


def _yolo_fps(video: Path, weights: Path, yolo: Path) -> float:
    """Frames by the wall clock of the prediction, without loading: what ultralytics needs for 0 frames is taken off."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(yolo), "predict", f"model={weights}", f"source={video}", f"project={folder}", "save=True"]
        began = time.perf_counter()
        printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout
        lines = [line for line in printed.splitlines() if line.startswith("video ")]
        seconds = time.perf_counter() - began - _loading_s(yolo, weights, folder)
    return len(lines) / seconds


def _loading_s(yolo: Path, weights: Path, folder: str) -> float:
    """The same command on one picture: what loading torch and the weights costs."""
    import cv2
    import numpy as np

    picture = Path(folder) / "one.png"
    cv2.imwrite(str(picture), np.zeros((64, 64, 3), np.uint8))
    command = [str(yolo), "predict", f"model={weights}", f"source={picture}", f"project={folder}", "save=False"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
