"""Where each worker process begins: a lifeline to the parent, then the worker that its role names.

Imports stay inside the functions: a probe must not pay for OpenVINO, nor a capture for it.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from enum import StrEnum
from multiprocessing.connection import Connection
from typing import Any

from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.workers.channel import Channel, leave
from siapp.core.workers.lifeline import die_with, ignore_terminal

CRASHED = 1


class WorkerRole(StrEnum):
    CAPTURE = "capture"
    ANALYSIS = "analysis"
    PROBE = "probe"
    IMPORT = "import"
    ANALYZE = "analyze"
    INVENTORY = "inventory"
    MEASURE = "measure"
    OPTIMIZE = "optimize"
    TRY = "try"
    PLAYER = "player"


NICENESS = 5
_COMPUTING = frozenset(
    {WorkerRole.ANALYSIS, WorkerRole.IMPORT, WorkerRole.ANALYZE, WorkerRole.OPTIMIZE, WorkerRole.TRY}
)

Worker = Callable[[Channel, dict[str, Any]], None]


def begin(role: WorkerRole, parent_pid: int, commands: Connection, reports: Connection, given: dict[str, Any]) -> None:
    """The target of every child process; it does not return. `given`: plain JSON values."""
    die_with(parent_pid)
    stand_back(role)
    ignore_terminal()
    tell_nobody()
    channel = Channel(commands, reports)
    logging.getLogger().addHandler(_ChannelHandler(channel))
    leave(_outcome(channel, role, given))


def stand_back(role: WorkerRole) -> None:
    """What computes takes all that is left of the processor, and never what window and server need to answer.

    Measured on two busy cores: with it 95 of 100 answers came five times as soon, and the window's tick was less late.
    """
    if role in _COMPUTING and hasattr(os, "nice"):  # Windows has other words for it
        os.nice(NICENESS)


def tell_nobody() -> None:
    """OpenVINO, as soon as it is imported, and NNCF tell Google Analytics that they are used. Not in this process."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]


def _outcome(channel: Channel, role: WorkerRole, given: dict[str, Any]) -> int:
    """The worker's exit code."""
    try:
        _worker(role)(channel, given)
    except SiappError as error:
        channel.fail(error)
    except MemoryError:
        channel.fail(SiappError("out_of_memory", _("There was not enough memory for this.")))
        return CRASHED
    except Exception:  # noqa: BLE001 - said in the main program's log, where somebody can read it
        channel.crashed(traceback.format_exc())
        return CRASHED
    return 0


def _worker(role: WorkerRole) -> Worker:
    match role:
        case WorkerRole.CAPTURE:
            from siapp.core.workers.capture import capture

            return capture
        case WorkerRole.ANALYSIS:
            from siapp.core.workers.analysis import analysis

            return analysis
        case WorkerRole.PROBE:
            from siapp.core.workers.jobs import probe

            return probe
        case WorkerRole.IMPORT:
            from siapp.core.workers.jobs import import_weights

            return import_weights
        case WorkerRole.ANALYZE:
            from siapp.core.workers.jobs import analyze

            return analyze
        case WorkerRole.INVENTORY:
            from siapp.core.workers.jobs import inventory

            return inventory
        case WorkerRole.MEASURE:
            from siapp.core.workers.jobs import measure

            return measure
        case WorkerRole.OPTIMIZE:
            from siapp.core.workers.jobs import optimize

            return optimize
        case WorkerRole.TRY:
            from siapp.core.workers.jobs import try_picture

            return try_picture
        case WorkerRole.PLAYER:
            from siapp.core.workers.player import player

            return player


class _ChannelHandler(logging.Handler):
    """What libraries log in a worker goes the same way as what the worker says."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(logging.WARNING)
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        self._channel.log(record.levelname, record.getMessage())
