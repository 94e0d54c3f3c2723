"""Runs the workers: one capture process for each camera in use, one analysis for each running task, and jobs.

Lives on one thread of its own (see keeper.py). The loop calls in through `submit`; reports and pictures go out
through one function that the engine gives. Frames never pass through here, only their numbers: an analysis is told
of a new frame when it has finished with the last one, so it always gets the newest and nothing piles up.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from typing import Any

from siapp.core.domain import (
    DetectedObject,
    DeviceState,
    Picture,
    Problem,
    StreamKey,
    StreamKind,
    TaskOptions,
    TaskState,
    TaskStats,
)
from siapp.core.i18n import _
from siapp.core.specs import (
    AnalysisSpec,
    CameraSource,
    Demand,
    DeviceReport,
    JobKind,
    JobProgress,
    LogLine,
    ModelSpec,
    Report,
    TaskFigures,
    TaskReport,
    options_to_json,
)
from siapp.core.workers import messages as m
from siapp.core.workers.entry import WorkerRole
from siapp.core.workers.keeper import Child, Exit, Keeper
from siapp.core.workers.posts import CameraPost, JobPost, TaskPost
from siapp.core.workers.ring import Ring

logger = logging.getLogger(__name__)

LONGEST_TURN_S = 60.0
RESTARTING_CAPTURE = _("The process that reads this camera ended ({cause}). It is started again.")
RESTARTING_ANALYSIS = _("The process that analyses this camera ended ({cause}). It is started again.")
TOO_MANY_CRASHES = _("The analysis crashed {count} times in ten minutes, last by {cause}. Next try in 5 minutes.")

Outgoing = Report | tuple[StreamKey, Picture]


class Supervisor:
    """Everything below runs on the supervisor's thread, except `start`, `submit` and `close`."""

    def __init__(self, emit: Callable[[Outgoing], None]) -> None:
        self._emit = emit
        self._keeper = Keeper()
        self._cameras: dict[int, CameraPost] = {}
        self._tasks: dict[int, TaskPost] = {}
        self._demands: dict[StreamKey, Demand] = {}
        self._calls: deque[Callable[[], None]] = deque()
        self._woken, self._wake = get_context("spawn").Pipe(duplex=False)
        self._waking = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="supervisor")

    # ---- from the loop's thread ------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def submit(self, call: Callable[[], None]) -> None:
        """Have `call` run on the supervisor's thread, in order."""
        with self._waking:
            if not self._calls and not self._wake.closed:
                self._wake.send_bytes(b"w")
            self._calls.append(call)

    def close(self) -> None:
        """End all workers and the thread. Blocks until every process is reaped."""
        self.submit(self._begin_close)
        self._thread.join()

    # ---- the thread ------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing or self._keeper.children:
            if self._keeper.turn(LONGEST_TURN_S, self._woken):
                self._serve_calls()
        self._woken.close()
        self._wake.close()

    def _serve_calls(self) -> None:
        with self._waking:
            self._woken.recv_bytes()
            calls = tuple(self._calls)
            self._calls.clear()
        for call in calls:
            try:
                call()
            except Exception:
                logger.exception("a call to the supervisor failed")

    def _begin_close(self) -> None:
        self._closing = True
        for task_id in tuple(self._tasks):
            self.stop_task(task_id, lambda: None)
        for post in tuple(self._cameras.values()):
            post.previews = 0
            self._end_unneeded(post)
        for child in self._keeper.children:
            self._keeper.stop(child)

    # ---- tasks -----------------------------------------------------------------------------------------

    def start_task(self, spec: AnalysisSpec) -> None:
        if spec.task_id in self._tasks:
            return
        task = self._tasks[spec.task_id] = TaskPost(spec)
        post = self._camera(spec.device_id, spec.source)
        post.tasks.add(task.id)
        self._spawn_analysis(task)
        self._ensure_capture(post)

    def stop_task(self, task_id: int, on_stopped: Callable[[], None]) -> None:
        """`on_stopped` is called once the process is reaped, at once where there is none."""
        task = self._tasks.get(task_id)
        if task is None:
            on_stopped()
            return
        task.on_stopped.append(on_stopped)
        if task.stopping:
            return
        task.stopping = True
        if (post := self._cameras.get(task.spec.device_id)) is not None:
            post.tasks.discard(task_id)
            self._end_unneeded(post)
        if task.child is None:
            self._forget_task(task)
        else:
            self._keeper.stop(task.child)

    def set_options(self, task_id: int, options: TaskOptions) -> None:
        if (task := self._tasks.get(task_id)) is not None:
            spec = task.spec
            task.spec = AnalysisSpec(spec.task_id, spec.device_id, spec.source, spec.model, options)
            if task.child:
                task.child.send(m.SetOptions(options_to_json(options)))

    def replace_model(self, task_id: int, model: ModelSpec) -> None:
        if (task := self._tasks.get(task_id)) is not None:
            spec = task.spec
            task.spec = AnalysisSpec(spec.task_id, spec.device_id, spec.source, model, spec.options)
            if task.child:
                task.child.send(m.SetModel(model.to_json()))

    def _spawn_analysis(self, task: TaskPost) -> None:
        given = {"model": task.spec.model.to_json(), "options": options_to_json(task.spec.options)}
        task.idle, task.last_sent, task.failure = False, None, None
        task.child = self._keeper.spawn(
            WorkerRole.ANALYSIS,
            f"analysis-{task.id}",
            given,
            partial(self._from_analysis, task),
            partial(self._analysis_ended, task),
        )
        self._show(StreamKey(StreamKind.TASK, task.id), task.child)
        post = self._cameras.get(task.spec.device_id)
        if post and post.ring:
            task.child.send(m.SourceRing(post.ring.name))

    def _from_analysis(self, task: TaskPost, message: m.Message) -> None:
        match message:
            case m.Ready() | m.Skipped():
                task.idle = True
                self._offer(task)
            case m.Published():
                task.idle = True
                self._offer(task)  # first of all, so that it goes on working
                self._take_result(task, message)
            case m.RingWanted(slot_bytes):
                task.ring = self._renew(task.ring, slot_bytes, task.child)
            case m.Log(level, text):
                self._emit(LogLine(task.id, level, text))
            case m.Failed():
                task.failure = m.as_problem(message)

    def _take_result(self, task: TaskPost, result: m.Published) -> None:
        latency_ms = (time.monotonic() - result.captured_monotonic) * 1000
        post = self._cameras.get(task.spec.device_id)
        task.figures.add(result, latency_ms)
        if (stats := task.figures.due(post.frames if post else 0, len(result.objects))) is not None:
            self._emit(TaskFigures(task.id, stats))
        if post and post.state is DeviceState.ONLINE:
            self._set_task_state(task, TaskState.RUNNING, None)
        if result.in_ring and task.ring:
            self._hand_out(StreamKey(StreamKind.TASK, task.id), task.ring, result, latency_ms, task.spec.model.classes)

    def _analysis_ended(self, task: TaskPost, how: Exit) -> None:
        task.child = None
        _close(task.ring)
        task.ring = None
        if task.stopping or self._closing:
            self._forget_task(task)
            return
        wait = task.crashes.next_wait()
        cause = (("cause", how.cause),)
        if task.failure is not None:
            wait = max(wait, 300.0)
            self._set_task_state(task, TaskState.ERROR, task.failure)
        elif task.crashes.too_many:
            self._set_task_state(task, TaskState.ERROR, Problem("crashing", TOO_MANY_CRASHES, (("count", 5), *cause)))
        else:
            self._set_task_state(task, TaskState.STARTING, Problem("restarting", RESTARTING_ANALYSIS, cause))
        self._keeper.timers.after(wait, lambda: self._restart_analysis(task))

    def _restart_analysis(self, task: TaskPost) -> None:
        if self._tasks.get(task.id) is task and not task.stopping and not self._closing:
            if task.state is TaskState.ERROR:
                self._set_task_state(task, TaskState.STARTING, None)
            self._spawn_analysis(task)

    def _forget_task(self, task: TaskPost) -> None:
        self._tasks.pop(task.id, None)
        for call in task.on_stopped:
            call()

    def _set_task_state(self, task: TaskPost, state: TaskState, problem: Problem | None) -> None:
        if (task.state, task.problem) == (state, problem) or task.stopping:
            return
        if state is TaskState.RECONNECTING and task.state is not TaskState.RECONNECTING:
            self._emit(TaskFigures(task.id, TaskStats(dropped=task.figures.dropped)))
        task.state, task.problem = state, problem
        self._emit(TaskReport(task.id, state, problem))

    def _offer(self, task: TaskPost) -> None:
        post = self._cameras.get(task.spec.device_id)
        if task.child and post and post.newest is not None and task.may_take(post.newest):
            task.idle, task.last_sent = False, post.newest
            task.child.send(m.FrameReady(post.newest))

    # ---- cameras ---------------------------------------------------------------------------------------

    def hold_camera(self, device_id: int, source: CameraSource) -> None:
        """A preview wants this camera; `release_camera` gives it back."""
        post = self._camera(device_id, source)
        post.previews += 1
        self._ensure_capture(post)

    def release_camera(self, device_id: int) -> None:
        if (post := self._cameras.get(device_id)) is not None:
            post.previews = max(0, post.previews - 1)
            self._end_unneeded(post)

    def set_source(self, device_id: int, source: CameraSource) -> None:
        """The camera's address has changed: its capture begins anew with it."""
        post = self._cameras.get(device_id)
        if post is not None and post.source != source:
            post.source = source
            if post.child:
                self._keeper.stop(post.child)

    def set_demand(self, key: StreamKey, demand: Demand) -> None:
        if demand.nothing:
            self._demands.pop(key, None)
        else:
            self._demands[key] = demand
        task, post = self._tasks.get(key.id), self._cameras.get(key.id)
        child = (task.child if task else None) if key.kind is StreamKind.TASK else (post.child if post else None)
        if child:
            self._show(key, child)

    def _camera(self, device_id: int, source: CameraSource) -> CameraPost:
        post = self._cameras.setdefault(device_id, CameraPost(device_id, source))
        if post.source != source:
            self.set_source(device_id, source)
        return post

    def _ensure_capture(self, post: CameraPost) -> None:
        if post.child is not None or post.restarting or self._closing:
            return
        post.child = self._keeper.spawn(
            WorkerRole.CAPTURE,
            f"capture-{post.device_id}",
            {"source": post.source.to_json()},
            partial(self._from_capture, post),
            partial(self._capture_ended, post),
        )
        self._set_camera_state(post, DeviceState.CONNECTING, post.problem)
        self._show(StreamKey(StreamKind.DEVICE, post.device_id), post.child)

    def _end_unneeded(self, post: CameraPost) -> None:
        if post.needed:
            return
        if post.child:
            self._keeper.stop(post.child)
        else:
            self._forget_camera(post)

    def _from_capture(self, post: CameraPost, message: m.Message) -> None:
        match message:
            case m.FrameWritten(seq):
                post.newest = seq
                post.frames += 1
                for task_id in post.tasks:
                    self._offer(self._tasks[task_id])
            case m.RingWanted(slot_bytes):
                post.ring = self._renew(post.ring, slot_bytes, post.child)
                post.newest = None
                for task_id in post.tasks:
                    self._move_to_ring(self._tasks[task_id], post.ring)
            case m.PictureRingWanted(slot_bytes):
                post.picture_ring = self._renew(post.picture_ring, slot_bytes, post.child, m.PictureRingGranted)
            case m.SourceState(state):
                self._set_camera_state(post, DeviceState(state), m.as_problem(message))
            case m.Published() if message.in_ring and post.picture_ring:
                latency_ms = (time.monotonic() - message.captured_monotonic) * 1000
                key = StreamKey(StreamKind.DEVICE, post.device_id)
                self._hand_out(key, post.picture_ring, message, latency_ms, ())
            case m.Log(level, text):
                for task_id in post.tasks:
                    self._emit(LogLine(task_id, level, text))
            case m.Failed():
                post.problem = m.as_problem(message)

    def _set_camera_state(self, post: CameraPost, state: DeviceState, problem: Problem | None) -> None:
        if (post.state, post.problem) != (state, problem):
            post.state, post.problem = state, problem
            self._emit(DeviceReport(post.device_id, state, problem))
        if state in (DeviceState.RECONNECTING, DeviceState.OFFLINE):
            for task_id in post.tasks:
                task = self._tasks[task_id]
                if task.state in (TaskState.STARTING, TaskState.RUNNING, TaskState.RECONNECTING):
                    self._set_task_state(task, TaskState.RECONNECTING, problem)

    def _capture_ended(self, post: CameraPost, how: Exit) -> None:
        post.child = None
        post.newest = None
        _close(post.ring)
        _close(post.picture_ring)
        post.ring = post.picture_ring = None
        if not post.needed or self._closing:
            self._forget_camera(post)
        elif how.asked:
            self._ensure_capture(post)
        else:
            post.restarting = True
            problem = Problem("restarting", RESTARTING_CAPTURE, (("cause", how.cause),))
            self._set_camera_state(post, DeviceState.RECONNECTING, problem)
            self._keeper.timers.after(post.crashes.next_wait(), lambda: self._restart_capture(post))

    def _restart_capture(self, post: CameraPost) -> None:
        post.restarting = False
        if post.needed and self._cameras.get(post.device_id) is post:
            self._ensure_capture(post)

    def _forget_camera(self, post: CameraPost) -> None:
        if self._cameras.get(post.device_id) is post and not post.needed:
            del self._cameras[post.device_id]
            self._emit(DeviceReport(post.device_id, DeviceState.IDLE))

    def _move_to_ring(self, task: TaskPost, ring: Ring) -> None:
        task.last_sent = None
        if task.child:
            task.child.send(m.SourceRing(ring.name))

    # ---- jobs ------------------------------------------------------------------------------------------

    def run_job(self, kind: JobKind, params: dict[str, Any], limit_s: float, job: JobPost) -> None:
        """Run a disposable process. Exactly one of the job's on_done, on_failed, on_died is called."""
        if job.cancelled:
            return
        child = job.child = self._keeper.spawn(
            WorkerRole(kind.value),
            f"job-{kind.value}",
            params,
            partial(self._from_job, job),
            partial(self._job_ended, job),
            watched=False,
        )
        self._keeper.timers.after(limit_s, lambda: self._keeper.kill(child))

    def cancel_job(self, job: JobPost) -> None:
        job.cancelled = True
        if job.child is not None:
            self._keeper.kill(job.child)

    def _from_job(self, job: JobPost, message: m.Message) -> None:
        match message:
            case m.Progress(fraction, step, done, total):
                job.on_progress(JobProgress(fraction, step, done, total))
            case m.Done(result) if not job.answered:
                job.answered = True
                job.on_done(result)
            case m.Failed() if not job.answered:
                job.answered = True
                problem = m.as_problem(message)
                job.on_failed(problem or Problem("failed", message.message))
            case m.Log(level, text):
                logger.log(logging.getLevelNamesMapping().get(level, logging.INFO), "job: %s", text)

    def _job_ended(self, job: JobPost, how: Exit) -> None:
        if not job.answered:
            job.answered = True
            job.on_died(how)

    # ---- pictures --------------------------------------------------------------------------------------

    def _renew(
        self,
        old: Ring | None,
        slot_bytes: int,
        child: Child | None,
        granted: type[m.RingGranted] | type[m.PictureRingGranted] = m.RingGranted,
    ) -> Ring:
        """A ring of the wished size in place of `old`, whose readers keep their view until they let go."""
        _close(old)
        ring = Ring.create(slot_bytes)
        if child:
            child.send(granted(ring.name))
        return ring

    def _show(self, key: StreamKey, child: Child) -> None:
        demand = self._demands.get(key, Demand())
        child.send(m.Show(demand.width, demand.height, demand.jpeg, demand.jpeg_clean))

    def _hand_out(
        self, key: StreamKey, ring: Ring, result: m.Published, latency_ms: float, classes: tuple[str, ...]
    ) -> None:
        copy = ring.read(result.seq)
        if copy is None:
            return
        bgra, jpeg, jpeg_clean = copy.parts
        picture = Picture(
            seq=result.seq,
            width=result.width,
            height=result.height,
            captured_at=datetime.fromtimestamp(result.captured_at, UTC),
            captured_monotonic=result.captured_monotonic,
            latency_ms=round(latency_ms, 1),
            objects=tuple(_detected(values, classes) for values in result.objects),
            bgra=bgra or None,
            width_shown=copy.info.width,
            height_shown=copy.info.height,
            jpeg=jpeg or None,
            jpeg_clean=jpeg_clean or None,
        )
        self._emit((key, picture))


def _detected(values: list[float], classes: tuple[str, ...]) -> DetectedObject:
    class_id, confidence, x1, y1, x2, y2 = values
    number = int(class_id)
    label = classes[number] if number < len(classes) else f"class{number}"
    return DetectedObject(number, label, confidence, (x1, y1, x2, y2))


def _close(ring: Ring | None) -> None:
    if ring is not None:
        ring.close()
