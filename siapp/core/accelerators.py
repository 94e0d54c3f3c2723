"""What can run networks, by name: the processor, Intel's graphics and neural units, NVIDIA's cards. What was
measured of each, and which one is chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from siapp.core.domain import Problem

AUTO: Final = "auto"
CPU: Final = "cpu"
NAMES: Final = r"cpu|gpu(\.\d{1,2})?|npu|cuda(\.\d{1,2})?"
"""A pattern. gpu: Intel's graphics (gpu.1: the second one), npu: Intel's neural unit, cuda: NVIDIA's cards."""

SCORE_TOLERANCE: Final = 0.1
"""bfloat16 moves a YOLOv8n's scores by 0.04 and its boxes by 0.7 pixels. A broken driver's answers are far off."""
BOX_TOLERANCE: Final = 8.0
LONGEST_COMPILE_S: Final = 10.0
"""A task compiles at each start, and is taken for dead where that needs 20 s."""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """Something that is there. `name`: as in the setting; `title`, `driver`: for people, "" where unknown."""

    name: str
    title: str
    driver: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one accelerator did with a network. `fps`: frames a second, the network alone; `compile_s`: seconds until
    it was ready; `score_error` and `box_error` (pixels of the input): the largest distance from what the processor
    gives in float32. `problem`: why there is nothing of that."""

    name: str
    precision: str = ""
    fps: float = 0.0
    compile_s: float = 0.0
    score_error: float = 0.0
    box_error: float = 0.0
    problem: Problem | None = None

    @property
    def agrees(self) -> bool:
        return self.problem is None and self.score_error <= SCORE_TOLERANCE and self.box_error <= BOX_TOLERANCE


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that can run networks here, the processor first, and the libraries' versions. Measurements hold
    while none of it changes."""

    accelerators: tuple[Accelerator, ...]
    versions: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(accelerator.name for accelerator in self.accelerators)

    def find(self, name: str) -> Accelerator | None:
        """Number 0 may be left out, in the wish and in the library's name."""
        plain = name.removesuffix(".0")
        return next((each for each in self.accelerators if each.name.removesuffix(".0") == plain), None)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(tuple(Accelerator(**each) for each in stored["accelerators"]), dict(stored["versions"]))


def is_nvidia(name: str) -> bool:
    return name.partition(".")[0] == "cuda"


def fastest(measurements: Iterable[Measurement]) -> str:
    """The name of the fastest that agrees with the processor; the processor where there is none."""
    usable = (each for each in measurements if each.agrees and each.compile_s <= LONGEST_COMPILE_S)
    best = max(usable, key=lambda each: each.fps, default=None)
    return best.name if best else CPU


def choose(wish: str, inventory: Inventory, measurements: Sequence[Measurement]) -> str:
    """What tasks run on. A wish that is there is granted unmeasured, one that is not means the processor."""
    if wish == AUTO:
        return fastest(measurements)
    found = inventory.find(wish)
    return found.name if found else CPU
