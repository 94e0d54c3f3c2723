"""Many analyses on one machine: a network in each process, or one process whose network serves them all.

    python -m tools.experiments.shared_inference ARTEFACT VIDEO [--analyses 1,2,4,6] [--rounds 3]

ARTEFACT is a folder with an imported algorithm (model.xml), VIDEO gives the pictures. Three ways are compared:

all     a process for each analysis, each network with all cores
plan    the same, with the cores shared as siapp.core.workers.plan says
shared  the analyses lay their input into shared memory, one process with a network for throughput runs it

Each analysis does what siapp's does with a frame: I420 to BGR, the letterbox, the network, its output as detections.
The processes of all ways are up at the same time and take short turns, so that other work on the machine meets them
alike. For each way: frames/s of all together when each runs as fast as it can, and the processor's time that a frame
takes; then, at 10 frames/s each, what is done of them (a frame that comes during the work on another is left out, as
siapp leaves it out), the time from a frame to its detections, and the cores in use; and, with the other ways away,
the memory (PSS) of all processes. See docs/many-cameras.md for what was decided.
"""

import argparse
import itertools
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from siapp.core.domain import TaskOptions
from siapp.core.specs import InferenceSpec, ModelSpec
from siapp.core.video.letterbox import letterbox_for
from siapp.core.video.network import CompiledNetwork, Network, Purpose
from siapp.core.video.pictures import Pixels, i420_to_bgr, to_i420
from siapp.core.video.source import open_file
from siapp.core.workers.plan import ALL, available_cores, threads_each

PICTURES = 30
PACED_FPS = 10.0
STRIDE = 32

_spawn = get_context("spawn")


class Way(StrEnum):
    ALL = "all"
    PLAN = "plan"
    SHARED = "shared"


@dataclass(frozen=True)
class Turn:
    """`fps`: of all analyses together at saturation, `cpu_ms`: processor time of a frame then; `paced_fps`, `p50_ms`,
    `p95_ms`, `cores` at the cameras' rate."""

    fps: float
    cpu_ms: float
    paced_fps: float
    p50_ms: float
    p95_ms: float
    cores: float


@dataclass(frozen=True)
class Place:
    """Where the pictures of one analysis and the network's answers lie in shared memory."""

    name: str
    canvas_shape: tuple[int, int, int]
    output_shape: tuple[int, int]

    def views(self, memory: SharedMemory) -> tuple[Pixels, NDArray[np.float32]]:
        canvas_bytes = int(np.prod(self.canvas_shape))
        canvas: Pixels = np.ndarray(self.canvas_shape, np.uint8, memory.buf)
        output: NDArray[np.float32] = np.ndarray(self.output_shape, np.float32, memory.buf, canvas_bytes)
        return canvas, output

    @property
    def size(self) -> int:
        return int(np.prod(self.canvas_shape)) + 4 * int(np.prod(self.output_shape))


# ---- an analysis ---------------------------------------------------------------------------------------------


class RemoteRequest:
    """A network.Request whose network is in another process."""

    def __init__(self, place: Place, server: Connection) -> None:
        self._memory = SharedMemory(place.name)
        self._canvas, self._output = place.views(self._memory)
        self._server = server

    @property
    def canvas(self) -> Pixels:
        return self._canvas

    def start(self) -> None:
        self._server.send_bytes(b"run")

    def result(self) -> NDArray[np.float32]:
        self._server.recv_bytes()
        return self._output


class RemoteNetwork:
    """A network.CompiledNetwork in another process."""

    parallel = 1
    precision = ""

    def __init__(self, place: Place, server: Connection) -> None:
        self._place = place
        self._server = server

    def request(self) -> RemoteRequest:
        return RemoteRequest(self._place, self._server)


