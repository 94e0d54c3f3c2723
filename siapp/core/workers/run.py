"""A task while it runs, as the supervisor sees it: its analysis process, and the state that follows from that and
from its camera's."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from siapp.core.accelerators import CPU
from siapp.core.domain import DeviceState, Problem, StreamKey, StreamKind, TaskOptions, TaskState, TaskStats
from siapp.core.i18n import _
from siapp.core.specs import (
    AnalysisSpec,
    Demand,
    InferenceSpec,
    LogLine,
    ModelSpec,
    Report,
    TaskFigures,
    TaskReport,
    options_to_json,
)
from siapp.core.workers import messages as m
from siapp.core.workers.backoff import AFTER_TOO_MANY_S, Crashes
from siapp.core.workers.camera import Camera
from siapp.core.workers.entry import WorkerRole
from siapp.core.workers.figures import Figures, Pace
from siapp.core.workers.keeper import Child, Exit, Keeper
from siapp.core.workers.outlet import OnPicture, Outlet, latency_ms
from siapp.core.workers.timers import Timer

RESTARTING = _("The process that analyses this camera ended ({cause}). It is started again.")
CRASHING = _("The analysis crashed {count} times in ten minutes, last by {cause}. Next try in {minutes} minutes.")


class Run:
    """From a start to a stop. `number` tells this run's reports from those of the one before; `on_gone` is called
    once it is stopped and its process reaped."""

    def __init__(
        self,
        spec: AnalysisSpec,
        number: int,
        inference: InferenceSpec,
        camera: Camera,
        demand: Demand,
        keeper: Keeper,
        emit: Callable[[Report], None],
        on_picture: OnPicture,
        on_gone: Callable[[], None],
    ) -> None:
        self._spec = spec
        self._number = number
        self._inference = inference
        self._camera = camera
        self._keeper = keeper
        self._emit = emit
        self._on_gone = on_gone
        self._outlet = Outlet(demand, partial(on_picture, StreamKey(StreamKind.TASK, spec.task_id)))
        self._child: Child | None = None
        self._retry: Timer | None = None
        self._crashes = Crashes()
        self._classes = spec.model.classes
        # What the state follows from.
        self._state = TaskState.STARTING
        self._problem: Problem | None = None
        self._fresh = False  # a result has come since the last trouble
        self._crash: Problem | None = None  # why the process is started again
        self._gave_up: Problem | None = None
        self._failure: Problem | None = None
        # The analysis gets its next frame when it has finished with the last one.
        self._idle = False
        self._last_sent: int | None = None
        self._pace = Pace()
        self._figures = Figures(camera.frames)
        self._on_stopped: list[Callable[[], None]] = []

    @property
    def stopping(self) -> bool:
        return bool(self._on_stopped)

    @property
    def max_fps(self) -> float | None:
        return self._spec.options.max_fps

    # ---- what a person wants -----------------------------------------------------------------------------

    def start(self) -> None:
        self._spawn()
        self._camera.join(self)
        self._judge()  # a camera that was in trouble already says nothing new

    def stop(self, on_stopped: Callable[[], None]) -> None:
        """`on_stopped` is called once the process is reaped, at once where there is none."""
        first = not self.stopping
        self._on_stopped.append(on_stopped)
        if not first:
            return
        self._cancel_retry()
        self._camera.leave(self)
        if self._child is not None:
            self._keeper.stop(self._child)
        else:
            self._stopped()

    def set_options(self, options: TaskOptions) -> None:
        if options.max_fps != self.max_fps:
            self._pace = Pace()
        self._spec = replace(self._spec, options=options)
        if self._child is not None:
            self._child.send(m.SetOptions(options_to_json(options)))
        self._camera.tell_rate()

    def replace_model(self, model: ModelSpec) -> None:
        """Without losing the camera; a run that waits because of its last model tries the new one at once."""
        self._spec = replace(self._spec, model=model)
        if self._child is not None:
            self._child.send(m.SetModel(model.to_json()))
        elif self._retry is not None:
            self._spawn()

    def set_device(self, name: str) -> None:
        if name == self._inference.device:
            return
        self._inference = replace(self._inference, device=name)
        if self._child is not None:
            self._child.send(m.SetInference(self._inference.to_json()))

    def set_threads(self, threads: int) -> None:
        """The plan of the cores has changed. Other devices than the processor have none of them."""
        if self._inference.device != CPU or self._inference.threads == threads:
            return
        self._inference = replace(self._inference, threads=threads)
        if self._child is not None:
            self._child.send(m.SetInference(self._inference.to_json()))

    def set_demand(self, demand: Demand) -> None:
        self._outlet.set_demand(demand)

    def want_key_frame(self) -> None:
        self._outlet.want_key_frame()

    # ---- what its camera says ----------------------------------------------------------------------------

    def frame_written(self) -> None:
        self._offer()

    def ring_changed(self) -> None:
        self._last_sent = None
        if self._child is not None and self._camera.ring is not None:
            self._child.send(m.SourceRing(self._camera.ring.name))

    def camera_changed(self) -> None:
        self._judge()

    def log(self, level: str, text: str) -> None:
        self._emit(LogLine(self._spec.task_id, level, text))

    # ---- its process -------------------------------------------------------------------------------------

    def _spawn(self) -> None:
        self._cancel_retry()
        self._idle, self._fresh = False, False
        self._gave_up = self._failure = None
        self._classes = self._spec.model.classes
        self._child = self._keeper.spawn(
            WorkerRole.ANALYSIS,
            f"analysis-{self._spec.task_id}",
            {
                "model": self._spec.model.to_json(),
                "options": options_to_json(self._spec.options),
                "inference": self._inference.to_json(),
                "key_frames": self._spec.key_frames.to_json() if self._spec.key_frames else None,
            },
            self._on_message,
            self._on_exit,
        )
        self._outlet.open(self._child)
        self.ring_changed()
        self._judge()

    def _on_message(self, message: m.Message) -> None:
        match message:
            case m.Ready() | m.Skipped():
                self._idle = True
                self._offer()
            case m.Published():
                self._idle = True
                self._offer()  # first of all, so that it goes on working
                self._take_result(message)
            case m.PictureRingWanted(slot_bytes):
                self._outlet.widen(slot_bytes)
            case m.VideoBegins():
                self._outlet.begin_video(message)
            case m.ModelInUse(version, classes):
                self._classes = tuple(classes)
                self.log("INFO", f"version {version} of the algorithm is in use")
            case m.Log(level, text):
                self.log(level, text)
            case m.Failed():
                self._failure = m.as_problem(message)

    def _offer(self) -> None:
        """Give the analysis the camera's newest frame, if it waits for one and has not had it."""
        newest = self._camera.newest
        if self._child is None or not self._idle or newest is None or newest == self._last_sent:
            return
        if self._pace.lets_through(self.max_fps):
            self._idle, self._last_sent = False, newest
            self._child.send(m.FrameReady(newest))

    def _take_result(self, result: m.Published) -> None:
        self._figures.add(result, latency_ms(result))
        if (stats := self._figures.due(self._camera.frames, len(result.objects))) is not None:
            self._emit_figures(stats)
        if not self._fresh:
            self._fresh = True
            self._judge()
        self._outlet.hand_out(result, self._classes)

    def _emit_figures(self, stats: TaskStats) -> None:
        self._emit(TaskFigures(self._spec.task_id, stats, self._figures.totals(self._camera.frames)))

    def _on_exit(self, how: Exit) -> None:
        self._child = None
        self._outlet.close()
        if self.stopping:
            self._stopped()
        else:
            self._after_crash(how)

    def _after_crash(self, how: Exit) -> None:
        wait = self._crashes.next_wait()
        if self._failure is not None:
            wait, self._gave_up = AFTER_TOO_MANY_S, self._failure
        elif self._crashes.too_many:
            values = (("count", self._crashes.most), ("cause", how.cause), ("minutes", round(AFTER_TOO_MANY_S / 60)))
            self._gave_up = Problem("crashing", CRASHING, values)
        self._fresh = False
        self._crash = Problem("restarting", RESTARTING, (("cause", how.cause),))
        self.log("WARNING", f"the analysis process ended ({how.cause}); next start in {wait:.1f} s")
        self._retry = self._keeper.timers.after(wait, self._spawn)
        self._judge()

    def _cancel_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _stopped(self) -> None:
        self._on_gone()
        for call in self._on_stopped:
            call()

    # ---- its state ---------------------------------------------------------------------------------------

    def _judge(self) -> None:
        """Say what is true now, if it is something new."""
        camera = self._camera
        if camera.in_trouble:
            self._fresh = False
        if self._gave_up is not None:
            self._say(TaskState.ERROR, self._gave_up)
        elif camera.gave_up:
            self._say(TaskState.ERROR, camera.problem)
        elif self._state is TaskState.ERROR:  # tried again; from there on as always
            self._say(TaskState.STARTING, None)
            self._judge()
        elif camera.in_trouble:
            self._say(TaskState.RECONNECTING, camera.problem)
        elif self._fresh and camera.state is DeviceState.ONLINE:
            self._crash = None
            self._say(TaskState.RUNNING, None)
        elif self._crash is not None:
            self._say(TaskState.STARTING, self._crash)

    def _say(self, state: TaskState, problem: Problem | None) -> None:
        if (self._state, self._problem) == (state, problem) or self.stopping:
            return
        if self._state is TaskState.RUNNING:  # nothing flows now, and the last figures must not look as if it did
            self._emit_figures(TaskStats(dropped=self._figures.dropped))
        self._state, self._problem = state, problem
        self._emit(TaskReport(self._spec.task_id, state, problem, self._number))
