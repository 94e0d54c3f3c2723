"""On what it was measured."""

import importlib.metadata
import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
OURS = ("siapp", "openvino", "av", "opencv-python", "numpy")
THEIRS = ("ultralytics", "torch", "openvino", "opencv-python")


@dataclass(frozen=True, slots=True)
class Machine:
    """`cores`: that this process may use; `flags`: what its processor has of what networks are made faster with."""

    processor: str
    cores: int
    flags: tuple[str, ...]
    memory_gb: float
    system: str
    python: str
    versions: dict[str, str]


def this_machine() -> Machine:
    facts = _cpuinfo()
    present = set(facts.get("flags", "").split())
    return Machine(
        processor=facts.get("model name") or platform.processor() or platform.machine(),
        cores=_cores(),
        flags=tuple(flag for flag in FLAGS if flag in present),
        memory_gb=round(psutil.virtual_memory().total / (1 << 30), 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        versions={name: version for name in OURS if (version := _version(name))},
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpuinfo() -> dict[str, str]:
    """The first processor's facts on Linux; elsewhere nothing."""
    facts: dict[str, str] = {}
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return facts
    for line in lines:
        name, _colon, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    return facts
