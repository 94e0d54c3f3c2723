"""The recorded part: each contender runs the same video, in turns, so that a slow moment of the machine hits all."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siapp.bench.child import ContenderFailed, Said, Workplace, ours, theirs
from siapp.bench.plan import CONFIDENCE, IOU, Plan
from siapp.bench.result import (
    ANALYZE,
    ANALYZE_NO_VIDEO,
    LOOP_OPENVINO,
    LOOP_TORCH,
    NETWORK,
    PREDICT_OPENVINO,
    PREDICT_TORCH,
    Row,
)
from siapp.core.domain import Problem
from siapp.core.errors import SiappError
from siapp.core.i18n import _

LOADING_S = 120.0  # at most, before a contender's clock starts
EXPORT_S = 240.0
SLOWER_S = 60.0  # siapp's own runs have no clock that ends them: they may take so much longer than meant

NOT_A_CHECKPOINT = Problem("not_a_checkpoint", _("runs .pt weights only"))
NOT_INSTALLED = Problem("not_installed", _("not installed: pip install 'siapp[ultralytics]'"))


@dataclass(frozen=True, slots=True)
class Material:
    """What is run: `video` in the length that fits the plan, its facts, `weights`, their imported `artefact`, and
    `exported`, ultralytics' own OpenVINO form of them, each where there is one. `python`: of the environment with
    ultralytics; `no_torch`, `no_openvino`: why its contenders on these can't run."""

    video: Path
    width: int
    height: int
    input: tuple[int, int]
    weights: Path
    artefact: Path
    python: Path
    exported: Path | None = None
    no_torch: Problem | None = None
    no_openvino: Problem | None = None


OnRow = Callable[[Row], None]
Tell = Callable[[str, str], None]
"""Hears what begins (a contender) and what of (1/3)."""


class Contest:
    """All contenders on one video. `on_row` hears each row as it grows."""

    def __init__(self, workplace: Workplace, material: Material, plan: Plan, tell: Tell, on_row: OnRow) -> None:
        self._workplace = workplace
        self._material = material
        self._plan = plan
        self._tell = tell
        self._on_row = on_row

    def run(self) -> None:
        rows = {name: Row(name, problem=self._hindrance(name)) for name in _RUNS}
        for row in rows.values():
            self._on_row(row)
        until = time.monotonic() + self._plan.rounds_s
        for number in range(self._plan.rounds):
            if number and time.monotonic() > until:
                break
            for name, run in _RUNS.items():
                if rows[name].problem is None:
                    self._tell(name, f"{number + 1}/{self._plan.rounds}")
                    rows[name] = self._after(rows[name], run)
                    self._on_row(rows[name])

    def _hindrance(self, name: str) -> Problem | None:
        material = self._material
        return {
            PREDICT_TORCH: material.no_torch,
            LOOP_TORCH: material.no_torch,
            PREDICT_OPENVINO: material.no_openvino,
            LOOP_OPENVINO: material.no_openvino,
        }.get(name)

    def _after(self, row: Row, run: "_Run") -> Row:
        try:
            said = run(self._workplace, self._material, self._plan)
            frames, cpu_s = said["frames"], said.get("cpu_s")
            if not frames:
                raise ContenderFailed("no_frames", _("It could read no frame of the video."))
            core_ms = None if cpu_s is None else cpu_s / frames * 1000
            return row.with_run(frames / said["seconds"], core_ms, said["peak_bytes"])
        except ContenderFailed as error:
            return Row(row.contender, row.fps, row.core_ms, row.peak_bytes, as_problem(error))


def as_problem(error: SiappError) -> Problem:
    return Problem(error.code, error.message, tuple((name, str(value)) for name, value in error.values.items()))


def network_alone(workplace: Workplace, material: Material, seconds: float) -> Said:
    given = {"folder": str(material.artefact), "input": material.input, "seconds": seconds}
    return workplace.ask(ours("network", given), LOADING_S + seconds)


def exported(workplace: Workplace, python: Path, weights: Path) -> Path:
    """ultralytics' own OpenVINO form of `weights`, as its export makes it where nothing else is asked for: square."""
    copy = workplace.new_folder() / weights.name  # it writes beside what it exports
    copy.write_bytes(weights.read_bytes())
    said = workplace.ask(theirs(python, "export", {"weights": str(copy)}), EXPORT_S)
    return Path(said["exported"])


_Run = Callable[[Workplace, Material, Plan], Said]


def _network(workplace: Workplace, material: Material, plan: Plan) -> Said:
    return network_alone(workplace, material, plan.network_s)


def _analyze(with_video: bool) -> _Run:
    def run(workplace: Workplace, material: Material, plan: Plan) -> Said:
        given = {
            "video": str(material.video),
            "weights": str(material.weights),
            "folder": str(workplace.new_folder()),
            "with_video": with_video,
            "confidence": CONFIDENCE,
            "iou": IOU,
        }
        return workplace.ask(ours("analyze", given), LOADING_S + SLOWER_S + plan.run_s)

    return run


def _ultralytics(name: str, on_torch: bool) -> _Run:
    def run(workplace: Workplace, material: Material, plan: Plan) -> Said:
        weights = material.weights if on_torch else material.exported
        given = {
            **their_options(material, str(weights)),
            "folder": str(workplace.new_folder()),
            "seconds": plan.run_s,
        }
        return workplace.ask(theirs(material.python, name, given), LOADING_S + plan.run_s)

    return run


def their_options(material: Material, weights: str) -> dict[str, Any]:
    """What every contender with ultralytics is given."""
    return {
        "weights": weights,
        "video": str(material.video),
        "width": material.width,
        "height": material.height,
        "confidence": CONFIDENCE,
        "iou": IOU,
    }


_RUNS: dict[str, _Run] = {
    NETWORK: _network,
    ANALYZE: _analyze(with_video=True),
    ANALYZE_NO_VIDEO: _analyze(with_video=False),
    PREDICT_TORCH: _ultralytics("predict", on_torch=True),
    PREDICT_OPENVINO: _ultralytics("predict", on_torch=False),
    LOOP_TORCH: _ultralytics("loop", on_torch=True),
    LOOP_OPENVINO: _ultralytics("loop", on_torch=False),
}
