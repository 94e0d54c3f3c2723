"""One run of the benchmark, from what is asked for to its files."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from siapp.bench import live
from siapp.bench.child import LOG_NAME, ContenderFailed, Said, Workplace, ours, theirs
from siapp.bench.machine import THEIRS, this_machine
from siapp.bench.plan import FRAMES_A_SECOND, QUICK, Plan
from siapp.bench.recorded import (
    NOT_A_CHECKPOINT,
    NOT_INSTALLED,
    Contest,
    Material,
    as_problem,
    exported,
    network_alone,
)
from siapp.bench.result import CONTENDERS, Given, Result, Row
from siapp.bench.table import markdown, print_tables
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _, terminal_language, translate
from siapp.core.resources import resources

JSON_NAME, TABLE_NAME = "bench.json", "bench.md"
RECORDED, START, VIEWERS, CAMERAS, LOOPS = "recorded", "start", "viewers", "cameras", "loops"
PARTS = (RECORDED, START, VIEWERS, CAMERAS, LOOPS)
CHECKPOINT = ".pt"
ASK_S = 30.0
PREPARE_S = 400.0
CLIP_S = 120.0
LOOK_S = 2.0  # at the network alone, to know how long a video the plan has time for
FEWEST_FRAMES, MOST_FRAMES = 20, 5000
CAMERA_CLIP_S = 30.0
SCREEN = 1280, 720
# As in siapp's own import: ultralytics installs nothing, loads no code from weights, and keeps its files here.
THEIR_ENVIRONMENT = {
    "ULTRALYTICS_SAFE_LOAD": "1",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_OFFLINE": "true",
    "YOLO_VERBOSE": "false",
}


def run_bench(options: argparse.Namespace) -> None:
    """The command: measure, write bench.json and bench.md, print the table.

    Raises SiappError where it can't begin. KeyboardInterrupt is passed on once what was measured so far is written.
    """
    demo = resources() / "demo"
    files = Files(options.video or demo / "demo.mp4", options.weights or demo / "demo.pt", options.out.absolute())
    python = options.python or Path(sys.executable)
    files.check(python)
    measure(files, python, options.only or PARTS, QUICK if options.quick else Plan())


def measure(files: "Files", python: Path, parts: Collection[str], plan: Plan) -> Result:
    """As `run_bench`, with a plan of one's own."""
    bench = _Bench(files, python.absolute(), plan)
    try:
        with tempfile.TemporaryDirectory(prefix="siapp-bench-") as folder:
            bench.run(Path(folder), parts)
    except KeyboardInterrupt:
        bench.result = replace(bench.result, interrupted=True)
        raise
    finally:
        if bench.begun:
            files.write(bench.result)
            print_tables(Console(), bench.result, terminal_language())
    return bench.result


@dataclass(frozen=True, slots=True)
class Files:
    video: Path
    weights: Path
    out: Path

    def check(self, python: Path) -> None:
        for path in (self.video, self.weights, python):
            if not path.is_file():
                raise InvalidInput("no_such_file", _("There is no file “{name}”."), name=path.name)
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            (self.out / LOG_NAME).write_bytes(b"")
        except OSError as error:
            raise InvalidInput(
                "bad_folder", _("The results can't be written there: {reason}."), reason=error.strerror or "?"
            ) from error

    def write(self, result: Result) -> None:
        text = json.dumps(result.to_json(), indent=2, ensure_ascii=False)
        (self.out / JSON_NAME).write_text(text + "\n", encoding="utf-8")
        (self.out / TABLE_NAME).write_text(markdown(result), encoding="utf-8")


