"""How long and how often things are measured, so that a whole run ends in time on any machine."""

from dataclasses import dataclass

FRAMES_A_SECOND = 10.0  # that a camera is to be analysed with
CONFIDENCE, IOU = 0.25, 0.7


@dataclass(frozen=True, slots=True)
class Plan:
    """Times in seconds, warm-up not counted.

    `total_s`: after that nothing more is begun. `rounds`: of the recorded part, the first and as many more as are
    begun within `rounds_s`. `run_s`: how long one run of a video is meant to take, and the longest that a slow
    contender goes on; `network_s`: the same for the network alone. `camera_s`, `loop_s`: for each number of cameras
    of siapp and of the tutorial's loops; `search_s`: after that no further number is tried. `viewers_s`: for each
    number of viewers. `starts`: how many starts of a task.
    """

    total_s: float = 540.0
    rounds: int = 3
    rounds_s: float = 260.0
    run_s: float = 6.0
    network_s: float = 4.0
    camera_s: float = 5.0
    search_s: float = 70.0
    most_cameras: int = 64
    loops: tuple[int, ...] = (1, 2, 4)
    loop_s: float = 6.0
    viewers: tuple[int, ...] = (0, 1, 50)
    viewers_s: float = 6.0
    starts: int = 5


QUICK = Plan(
    total_s=100.0,
    rounds=1,
    run_s=3.0,
    network_s=2.0,
    camera_s=3.0,
    search_s=12.0,
    loops=(2,),
    loop_s=4.0,
    viewers_s=3.0,
    starts=2,
)
