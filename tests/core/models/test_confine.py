"""The locks on the import process, tried in real child processes."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from siapp.core.models.confine import RECOMMENDED_MEMORY_BYTES, filter_program
from tests.core.models.support import GOOD

ROOT = Path(__file__).parents[3]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="system call filter and memory limit are Linux's")


def _child(
    body: str, folder: Path, memory: int = RECOMMENDED_MEMORY_BYTES, cpu: int = 60
) -> subprocess.CompletedProcess[str]:
    """Run `body` in a confined child; `folder` is where it may write."""
    program = f"""
import ctypes, os, socket, subprocess, sys
from pathlib import Path
from siapp.core.models.confine import confine
folder = Path({str(folder)!r})
confine({memory}, {cpu}, folder)
def refused(action):
    try:
        action()
    except OSError as error:
        print("refused", error.errno)
    else:
        print("allowed")
{textwrap.dedent(body)}
"""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    "action",
    [
        "socket.create_connection(('127.0.0.1', 9), 1)",
        "socket.getaddrinfo('localhost', 80)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.fork()",
        "os.kill(os.getppid(), 0)",
        "open('/tmp/outside-of-the-folder', 'w')",
        "open(folder / '..' / 'outside', 'w')",
        "(folder / 'link').symlink_to('/tmp') or open(folder / 'link' / 'outside', 'w')",
        "Path('/tmp/outside-of-the-folder').mkdir()",
        "os.rename(folder, '/tmp/outside-of-the-folder')",
        "__import__('pickle').loads(b'cos\\nsystem\\n.')",
    ],
)
def test_python_refuses_what_importing_does_not_need(action: str, tmp_path: Path) -> None:
    done = _child(f"refused(lambda: {action})", tmp_path)
    assert done.stdout == "refused 1\n", done.stderr


def test_writing_in_the_folder_works(tmp_path: Path) -> None:
    done = _child(
        "(folder / 'a').mkdir(); (folder / 'a' / 'b').write_text('x'); (folder / 'a' / 'b').unlink(); print('done')",
        tmp_path,
    )
    assert done.stdout == "done\n", done.stderr


NATIVE = """
library = ctypes.CDLL(None, use_errno=True)
def native(name, *arguments):
    # As native code would: no audit event is raised.
    if getattr(library, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)
"""


@LINUX
@pytest.mark.parametrize(
    "call",
    [
        "'socket', 2, 1, 0",
        "'socket', 10, 2, 0",
        "'socket', 1, 1, 0",
        "'socket', 16, 3, 0",
        "'execv', b'/bin/true', (ctypes.c_char_p * 2)(b'true', None)",
        "'kill', os.getppid(), 0",
        "'ptrace', 16, os.getppid(), None, None",
        "'syscall', 425, 8, ctypes.create_string_buffer(256)",
        "'unshare', 0x10000000",
    ],
)
def test_the_system_refuses_the_same_to_native_code(call: str, tmp_path: Path) -> None:
    done = _child(f"{NATIVE}\nrefused(lambda: native({call}))", tmp_path)
    assert done.stdout == "refused 1\n", done.stderr


@LINUX
def test_a_child_made_natively_can_start_no_program(tmp_path: Path) -> None:
    body = f"""{NATIVE}
pid = library.fork()
if pid == 0:
    library.execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None))
    os._exit(ctypes.get_errno())
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    assert _child(body, tmp_path).stdout == "1\n"


@LINUX
def test_threads_started_before_are_confined_too(tmp_path: Path) -> None:
    program = f"""
import ctypes, threading
from pathlib import Path
from siapp.core.models.confine import confine
library, go = ctypes.CDLL(None, use_errno=True), threading.Event()
def late():
    go.wait()
    print(library.socket(2, 1, 0), ctypes.get_errno())
thread = threading.Thread(target=late)
thread.start()
confine(1 << 32, 60, Path({str(tmp_path)!r}))
go.set()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "-1 1\n", done.stderr


@LINUX
def test_a_memory_hog_is_stopped(tmp_path: Path) -> None:
    body = """
try:
    blocks = [bytearray(64 << 20) for _number in range(1000)]
except MemoryError:
    print("out of memory")
"""
    assert _child(body, tmp_path, memory=1 << 30).stdout == "out of memory\n"


@LINUX
def test_an_endless_loop_is_stopped(tmp_path: Path) -> None:
    done = _child("while True: pass", tmp_path, cpu=1)
    assert done.returncode < 0  # SIGXCPU or SIGKILL


IMPORT = """
from siapp.core.errors import WeightsRejected
from siapp.core.models.importer import import_weights
try:
    print(import_weights(Path({source!r}), folder, lambda done, step: None).architecture)
except WeightsRejected as error:
    print(error.code, error)
"""


@pytest.mark.parametrize("kind", GOOD)
def test_a_real_import_works_inside(kind: str, tmp_path: Path) -> None:
    done = _child(IMPORT.format(source=str(GOOD[kind])), tmp_path)
    assert done.stdout.strip() in {"YOLOv8", "ONNX", "OpenVINO"}, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"model.xml", "model.bin"}


@LINUX
@pytest.mark.parametrize("limit_mb", [250, 320, 380, 420])
def test_too_little_memory_is_never_put_down_to_the_file(limit_mb: int, tmp_path: Path) -> None:
    """Short of memory, OpenVINO fails, crashes or computes nonsense. The file is good: no sentence may blame it."""
    done = _child(IMPORT.format(source=str(GOOD["pt"])), tmp_path, memory=limit_mb << 20)
    if done.stdout == "YOLOv8\n":
        return
    assert list(tmp_path.iterdir()) == []
    said = done.stdout.startswith("out_of_memory") and f"{limit_mb} MB" in done.stdout
    assert said or done.returncode < 0, (done.stdout, done.stderr)


@LINUX
def test_few_processors_are_used(tmp_path: Path) -> None:
    """A thread for each of many processors would map more memory than is allowed."""
    assert _child("print(len(os.sched_getaffinity(0)) <= 2)", tmp_path).stdout == "True\n"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_has_the_form_the_kernel_wants(machine: str) -> None:
    code = filter_program(machine)
    assert len(code) % 8 == 0 and len(code) // 8 < 4096
    assert code.endswith((0x06).to_bytes(2, sys.byteorder) + b"\0\0" + (0x7FFF0000).to_bytes(4, sys.byteorder))
