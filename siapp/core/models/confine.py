"""Locks the throw-away import process up before it meets an untrusted file.

Four layers, each of use alone: limits of the operating system (memory, processor time, file size), a system call
filter that natively written code can't get round either (no sockets, no other programs), few threads, and an audit
hook that refuses the same from Python, on every system. What a system lacks is written to the log.
"""

import ctypes
import logging
import os
import platform
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)

RECOMMENDED_MEMORY_BYTES: Final = 4 << 30
"""Address space, not resident memory. Measured peaks (OpenVINO 2026.4): 0.45 GB for a YOLOv8n, 1.2 GB for a YOLOv8x
in float32. Near its limit OpenVINO may fail, crash or compute nonsense, so the limit is not put close to that."""
RECOMMENDED_MEMORY_WITH_TORCH_BYTES: Final = 16 << 30
"""For an export by ultralytics: torch alone maps about 4 GB, more on machines with more cores."""
RECOMMENDED_CPU_SECONDS: Final = 200
"""Up to 80 of them for finding out which layers need float32; the rest is generous for everything else."""

_THREADS: Final = 2
_M_ARENA_MAX: Final = -8
_THREAD_VARIABLES: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TBB_NUM_THREADS")


def confine(memory_bytes: int, cpu_seconds: int, allowed_write: Path) -> None:
    """Give up, for the rest of this process, what importing weights doesn't need. Can't be undone.

    `memory_bytes`: address space; going above it is a MemoryError or the end of the process. `cpu_seconds`:
    processor time of all threads, after which the process is killed (SIGXCPU). `allowed_write`: the one folder in
    which Python may create, change or remove files. Call it first, before numpy or OpenVINO are imported.
    OSError where the system refuses a limit that it knows.
    """
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(_THREADS)))
    # Byte code would be written beside the modules, outside the allowed folder.
    sys.dont_write_bytecode = True
    tempfile.tempdir = str(allowed_write)
    if sys.platform == "win32":
        _log.warning("this system has no process limits that siapp knows: only Python itself is confined")
    else:
        _limit(memory_bytes, cpu_seconds)
    if sys.platform == "linux":
        _use_few_threads()
        _forbid_system_calls()
    _audit(allowed_write.resolve())


if sys.platform != "win32":
    import resource

    def _limit(memory_bytes: int, cpu_seconds: int) -> None:
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_CPU, cpu_seconds)
        _lower(resource.RLIMIT_FSIZE, memory_bytes)
        if sys.platform == "linux":
            # macOS knows RLIMIT_AS by name and refuses to set it.
            _lower(resource.RLIMIT_AS, memory_bytes)

    def _lower(kind: int, value: int) -> None:
        """Set both limits; never above what the process was given."""
        _soft, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


if sys.platform == "linux":

    def _use_few_threads() -> None:
        """OpenVINO starts a thread for each processor that it may use, and each one maps memory of its own."""
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, processors[-_THREADS:])
        arenas = getattr(ctypes.CDLL(None), "mallopt", None)
        if arenas is not None:
            # glibc reserves 128 MB of address space for each heap.
            arenas(_M_ARENA_MAX, _THREADS)


# --- System calls (Linux). Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h
# of the kernel; the filter's form: Documentation/userspace-api/seccomp_filter.rst.

