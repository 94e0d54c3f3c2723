"""A task's pictures for a viewer over the network as H.264 and as JPEG, one after the other from the same camera."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import psutil

from siapp.core.resources import resources
from tools.figures.machine import camera, percentiles, role_of
from tools.figures.program import Program, program, share_of_a_core
from tools.figures.viewers import SETTLE_S, Viewer

RATE = 10
MEASURE_S = 20.0
WIDTHS = (1280, 640)
KINDS = {"JPEG": "format=jpeg&boxes=0", "H.264": "format=h264"}


async def remote(videos: Sequence[Path]) -> None:
    """Tasks at 10 frames/s, each watched by one viewer, in each width as JPEG and as H.264."""
    for video in videos or (resources() / "demo" / "demo.mp4",):
        print(video.name)
        with camera(video) as url:
            async with program() as siapp:
                task = await siapp.add_task(url, max_fps=RATE)
                await siapp.start(task)
                await _measure(siapp, task)


async def _measure(siapp: Program, task: int) -> None:
    workers = siapp.process.children(recursive=True)
    (analysis,) = (one for one in workers if role_of(one, siapp.process) == "analysis")
    await asyncio.sleep(SETTLE_S)
    share = await share_of_a_core(analysis, MEASURE_S)
    rate = (await siapp.get(f"/tasks/{task}"))["stats"]["fps_out"]
    print(f"  watched by nobody: {_cost(share, rate)}")
    for width in WIDTHS:
        jpeg, h264 = [await _watched(siapp, task, analysis, kind, width) for kind in KINDS]
        print(f"  {width:4d} wide: H.264 takes a {jpeg / h264:.1f}th of JPEG's bytes")


async def _watched(siapp: Program, task: int, analysis: psutil.Process, kind: str, width: int) -> float:
    """Bytes of a picture with one viewer."""
    viewer = Viewer(await siapp.watch(f"/ws/tasks/{task}?{KINDS[kind]}&width={width}"))
    reading = asyncio.create_task(viewer.read())
    await asyncio.sleep(SETTLE_S)
    viewer.begin_anew()
    share = await share_of_a_core(analysis, MEASURE_S)
    rate, size = len(viewer.latencies_ms) / MEASURE_S, viewer.size / MEASURE_S
    print(f"  {width:4d} wide, {kind:5}: {_cost(share, rate)}; {size / 1000:6.1f} kB/s, "
          f"{size / rate / 1000:5.1f} kB each; from the camera's frame {percentiles(viewer.latencies_ms)}")  # fmt: skip
    await viewer.socket.close()
    await reading
    return size / rate


def _cost(share: float, rate: float) -> str:
    """Of the analysis, so that it can be compared where the machine does not keep up."""
    return f"{rate:4.1f} pictures/s, {share / rate * 1000:5.1f} ms of a core for each"
