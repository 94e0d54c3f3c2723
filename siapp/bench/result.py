"""What a run of the benchmark came to: measured values, the ratios between them, and the bars they are held to."""

import statistics
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from siapp.bench.machine import Machine
from siapp.core.domain import Problem
from siapp.core.i18n import Language, _, translate

NETWORK = "network"
ANALYZE, ANALYZE_NO_VIDEO = "analyze", "analyze_no_video"
PREDICT_TORCH, PREDICT_OPENVINO = "predict_torch", "predict_openvino"
LOOP_TORCH, LOOP_OPENVINO = "loop_torch", "loop_openvino"

CONTENDERS = {
    ANALYZE: _("siapp analyze"),
    ANALYZE_NO_VIDEO: _("siapp analyze --no-video"),
    NETWORK: _("network alone (the limit)"),
    PREDICT_TORCH: _("ultralytics predict, torch"),
    PREDICT_OPENVINO: _("ultralytics predict, OpenVINO"),
    LOOP_TORCH: _("Tutorial's loop, torch"),
    LOOP_OPENVINO: _("Tutorial's loop, OpenVINO"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What was measured with. Names without their folders; `input`: (height, width) of the network's input;
    `precision`: what OpenVINO chose for the network alone."""

    video: str
    weights: str
    width: int = 0
    height: int = 0
    fps: float = 0.0
    frames: int = 0
    input: tuple[int, int] = (0, 0)
    precision: str = ""
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One contender on the recorded video. One value for each round; `problem` says why there are none (or no more)."""

    contender: str
    fps: tuple[float, ...] = ()
    core_ms: tuple[float, ...] = ()
    peak_bytes: int = 0
    problem: Problem | None = None

    def with_run(self, fps: float, core_ms: float | None, peak_bytes: int) -> Self:
        ms = self.core_ms if core_ms is None else (*self.core_ms, core_ms)
        return replace(self, fps=(*self.fps, fps), core_ms=ms, peak_bytes=max(self.peak_bytes, peak_bytes))


@dataclass(frozen=True, slots=True)
class CameraStep:
    """So many cameras at once. Rates in frames/s, latencies in ms, `memory_bytes` of all workers."""

    cameras: int
    carried: bool
    fps_least: float
    fps_total: float
    cores: float | None = None
    memory_bytes: int = 0
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class ViewerStep:
    """So many viewers of one task. `cores`: of the main process; `fps_least`: of the viewer who got least."""

    viewers: int
    cores: float
    fps_least: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """What a value is held to. `value` None: not measured."""

    name: str
    label: str
    value: float | None
    bar: float
    goal: float | None
    unit: str
    at_least: bool = True

    @property
    def met(self) -> bool | None:
        if self.value is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar


@dataclass(frozen=True, slots=True)
class Result:
    """Everything measured so far. `problems`: why a part has no values, by its name."""

    given: Given
    machine: Machine
    their_versions: dict[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    cameras: tuple[CameraStep, ...] = ()
    loops: tuple[CameraStep, ...] = ()
    viewers: tuple[ViewerStep, ...] = ()
    first_picture_s: tuple[float, ...] = ()
    problems: dict[str, Problem] = field(default_factory=dict)
    interrupted: bool = False

    def row(self, contender: str) -> Row | None:
        return next((row for row in self.rows if row.contender == contender), None)

    def with_row(self, row: Row) -> Self:
        """The same with `row` in the place of an earlier one of its contender."""
        if self.row(row.contender) is None:
            return replace(self, rows=(*self.rows, row))
        return replace(self, rows=tuple(row if one.contender == row.contender else one for one in self.rows))

    def with_problem(self, part: str, problem: Problem) -> Self:
        return replace(self, problems={**self.problems, part: problem})

    # ---- what follows from it --------------------------------------------------------------------------------

    @property
    def most_carried(self) -> CameraStep | None:
        return max((step for step in self.cameras if step.carried), key=lambda step: step.cameras, default=None)

    @property
    def ratios(self) -> dict[str, float | None]:
        """Machines differ, ratios less so."""
        carried, loops = self.most_carried, max((step.fps_total for step in self.loops), default=0.0)
        return {
            "analyze_of_network": self._ratio(ANALYZE, NETWORK),
            "analyze_no_video_of_network": self._ratio(ANALYZE_NO_VIDEO, NETWORK),
            "analyze_to_loop_torch": self._ratio(ANALYZE, LOOP_TORCH),
            "analyze_to_loop_openvino": self._ratio(ANALYZE, LOOP_OPENVINO),
            "analyze_to_predict_torch": self._ratio(ANALYZE, PREDICT_TORCH),
            "analyze_to_predict_openvino": self._ratio(ANALYZE, PREDICT_OPENVINO),
            "cameras_to_loops": carried.fps_total / loops if carried and loops else None,
        }

    @property
    def bytes_per_camera(self) -> float | None:
        """For each camera more, from the first to the most that were carried."""
        first, most = next((one for one in self.cameras if one.cameras == 1), None), self.most_carried
        if first is None or most is None or most.cameras == 1:
            return None
        return (most.memory_bytes - first.memory_bytes) / (most.cameras - 1)

    @property
    def cores_per_viewer(self) -> float | None:
        """For each viewer more, from the first to the last."""
        some = sorted((step for step in self.viewers if step.viewers), key=lambda step: step.viewers)
        if len(some) < 2:
            return None
        return (some[-1].cores - some[0].cores) / (some[-1].viewers - some[0].viewers)

    @property
    def bars(self) -> tuple[Bar, ...]:
        ratios, memory = self.ratios, self.bytes_per_camera
        megabytes = None if memory is None else memory / 1e6
        fifty = next((step.cores for step in self.viewers if step.viewers == 50), None)
        first = statistics.median(self.first_picture_s) if self.first_picture_s else None
        return (
            _bar("analyze_of_network", _("analyze, of the network alone"), ratios, 0.75, 0.80, "%"),
            _bar("analyze_no_video_of_network", _("analyze --no-video, of the network alone"), ratios, 0.82, 0.88,
                 "%"),
            _bar("analyze_to_loop_torch", _("analyze, against the tutorial's loop, torch"), ratios, 4.2, 5.0,
                 "x"),
            _bar("analyze_to_loop_openvino", _("analyze, against the tutorial's loop, OpenVINO"), ratios, 1.6,
                 None, "x"),
            _bar("cameras_to_loops", _("live frames/s, against a loop per camera"), ratios, 4.0,
                 None, "x"),
            Bar("memory_per_camera", _("memory for each camera more"), megabytes, 300.0, None, "MB", False),
            Bar("viewers_50", _("main process with 50 viewers"), fifty, 0.5, None, "cores", False),
            Bar("first_picture", _("from a task's start to its first picture"), first, 2.5, None, "s", False),
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Ratios and bars first. Texts are English."""
        return {
            "ratios": self.ratios,
            "bars": [
                {
                    "name": bar.name,
                    "value": bar.value,
                    "bar": bar.bar,
                    "goal": bar.goal,
                    "unit": bar.unit,
                    "at_least": bar.at_least,
                    "met": bar.met,
                }
                for bar in self.bars
            ],
            "rows": [_row_json(row) for row in self.rows],
            "live": {
                "cameras": [asdict(step) for step in self.cameras],
                "loops": [asdict(step) for step in self.loops],
                "bytes_per_camera": self.bytes_per_camera,
                "first_picture_s": list(self.first_picture_s),
                "viewers": [asdict(step) for step in self.viewers],
                "cores_per_viewer": self.cores_per_viewer,
            },
            "problems": {part: _text(problem) for part, problem in self.problems.items()},
            "given": asdict(self.given),
            "machine": {**asdict(self.machine), "their_versions": self.their_versions},
            "interrupted": self.interrupted,
        }

    def _ratio(self, one: str, other: str) -> float | None:
        """The median of the rounds' ratios: what slows the machine for a while, slows both."""
        first, second = self.row(one), self.row(other)
        if first is None or second is None:
            return None
        pairs = [a / b for a, b in zip(first.fps, second.fps, strict=False) if b]
        return statistics.median(pairs) if pairs else None


def _bar(name: str, label: str, ratios: dict[str, float | None], bar: float, goal: float | None, unit: str) -> Bar:
    return Bar(name, label, ratios[name], bar, goal, unit)


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "contender": row.contender,
        "label": CONTENDERS[row.contender],
        "fps": statistics.median(row.fps) if row.fps else None,
        "fps_of_rounds": list(row.fps),
        "core_ms": statistics.median(row.core_ms) if row.core_ms else None,
        "peak_rss_bytes": row.peak_bytes or None,
        "problem": row.problem and _text(row.problem),
    }


def _text(problem: Problem) -> str:
    return translate(problem.message, Language.ENGLISH, **dict(problem.values))
