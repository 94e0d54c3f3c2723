"""The plan of the processor's cores: how many threads each running analysis gives its network.

Networks that each take all cores stand in one another's way: every layer then waits for threads that have no core.
"""

import os

import psutil

ALL = 0


def threads_each(analyses: int, cores: int) -> int:
    """Threads for each of so many networks. One alone takes what its library thinks best (`ALL`); several share the
    cores evenly, at least one for each; what does not divide is left to those who decode."""
    if analyses <= 1:
        return ALL
    return max(1, cores // analyses)


def available_cores() -> int:
    """Those that this process may use. Two threads of one core count once: they share its arithmetic."""
    allowed = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))
