"""A camera in use, as the supervisor sees it: its capture process, its ring of frames, and who needs it."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from siapp.core.domain import DeviceState, Problem, StreamKey, StreamKind
from siapp.core.i18n import _
from siapp.core.specs import CameraSource, Demand, DeviceGlimpse, DeviceReport, Report
from siapp.core.workers import messages as m
from siapp.core.workers.backoff import AFTER_TOO_MANY_S, Crashes
from siapp.core.workers.entry import WorkerRole
from siapp.core.workers.keeper import Child, Exit, Keeper
from siapp.core.workers.outlet import OnPicture, Outlet, new_ring
from siapp.core.workers.ring import Ring
from siapp.core.workers.timers import Timer

RESTARTING = _("The process that reads this camera ended ({cause}). It is started again.")
CRASHING = _(
    "The process that reads this camera crashed {count} times in ten minutes, last by {cause}. "
    "Next try in {minutes} minutes."
)
MOVED = Problem("address_changed", _("The camera's address was changed. It is being connected anew."))


class CameraUser(Protocol):
    """A task, as its camera sees it. None of these calls may make it join or leave."""

    @property
    def max_fps(self) -> float | None:
        """The most frames a second that it takes, None for all."""

    def frame_written(self) -> None: ...

    def ring_changed(self) -> None: ...

    def camera_changed(self) -> None: ...

    def log(self, level: str, text: str) -> None: ...


class Camera:
    """One capture process as long as somebody needs its pictures; `on_unneeded` once nobody does and it has ended."""

    def __init__(
        self,
        device_id: int,
        source: CameraSource,
        demand: Demand,
        keeper: Keeper,
        emit: Callable[[Report], None],
        on_picture: OnPicture,
        on_unneeded: Callable[[], None],
    ) -> None:
        self.device_id = device_id
        self.state = DeviceState.IDLE
        self.problem: Problem | None = None
        self.gave_up = False
        self.ring: Ring | None = None
        self.newest: int | None = None
        self.frames = 0  # that the camera gave, also those that nobody wanted
        self._decoded = 0  # by the present capture
        self._source = source
        self._keeper = keeper
        self._emit = emit
        self._on_unneeded = on_unneeded
        self._outlet = Outlet(demand, partial(on_picture, StreamKey(StreamKind.DEVICE, device_id)))
        self._users: list[CameraUser] = []
        self._previews = 0
        self._max_fps: float | None = None  # as the capture knows it
        self._child: Child | None = None
        self._retry: Timer | None = None
        self._crashes = Crashes()

    @property
    def in_trouble(self) -> bool:
        return self.state in (DeviceState.RECONNECTING, DeviceState.OFFLINE)

    # ---- who needs it ------------------------------------------------------------------------------------

    def join(self, user: CameraUser) -> None:
        self._users.append(user)
        self._needs_changed()

    def leave(self, user: CameraUser) -> None:
        self._users.remove(user)
        self._needs_changed()

    def hold(self) -> None:
        """One preview more."""
        self._previews += 1
        self._needs_changed()

    def release(self) -> None:
        """One preview less."""
        self._previews = max(0, self._previews - 1)
        self._needs_changed()

    def drop_previews(self) -> None:
        self._previews = 0
        self._needs_changed()

    def tell_rate(self) -> None:
        """Have the capture write no more frames than somebody wants. A preview wants all of them."""
        wishes = [user.max_fps for user in self._users]
        capped = [wish for wish in wishes if wish is not None]
        max_fps = max(capped) if capped and len(capped) == len(wishes) and not self._previews else None
        if self._child is not None and max_fps != self._max_fps:
            self._max_fps = max_fps
            self._child.send(m.SetRate(max_fps))

    def set_demand(self, demand: Demand) -> None:
        self._outlet.set_demand(demand)

    def set_source(self, source: CameraSource) -> None:
        """The camera's address has changed: its capture begins anew with it, and what went wrong before is past."""
        if source == self._source:
            return
        self._source = source
        self._crashes = Crashes()
        if self._child is not None:
            self._keeper.stop(self._child)
            self._set_state(DeviceState.RECONNECTING, MOVED)
        elif self._needed:
            self._start()

    def try_now(self) -> None:
        """Somebody has mended it: don't wait for the next try."""
        if self._child is not None:
            self._child.send(m.TryNow())
        elif self._retry is not None:
            self._start()

    # ---- its process -------------------------------------------------------------------------------------

    @property
    def _needed(self) -> bool:
        return bool(self._users) or self._previews > 0

    def _needs_changed(self) -> None:
        """Begin, unless it runs, or waits for its next start after a crash; or end."""
        if not self._needed:
            self._end()
        elif self._child is None and self._retry is None:
            self._start()
        self.tell_rate()

    def _start(self) -> None:
        self._cancel_retry()
        self.gave_up = False
        self._child = self._keeper.spawn(
            WorkerRole.CAPTURE,
            f"capture-{self.device_id}",
            {"source": self._source.to_json()},
            self._on_message,
            self._on_exit,
        )
        self._outlet.open(self._child)
        self._decoded, self._max_fps = 0, None
        self.tell_rate()
        self._set_state(DeviceState.CONNECTING, self.problem)

    def _end(self) -> None:
        if self._child is not None:
            self._keeper.stop(self._child)
        else:
            self._gone()

    def _on_message(self, message: m.Message) -> None:
        match message:
            case m.FrameWritten(seq, decoded):
                self.newest = seq
                self.frames += decoded - self._decoded
                self._decoded = decoded
                for user in self._users:
                    user.frame_written()
            case m.RingWanted(slot_bytes):
                self._widen(slot_bytes)
            case m.PictureRingWanted(slot_bytes):
                self._outlet.widen(slot_bytes)
            case m.SourceState(state) if self._child and not self._child.asked:
                self._set_state(DeviceState(state), m.as_problem(message))
            case m.Glimpse(jpeg) if self._child and not self._child.asked:
                self._emit(DeviceGlimpse(self.device_id, jpeg))
            case m.Published():
                self._outlet.hand_out(message, ())
            case m.Log(level, text):
                self._log(level, text)

    def _widen(self, slot_bytes: int) -> None:
        if self._child is None:
            return
        self.newest = None
        self.ring = new_ring(self.ring, slot_bytes, self._child)
        if self.ring is not None:
            self._child.send(m.RingGranted(self.ring.name))
            for user in self._users:
                user.ring_changed()

    def _on_exit(self, how: Exit) -> None:
        self._child = None
        self.newest = None
        if self.ring is not None:
            self.ring.close()
            self.ring = None
        self._outlet.close()
        if not self._needed:
            self._gone()
        elif how.asked:
            self._start()
        else:
            self._after_crash(how)

    def _after_crash(self, how: Exit) -> None:
        wait = self._crashes.next_wait()
        self._retry = self._keeper.timers.after(wait, self._start)
        self.gave_up = self._crashes.too_many
        self._log("WARNING", f"the capture process ended ({how.cause}); next start in {wait:.1f} s")
        if self.gave_up:
            values = (("count", self._crashes.most), ("cause", how.cause), ("minutes", round(AFTER_TOO_MANY_S / 60)))
            self._set_state(DeviceState.OFFLINE, Problem("crashing", CRASHING, values))
        else:
            self._set_state(DeviceState.RECONNECTING, Problem("restarting", RESTARTING, (("cause", how.cause),)))

    def _gone(self) -> None:
        self._cancel_retry()
        self._set_state(DeviceState.IDLE, None)
        self._on_unneeded()

    def _cancel_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _set_state(self, state: DeviceState, problem: Problem | None) -> None:
        if (self.state, self.problem) == (state, problem):
            return
        self.state, self.problem = state, problem
        self._emit(DeviceReport(self.device_id, state, problem))
        for user in self._users:
            user.camera_changed()

    def _log(self, level: str, text: str) -> None:
        for user in self._users:
            user.log(level, text)
