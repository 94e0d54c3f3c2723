"""Players from the supervisor's side: one process for each video that somebody watches."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from siapp.core.domain import Picture, Problem, StreamInfo
from siapp.core.i18n import _
from siapp.core.specs import Demand, PlayerPosition
from siapp.core.workers import messages as m
from siapp.core.workers.entry import WorkerRole
from siapp.core.workers.errand import log_as_ours
from siapp.core.workers.keeper import Child, Exit, Keeper
from siapp.core.workers.outlet import Outlet

logger = logging.getLogger(__name__)

DIED = _("The player ended ({cause}). Try again.")


@dataclass(eq=False)
class Screening:
    """A video that is watched, and who watches it. `on_end` is called exactly once, when its process is gone: with
    the reason, None where it was closed. All of these are called on the supervisor's thread."""

    path: str
    demand: Demand
    on_opened: Callable[[StreamInfo], None]
    on_position: Callable[[PlayerPosition], None]
    on_picture: Callable[[Picture], None]
    on_end: Callable[[Problem | None], None]
    child: Child | None = None
    outlet: Outlet | None = None
    failure: Problem | None = None
    closed: bool = False


class Players:
    """All that play."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._open: set[Screening] = set()
        self._closed = False

    def open(self, screening: Screening) -> None:
        if self._closed:
            screening.on_end(None)
            return
        self._open.add(screening)
        outlet = screening.outlet = Outlet(screening.demand, screening.on_picture)
        screening.child = self._keeper.spawn(
            WorkerRole.PLAYER,
            "player",
            {"path": screening.path},
            partial(self._on_message, screening, outlet),
            partial(self._on_exit, screening, outlet),
        )
        outlet.open(screening.child)

    @staticmethod
    def tell(screening: Screening, command: m.PlayerCommand) -> None:
        if screening.child is not None:
            screening.child.send(command)

    @staticmethod
    def resize(screening: Screening, demand: Demand) -> None:
        if screening.outlet is not None:
            screening.outlet.set_demand(demand)

    @staticmethod
    def close(screening: Screening) -> None:
        """At once: it has nothing to bring to an end."""
        screening.closed = True
        if screening.child is not None:
            screening.child.kill()

    def close_all(self) -> None:
        """Nothing is opened any more either."""
        self._closed = True
        for screening in tuple(self._open):
            self.close(screening)

    @staticmethod
    def _on_message(screening: Screening, outlet: Outlet, message: m.Message) -> None:
        match message:
            case m.Opened(info):
                screening.on_opened(StreamInfo(**info))
            case m.Position():
                screening.on_position(PlayerPosition(**asdict(message)))
            case m.PictureRingWanted(slot_bytes):
                outlet.widen(slot_bytes)
            case m.Published():
                outlet.hand_out(message, ())
            case m.Failed():
                screening.failure = m.as_problem(message)
            case m.Log(level, text):
                log_as_ours(level, text)

    def _on_exit(self, screening: Screening, outlet: Outlet, how: Exit) -> None:
        self._open.discard(screening)
        outlet.close()
        died = Problem("player_died", DIED, (("cause", how.cause),))
        screening.on_end(None if screening.closed else screening.failure or died)