class _Bench:
    """The parts one after the other. `result` grows; `begun`: whether there is anything worth writing."""

    def __init__(self, files: Files, python: Path, plan: Plan) -> None:
        self._files = files
        self._python = python
        self._plan = plan
        self._console = Console(stderr=True, highlight=False)
        self._until = time.monotonic() + plan.total_s
        self.begun = False
        self.result = Result(Given(files.video.name, files.weights.name, quick=plan == QUICK), this_machine())

    def run(self, folder: Path, parts: Collection[str]) -> None:
        environment = {**THEIR_ENVIRONMENT, "YOLO_CONFIG_DIR": str(folder)}
        workplace = Workplace(folder, self._files.out / LOG_NAME, environment)
        versions = self._their_versions(workplace)
        material = self._with_ultralytics(self._prepared(workplace), versions)
        self.begun = True
        todo: dict[str, Callable[[Workplace, Material], None]] = {
            RECORDED: self._recorded,
            START: self._start,
            VIEWERS: self._viewers,
            CAMERAS: self._cameras,
            LOOPS: self._loops,
        }
        for part, take in todo.items():
            if part in parts:
                with self._problems_of(part):
                    self._check_time()
                    take(workplace, material)

    # ---- before the clocks start -----------------------------------------------------------------------------

    def _prepared(self, workplace: Workplace) -> Material:
        self._say(_("Importing the weights"))
        artefact = workplace.new_folder()
        given = {"video": str(self._files.video.absolute()), "weights": str(self._files.weights.absolute())}
        said = workplace.ask(ours("prepare", {**given, "folder": str(artefact)}), PREPARE_S)
        if error := said.get("error"):
            raise SiappError(error["code"], error["message"], **error["values"])
        info, shape = said["info"], (int(said["input"][0]), int(said["input"][1]))
        self.result = replace(
            self.result,
            given=replace(
                self.result.given,
                width=info["width"],
                height=info["height"],
                fps=info["fps"],
                frames=info["frames"] or 0,
                input=shape,
            ),
        )
        return Material(
            video=self._files.video.absolute(),
            width=info["width"],
            height=info["height"],
            input=shape,
            weights=self._files.weights.absolute(),
            artefact=artefact,
            python=self._python,
        )

    def _with_ultralytics(self, material: Material, versions: Said) -> Material:
        """The same, with the reason why its contenders can't run, if there is one."""
        self.result = replace(
            self.result, their_versions={name: versions[name] for name in THEIRS if versions.get(name)}
        )
        if not versions.get("ultralytics"):
            return replace(material, no_torch=NOT_INSTALLED, no_openvino=NOT_INSTALLED)
        if material.weights.suffix.lower() != CHECKPOINT:
            return replace(material, no_torch=NOT_A_CHECKPOINT, no_openvino=NOT_A_CHECKPOINT)
        return material

    def _their_versions(self, workplace: Workplace) -> Said:
        try:
            return workplace.ask(theirs(self._python, "packages", {"names": THEIRS}), ASK_S)
        except (OSError, ContenderFailed):
            raise InvalidInput(
                "bad_python", _("“{name}” is no Python that can be run here."), name=self._python.name
            ) from None

    def _cut(self, workplace: Workplace, frames: int, **scaled: Any) -> Path:
        """The video in so many frames; where `scaled` gives `width`, `height` and `fps`, in that form."""
        suffix = ".mp4" if scaled else self._files.video.suffix
        out = workplace.new_folder() / f"clip{suffix}"
        given = {"video": str(self._files.video.absolute()), "out": str(out), "frames": frames, **scaled}
        workplace.ask(ours("clip", given), CLIP_S)
        return out

    # ---- the parts -------------------------------------------------------------------------------------------

    def _recorded(self, workplace: Workplace, material: Material) -> None:
        if material.no_openvino is None:
            material = self._exported(workplace, material)
        self._say(_("Choosing the length of the video"))
        said = network_alone(workplace, material, LOOK_S)
        self.result = replace(self.result, given=replace(self.result.given, precision=said["precision"]))
        frames = int(said["frames"] / said["seconds"] * self._plan.run_s)
        video = self._cut(workplace, max(FEWEST_FRAMES, min(MOST_FRAMES, frames)))
        Contest(workplace, replace(material, video=video), self._plan, self._say_turn, self._take_row).run()

    def _exported(self, workplace: Workplace, material: Material) -> Material:
        self._say(_("Exporting with ultralytics"))
        try:
            done = exported(workplace, material.python, material.weights)
        except ContenderFailed as error:
            return replace(material, no_openvino=as_problem(error))
        return replace(material, exported=done)

    def _start(self, workplace: Workplace, material: Material) -> None:
        self._say(_("Starting a task"))
        material = self._as_camera(workplace, material)
        for seconds in live.first_pictures(workplace, material, self._plan, self._fps):
            self.result = replace(self.result, first_picture_s=(*self.result.first_picture_s, seconds))

    def _cameras(self, workplace: Workplace, material: Material) -> None:
        self._say(_("siapp with more and more cameras"))
        material = self._as_camera(workplace, material)
        for step in live.cameras(workplace, material, self._plan, self._fps):
            self._say(_("Cameras: {count}, {fps} frames/s"), count=step.cameras, fps=f"{step.fps_total:.1f}")
            self.result = replace(self.result, cameras=(*self.result.cameras, step))

    def _loops(self, workplace: Workplace, material: Material) -> None:
        if material.no_torch is not None:
            self.result = self.result.with_problem(LOOPS, material.no_torch)
            return
        material = self._as_camera(workplace, material)
        for count in self._plan.loops:
            self._check_time()
            self._say(_("Tutorial's loops, one for each camera: {count}"), count=count)
            step = live.loops(workplace, material, self._plan, self._fps, count)
            self.result = replace(self.result, loops=(*self.result.loops, step))

    def _viewers(self, workplace: Workplace, material: Material) -> None:
        width, height = SCREEN
        frames = int(CAMERA_CLIP_S * FRAMES_A_SECOND)
        video = self._cut(workplace, frames, width=width, height=height, fps=int(FRAMES_A_SECOND))
        material = replace(material, video=video)

        def tell(count: int) -> None:
            self._say(_("Viewers: {count}"), count=count)

        for step in live.viewers(workplace, material, self._plan, FRAMES_A_SECOND, tell):
            self.result = replace(self.result, viewers=(*self.result.viewers, step))

    # ---- inside ----------------------------------------------------------------------------------------------

    @property
    def _fps(self) -> float:
        """What each camera is to be analysed with: a video with less can't give more."""
        return min(FRAMES_A_SECOND, self.result.given.fps or FRAMES_A_SECOND)

    def _as_camera(self, workplace: Workplace, material: Material) -> Material:
        frames = int(CAMERA_CLIP_S * (self.result.given.fps or FRAMES_A_SECOND))
        return replace(material, video=self._cut(workplace, frames))

    def _take_row(self, row: Row) -> None:
        self.result = self.result.with_row(row)

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            raise ContenderFailed("no_time", _("no time was left for it"))

    @contextmanager
    def _problems_of(self, part: str) -> Iterator[None]:
        """A part that fails leaves its reason and the other parts alone."""
        try:
            yield
        except ContenderFailed as error:
            self.result = self.result.with_problem(part, as_problem(error))

    def _say_turn(self, contender: str, turn: str) -> None:
        self._say(CONTENDERS[contender], turn=turn)

    def _say(self, sentence: str, turn: str = "", **values: object) -> None:
        text = translate(sentence, terminal_language(), **values)
        self._console.print(f"{turn} {text}".strip(), markup=False)