def analyse(
    orders: Connection, frames: list[Pixels], folder: Path, threads: int, server: tuple[Place, Connection] | None
) -> None:
    """The process of one analysis. Each order is (frames/s, or 0 for as many as it can; seconds); the answer the
    times in seconds from each frame to its detections."""
    import cv2

    cv2.setNumThreads(1)
    height, width = frames[0].shape[0] * 2 // 3, frames[0].shape[1]
    box = letterbox_for(width, height, _model(folder))
    if server is not None:
        compiled: CompiledNetwork = RemoteNetwork(*server)
    else:
        from siapp.core.video.openvino_network import OpenVinoNetwork

        compiled = OpenVinoNetwork(folder, box, Purpose.LATENCY, InferenceSpec(threads=threads))
    network, options = Network(compiled, box, (width, height)), TaskOptions()
    pictures = itertools.cycle(frames)
    for _warm_up in range(3):
        network.detect(i420_to_bgr(next(pictures)), options)
    orders.send(None)
    while (order := orders.recv()) is not None:
        fps, seconds = order
        took = []
        for due in _moments(fps, seconds):
            network.detect(i420_to_bgr(next(pictures)), options)
            took.append(time.monotonic() - due)
        orders.send(took)


def _moments(fps: float, seconds: float) -> Iterator[float]:
    """When frames come. As the newest one counts, those that came during the work on another are left out."""
    began = now = time.monotonic()
    while now < began + seconds:
        due = now
        if fps:
            number = int((now - began) * fps)  # of the newest frame that is there
            due = began + (number + 1) / fps
            time.sleep(max(0.0, due - time.monotonic()))
        yield due
        now = time.monotonic()


def _model(folder: Path) -> ModelSpec:
    return ModelSpec(str(folder), (), None, STRIDE)


# ---- the process that serves them all ------------------------------------------------------------------------


def serve(ready: Connection, folder: Path, size: tuple[int, int], clients: list[tuple[Place, Connection]]) -> None:
    """One network; a thread for each analysis waits for its pictures. OpenVINO runs them in the order in which they
    come, and each has one on its way at most: that is round robin."""
    from siapp.core.video.openvino_network import OpenVinoNetwork

    box = letterbox_for(*size, _model(folder))
    network = OpenVinoNetwork(folder, box, Purpose.THROUGHPUT, InferenceSpec())
    threads = [threading.Thread(target=_serve_one, args=(network, *client)) for client in clients]
    for thread in threads:
        thread.start()
    ready.send(None)
    for thread in threads:
        thread.join()


def _serve_one(network: CompiledNetwork, place: Place, client: Connection) -> None:
    memory = SharedMemory(place.name)
    canvas, output = place.views(memory)
    request = network.request()
    while True:
        try:
            client.recv_bytes()
        except EOFError:
            return
        request.canvas[:] = canvas
        request.start()
        output[:] = request.result()
        client.send_bytes(b"done")


# ---- the comparison ------------------------------------------------------------------------------------------


class Crowd:
    """The processes of one way, and their pipes."""

    def __init__(self, processes: list[Any], orders: list[Connection]) -> None:
        self._processes = [psutil.Process(process.pid) for process in processes]
        self._orders = orders

    def run(self, fps: float, seconds: float) -> tuple[list[float], float]:
        """The times of all frames in milliseconds, and the cores that were busy."""
        before, began = self._cpu_seconds(), time.monotonic()
        for number, order in enumerate(self._orders):
            if fps and number:
                time.sleep(1 / fps / len(self._orders))  # cameras don't keep step
            order.send((fps, seconds))
        times = [1000 * each for order in self._orders for each in order.recv()]
        return times, (self._cpu_seconds() - before) / (time.monotonic() - began)

    def pss_mb(self) -> float:
        pss: int = sum(process.memory_full_info().pss for process in self._processes)
        return pss / (1 << 20)

    def _cpu_seconds(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self._processes)


@contextmanager
def crowd(way: Way, count: int, folder: Path, frames: list[Pixels]) -> Iterator[Crowd]:
    """`count` analyses, up and warm."""
    with ExitStack() as stack:
        server: list[tuple[Place, Connection]] = []
        processes: list[Any] = []
        if way is Way.SHARED:
            server = _begin_server(stack, processes, count, folder, frames)
        threads = threads_each(count, available_cores()) if way is Way.PLAN else ALL
        orders = []
        for number in range(count):
            ours, theirs = _spawn.Pipe()
            given = server[number] if server else None
            process = _spawn.Process(target=analyse, args=(theirs, frames, folder, threads, given))
            process.start()
            processes.append(process)
            orders.append(ours)
            theirs.close()
            if given:
                given[1].close()  # theirs alone, so that the server sees their end
        for order in orders:
            order.recv()
        try:
            yield Crowd(processes, orders)
        finally:
            for order in orders:
                order.send(None)
            for process in reversed(processes):
                process.join()


