"""Runs the workers: one capture process for each camera in use, one analysis for each running task, and jobs.

Lives on one thread of its own (see keeper.py). The loop calls in through `submit`; reports and pictures go out
through two functions that the engine gives. Frames never pass through here, only their numbers: an analysis is told
of a new frame when it has finished with the last one, so it always gets the newest and nothing piles up.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from typing import Any

from siapp.core.accelerators import CPU
from siapp.core.domain import StreamKey, StreamKind, TaskOptions
from siapp.core.specs import AnalysisSpec, CameraSource, Demand, InferenceSpec, JobKind, ModelSpec, Report
from siapp.core.workers.camera import Camera
from siapp.core.workers.entry import WorkerRole
from siapp.core.workers.errand import Errand, Errands
from siapp.core.workers.keeper import Keeper
from siapp.core.workers.messages import PlayerCommand
from siapp.core.workers.outlet import OnPicture
from siapp.core.workers.plan import available_cores, threads_each
from siapp.core.workers.players import Players, Screening
from siapp.core.workers.run import Run
from siapp.core.workers.timers import Timer

logger = logging.getLogger(__name__)

LONGEST_TURN_S = 60.0
REPLAN_AFTER_S = 3.0
AFTER_FAILURE_S = 0.5  # so that a failure that stays does not take the whole processor


class Supervisor:
    """Everything below runs on the supervisor's thread, except `start`, `submit` and `close`."""

    def __init__(self, emit: Callable[[Report], None], on_picture: OnPicture) -> None:
        self._emit = emit
        self._on_picture = on_picture
        self._keeper = Keeper()
        self._cameras: dict[int, Camera] = {}
        self._runs: dict[int, Run] = {}
        self._device = CPU
        self._cores = available_cores()
        self._replan: Timer | None = None
        self._errands = Errands(self._keeper)
        self._players = Players(self._keeper)
        self._demands: dict[StreamKey, Demand] = {}
        self._calls: deque[Callable[[], None]] = deque()
        self._woken, self._wake = get_context("spawn").Pipe(duplex=False)
        self._waking = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="supervisor")

    # ---- from other threads ----------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def submit(self, call: Callable[[], None]) -> None:
        """Have `call` run on the supervisor's thread, in order. After `close` nothing runs any more, and the call
        finds that out at once."""
        with self._waking:
            if not self._wake.closed:
                if not self._calls:
                    self._wake.send_bytes(b"w")
                self._calls.append(call)
                return
        call()

    def close(self) -> None:
        """End all workers and the thread. Blocks until every process is reaped."""
        self.submit(self._begin_close)
        self._thread.join()

    # ---- the thread ------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._closing or self._keeper.children:
            if self._turn():
                self._make_calls()
        with self._waking:
            self._wake.close()
        self._make_calls()
        self._woken.close()

    def _turn(self) -> bool:
        """Whether there may be calls. Without this thread every worker would die and everything look as if it ran."""
        try:
            return self._keeper.turn(LONGEST_TURN_S, self._woken)
        except Exception:
            logger.exception("the supervisor failed and goes on")
            time.sleep(AFTER_FAILURE_S)
            return True

    def _make_calls(self) -> None:
        with self._waking:
            if self._calls:
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
        self._errands.close()
        self._players.close_all()
        for task_id in tuple(self._runs):
            self.stop_task(task_id, lambda: None)
        for camera in tuple(self._cameras.values()):
            camera.drop_previews()

    # ---- tasks -----------------------------------------------------------------------------------------------

    def start_task(self, spec: AnalysisSpec, number: int) -> None:
        """`number` stands in the reports of this run."""
        if self._closing:
            return
        run = self._runs.get(spec.task_id)
        if run is not None:
            if run.stopping:  # as soon as the last one is gone
                run.stop(lambda: self.start_task(spec, number))
            return
        run = self._runs[spec.task_id] = Run(
            spec,
            number,
            InferenceSpec(self._device, threads_each(len(self._runs) + 1, self._cores)),
            self._camera(spec.device_id, spec.source),
            self._demand(StreamKind.TASK, spec.task_id),
            self._keeper,
            self._emit,
            self._on_picture,
            partial(self._forget_run, spec.task_id),
        )
        run.start()
        self._plan_soon()

    def stop_task(self, task_id: int, on_stopped: Callable[[], None]) -> None:
        """`on_stopped` is called once the process is reaped, at once where there is none."""
        run = self._runs.get(task_id)
        if run is None:
            on_stopped()
        else:
            run.stop(on_stopped)

    def set_options(self, task_id: int, options: TaskOptions) -> None:
        if (run := self._runs.get(task_id)) is not None:
            run.set_options(options)

    def replace_model(self, task_id: int, model: ModelSpec) -> None:
        if (run := self._runs.get(task_id)) is not None:
            run.replace_model(model)

    def set_device(self, name: str) -> None:
        """The accelerator of all analyses from now on; those that run change over when their network is ready."""
        self._device = name
        for run in self._runs.values():
            run.set_device(name)
        self._plan_soon()

    def _forget_run(self, task_id: int) -> None:
        del self._runs[task_id]
        self._plan_soon()

    # ---- the plan of the cores -------------------------------------------------------------------------------

    def _plan_soon(self) -> None:
        """Once for all tasks that are started or stopped in a row: a new number of threads is a network compiled."""
        if self._replan is not None:
            self._replan.cancel()
        self._replan = self._keeper.timers.after(REPLAN_AFTER_S, self._plan)

    def _plan(self) -> None:
        threads = threads_each(len(self._runs), self._cores)
        for run in self._runs.values():
            run.set_threads(threads)

    # ---- cameras ---------------------------------------------------------------------------------------------

    def hold_camera(self, device_id: int, source: CameraSource) -> None:
        """A preview wants this camera; `release_camera` gives it back."""
        if not self._closing:
            self._camera(device_id, source).hold()

    def release_camera(self, device_id: int) -> None:
        if (camera := self._cameras.get(device_id)) is not None:
            camera.release()

    def retry_camera(self, device_id: int) -> None:
        if (camera := self._cameras.get(device_id)) is not None:
            camera.try_now()

    def set_source(self, device_id: int, source: CameraSource) -> None:
        if (camera := self._cameras.get(device_id)) is not None:
            camera.set_source(source)

    def _camera(self, device_id: int, source: CameraSource) -> Camera:
        """The camera, from now on in use. One that is so already has been told of every new address."""
        camera = self._cameras.get(device_id)
        if camera is None:
            camera = self._cameras[device_id] = Camera(
                device_id,
                source,
                self._demand(StreamKind.DEVICE, device_id),
                self._keeper,
                self._emit,
                self._on_picture,
                partial(self._forget_camera, device_id),
            )
        return camera

    def _forget_camera(self, device_id: int) -> None:
        del self._cameras[device_id]

    # ---- viewers ---------------------------------------------------------------------------------------------

    def set_demand(self, key: StreamKey, demand: Demand) -> None:
        if demand.nothing:
            self._demands.pop(key, None)
        else:
            self._demands[key] = demand
        streams: dict[int, Run] | dict[int, Camera] = self._runs if key.kind is StreamKind.TASK else self._cameras
        if (stream := streams.get(key.id)) is not None:
            stream.set_demand(demand)

    def want_key_frame(self, key: StreamKey) -> None:
        """Of a task's H.264; a camera's own pictures have none."""
        if key.kind is StreamKind.TASK and (run := self._runs.get(key.id)) is not None:
            run.want_key_frame()

    def _demand(self, kind: StreamKind, number: int) -> Demand:
        return self._demands.get(StreamKey(kind, number), Demand())

    # ---- for those who watch over it -------------------------------------------------------------------------

    def processes(self) -> tuple[tuple[WorkerRole, int], ...]:
        """Role and process id of every worker."""
        return tuple((child.role, child.pid) for child in self._keeper.children)

    # ---- jobs ------------------------------------------------------------------------------------------------

    def run_job(self, kind: JobKind, params: dict[str, Any], limit_s: float, errand: Errand) -> None:
        self._errands.run(kind, params, limit_s, errand)

    def stop_job(self, errand: Errand) -> None:
        self._errands.stop(errand)

    def cancel_job(self, errand: Errand) -> None:
        self._errands.cancel(errand)

    # ---- players ---------------------------------------------------------------------------------------------

    def open_player(self, screening: Screening) -> None:
        self._players.open(screening)

    def tell_player(self, screening: Screening, command: PlayerCommand) -> None:
        self._players.tell(screening, command)

    def resize_player(self, screening: Screening, demand: Demand) -> None:
        self._players.resize(screening, demand)

    def close_player(self, screening: Screening) -> None:
        self._players.close(screening)
