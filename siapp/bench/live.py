"""The live parts: cameras, tutorial's loops, starts, viewers. Every camera is the same looped file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from siapp.bench.child import Workplace, ours, theirs
from siapp.bench.plan import CONFIDENCE, IOU, Plan
from siapp.bench.recorded import LOADING_S, Material, their_options
from siapp.bench.result import CameraStep, ViewerStep

ENOUGH = 0.95  # of the wished frames/s

OnStep = Callable[[int], None]
"""Hears how many begin."""


def first_pictures(workplace: Workplace, material: Material, plan: Plan, fps: float) -> Iterator[float]:
    """Seconds from a task's start to its first picture, start after start."""
    given = {**_station(workplace, material, fps), "starts": plan.starts}
    with workplace.start(ours("start", given)) as child:
        for said in child.said(LOADING_S + 60.0 * plan.starts):
            yield said["first_picture_s"]


def cameras(workplace: Workplace, material: Material, plan: Plan, fps: float) -> Iterator[CameraStep]:
    """siapp with ever more cameras."""
    given = {
        **_station(workplace, material, fps),
        "most": plan.most_cameras,
        "seconds": plan.camera_s,
        "limit_s": plan.search_s,
    }
    with workplace.start(ours("cameras", given)) as child:
        for said in child.said(2 * LOADING_S + plan.search_s):
            yield CameraStep(**said)


def loops(workplace: Workplace, material: Material, plan: Plan, fps: float, count: int) -> CameraStep:
    """`count` tutorial's loops at once, one for each camera, with torch as it comes."""
    given = {**their_options(material, str(material.weights)), "fps": fps, "seconds": plan.loop_s}
    command = theirs(material.python, "camera", given)
    with ExitStack() as running:
        children = [running.enter_context(workplace.start(command)) for _loop in range(count)]
        for child in children:
            child.next(LOADING_S * count)  # says that it is ready
        memory = sum(child.memory() for child in children)
        for child in children:
            child.go()
        said = [child.next(LOADING_S) for child in children]
    rates = [one["frames"] / one["seconds"] for one in said]
    return CameraStep(
        cameras=count,
        carried=min(rates) >= ENOUGH * fps,
        fps_least=min(rates),
        fps_total=sum(rates),
        cores=sum(one["cpu_s"] / one["seconds"] for one in said),
        memory_bytes=memory,
    )


def viewers(workplace: Workplace, material: Material, plan: Plan, fps: float, on_step: OnStep) -> Iterator[ViewerStep]:
    """One task, watched by more and more people."""
    with workplace.start(ours("served", _station(workplace, material, fps))) as station:
        served = station.next(LOADING_S)
        for count in plan.viewers:
            on_step(count)
            yield _watched(workplace, served, count, plan.viewers_s)


def _watched(workplace: Workplace, served: dict[str, Any], count: int, seconds: float) -> ViewerStep:
    said = workplace.ask(ours("viewers", {**served, "viewers": count, "seconds": seconds}), LOADING_S + seconds)
    return ViewerStep(said["viewers"], said["cores"], said["fps_least"])


def _station(workplace: Workplace, material: Material, fps: float) -> dict[str, Any]:
    return {
        "folder": str(workplace.new_folder()),
        "video": str(material.video),
        "weights": str(material.weights),
        "confidence": CONFIDENCE,
        "iou": IOU,
        "fps": fps,
    }
