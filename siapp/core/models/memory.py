"""Whether this process came close to its own memory limit.

Near the limit OpenVINO doesn't always fail: a buffer that it couldn't have may also show as a wrong result (seen with
2026.4 and RLIMIT_AS). So whatever goes wrong there is put down to memory, not to the file.
"""

import sys
from pathlib import Path
from typing import Final

_MARGIN_MIB: Final = 160
"""glibc asks for address space in steps of 128 MB for a thread's heap."""


def limit_mib() -> int | None:
    """The address space this process may use, in MiB; None where it is unlimited or the system doesn't say."""
    if sys.platform != "linux":
        return None
    import resource

    soft, _hard = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft >> 20


def ran_short() -> bool:
    """Whether the most that was ever used lies within a step of the limit."""
    limit = limit_mib()
    return limit is not None and _peak_mib() + _MARGIN_MIB > limit


def _peak_mib() -> int:
    for line in Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("VmPeak:"):
            return int(line.split()[1]) >> 10
    return 0