_X86_64: Final[Mapping[str, int]] = {
    "socket": 41, "connect": 42, "bind": 49, "listen": 50, "execve": 59, "kill": 62, "ptrace": 101,
    "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "init_module": 175, "kexec_load": 246,
    "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
    "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
    "finit_module": 313, "bpf": 321, "execveat": 322, "userfaultfd": 323,
}  # fmt: skip
_AARCH64: Final[Mapping[str, int]] = {
    "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "unshare": 97, "kexec_load": 104,
    "init_module": 105, "ptrace": 117, "kill": 129, "socket": 198, "bind": 200, "listen": 201, "connect": 203,
    "add_key": 217, "request_key": 218, "keyctl": 219, "execve": 221, "perf_event_open": 241,
    "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271,
    "finit_module": 273, "bpf": 280, "execveat": 281, "userfaultfd": 282,
}  # fmt: skip
_COMMON: Final[Mapping[str, int]] = {
    # io_uring opens sockets without the socket call.
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "pidfd_getfd": 438,
}  # fmt: skip
_ARCHITECTURES: Final[Mapping[str, tuple[int, Mapping[str, int]]]] = {
    "x86_64": (0xC000003E, _X86_64),
    "aarch64": (0xC00000B7, _AARCH64),
}
_SECCOMP_CALL: Final = {"x86_64": 317, "aarch64": 277}
_X32_BIT: Final = 0x40000000

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_SET_MODE_FILTER, _FLAG_ALL_THREADS = 1, 1
_LOAD_WORD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM: Final = 1
_NUMBER_PLACE, _ARCHITECTURE_PLACE = 0, 4


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def _forbid_system_calls() -> None:
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        _log.warning("no system call filter for %s: sockets and other programs are refused by Python only", machine)
        return
    code = filter_program(machine)
    program = _Program(len(code) // 8, code)
    library = ctypes.CDLL(None, use_errno=True)
    _must(library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    # All threads at once; older kernels only know the call for the present thread, the only one at this point.
    whole = library.syscall(_SECCOMP_CALL[machine], _SET_MODE_FILTER, _FLAG_ALL_THREADS, ctypes.byref(program))
    if whole != 0:
        _must(library.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0))


def _must(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def filter_program(machine: str) -> bytes:
    """The filter as classic BPF, 8 bytes an instruction: forbidden calls fail with EPERM, foreign ones kill."""
    architecture, numbers = _ARCHITECTURES[machine]
    forbidden = sorted({**numbers, **_COMMON}.values())
    lines = [(_LOAD_WORD, 0, 0, _ARCHITECTURE_PLACE), (_JUMP_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL)]
    lines += [(_LOAD_WORD, 0, 0, _NUMBER_PLACE)]
    if machine == "x86_64":
        # The x32 twin of each call has the same architecture and another number.
        lines += [(_JUMP_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _FAIL | _EPERM)]
    for number in forbidden:
        lines += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _FAIL | _EPERM)]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


# --- Python itself. Events: docs.python.org/3/library/audit_events.html

_FORBIDDEN: Final = frozenset(
    {
        "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
        "socket.gethostbyname", "socket.gethostbyaddr", "os.system", "os.exec", "os.posix_spawn", "os.spawn",
        "os.fork", "os.forkpty", "os.startfile", "os.startfile/2", "os.kill", "os.killpg", "pty.spawn",
        "subprocess.Popen", "_winapi.CreateProcess", "pickle.find_class", "winreg.SetValue", "winreg.CreateKey",
    }
)  # fmt: skip
_CHANGING: Final = frozenset(
    {
        "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
        "os.chown", "os.utime", "shutil.rmtree", "shutil.move",
    }
)  # fmt: skip
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SINKS: Final = frozenset({os.devnull, os.path.normcase("nul")})


def _audit(allowed: Path) -> None:
    sys.addaudithook(_hook(str(allowed)))


def _hook(allowed: str) -> Callable[[str, tuple[object, ...]], None]:
    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event in _FORBIDDEN:
            raise PermissionError(_EPERM, f"refused while weights are imported: {event}")
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(flags, int) and flags & _WRITING and not _inside(path, allowed):
                raise PermissionError(_EPERM, "refused while weights are imported: writing")
        elif event in _CHANGING and not all(_inside(path, allowed) for path in _paths(arguments)):
            raise PermissionError(_EPERM, f"refused while weights are imported: {event}")

    return refuse


def _paths(arguments: tuple[object, ...]) -> list[object]:
    return [argument for argument in arguments if isinstance(argument, str | bytes | os.PathLike)]


def _inside(path: object, allowed: str) -> bool:
    """Open descriptors (numbers) were let through when they were opened."""
    if not isinstance(path, str | bytes | os.PathLike):
        return True
    text = os.fsdecode(path)
    if text in _SINKS:
        return True
    # Not Path.resolve: it would raise audit events itself.
    real = os.path.realpath(text)
    return real == allowed or real.startswith(allowed + os.sep)
