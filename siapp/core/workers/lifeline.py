"""A child never outlives its parent, not even one that was killed."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when the thread that spawned it ends (Linux).

    Elsewhere the closed command pipe says so. The parent may have died before the request: look again after it.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:
            os._exit(0)


def ignore_terminal() -> None:
    """Ctrl+C reaches the whole process group; only the main process answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