def _begin_server(
    stack: ExitStack, processes: list[Any], count: int, folder: Path, frames: list[Pixels]
) -> list[tuple[Place, Connection]]:
    """What each analysis needs to reach it."""
    size = frames[0].shape[1], frames[0].shape[0] * 2 // 3
    box, output_shape = letterbox_for(*size, _model(folder)), _output_shape(folder, size)
    theirs, ours = [], []
    for _client in range(count):
        place = Place("", (box.height, box.width, 3), output_shape)
        memory = SharedMemory(create=True, size=place.size)
        stack.callback(memory.unlink)
        stack.callback(memory.close)
        place = Place(memory.name, place.canvas_shape, place.output_shape)
        canvas, _output = place.views(memory)
        canvas[:] = 114
        del canvas, _output  # memory with views on it can't be closed
        server_end, client_end = _spawn.Pipe()
        theirs.append((place, server_end))
        ours.append((place, client_end))
    waiting, ready = _spawn.Pipe()
    process = _spawn.Process(target=serve, args=(ready, folder, size, theirs))
    process.start()
    processes.append(process)
    waiting.recv()
    for _place, end in theirs:
        end.close()
    return ours


def _output_shape(folder: Path, size: tuple[int, int]) -> tuple[int, int]:
    import openvino as ov

    box = letterbox_for(*size, _model(folder))
    network = ov.Core().read_model(folder / "model.xml")
    network.reshape([1, 3, box.height, box.width])
    _one, rows, columns = network.output(0).shape
    return int(rows), int(columns)


def take_turn(analyses: Crowd, seconds: float) -> Turn:
    fast, busy = analyses.run(0, seconds)
    paced, cores = analyses.run(PACED_FPS, seconds)
    cuts = statistics.quantiles(paced, n=20)
    return Turn(len(fast) / seconds, 1000 * busy * seconds / len(fast), len(paced) / seconds, cuts[9], cuts[18], cores)


def compare(count: int, folder: Path, frames: list[Pixels], rounds: int, seconds: float) -> None:
    memory = {}
    for way in Way:
        with crowd(way, count, folder, frames) as alone:
            memory[way] = alone.pss_mb()
    turns: dict[Way, list[Turn]] = {way: [] for way in Way}
    with ExitStack() as stack:
        crowds = {way: stack.enter_context(crowd(way, count, folder, frames)) for way in Way}
        for _round, way in itertools.product(range(rounds), Way):
            turns[way].append(take_turn(crowds[way], seconds))
    for way in Way:
        middle = [statistics.median(column) for column in zip(*map(astuple, turns[way]), strict=True)]
        fps, cpu_ms, paced, p50, p95, cores = middle
        figures = f"{fps:.1f} | {cpu_ms:.0f} | {paced:.1f} | {p50:.0f} | {p95:.0f} | {cores:.2f} | {memory[way]:.0f}"
        print(f"| {count} | {way.value} | {figures} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("artefact", type=Path)
    parser.add_argument("video", type=Path)
    parser.add_argument("--analyses", default="1,2,4,6", help="how many at once, several with commas")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement in a turn")
    options = parser.parse_args()
    with open_file(options.video) as source:
        frames = [to_i420(frame.picture) for frame in itertools.islice(source.frames(), PICTURES)]
    print(f"{available_cores()} cores; the median of {options.rounds} turns of {options.seconds:g} s")
    print("| analyses | way | frames/s | CPU ms a frame | of 10 each | p50 ms | p95 ms | cores | PSS MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for count in map(int, options.analyses.split(",")):
        compare(count, options.artefact, frames, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
