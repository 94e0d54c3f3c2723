"""Frames between real processes through real shared memory."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from siapp.core.workers.ring import _SLOT, PARTS, Ring, SlotInfo, release

ROOT = Path(__file__).resolve().parents[3]
SIZE = 50_000

# Each frame is of one byte value, that of its number: a torn one has two.
WRITER = """
import sys, time
from siapp.core.workers.ring import Ring, SlotInfo
ring, seq = Ring.attach(sys.argv[1]), 0
while True:
    ring.write(SlotInfo(seq, seq % 7, 1, float(seq), 0.0), [bytes([seq % 251]) * int(sys.argv[2])])
    seq += 1
"""


def info(seq: int) -> SlotInfo:
    return SlotInfo(seq, 4, 2, 1.5, 2.5)


def block(ring: Ring) -> Path:
    return Path("/dev/shm") / ring.name


def numbers_in(ring: Ring) -> list[int]:
    """The frames' numbers that stand in the slots at this moment."""
    return [int(_SLOT.unpack_from(ring._view, ring._start(slot))[1]) for slot in range(ring.slots)]


def python(program: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def ring() -> Iterator[Ring]:
    ring = Ring.create(SIZE)
    yield ring
    ring.close()


def test_a_frame_is_read_as_it_was_written(ring: Ring) -> None:
    ring.write(info(3), [b"pixels", b"", bytearray(b"jpeg")])
    copy = ring.read(3)
    assert copy is not None
    assert (copy.info, copy.parts) == (info(3), (b"pixels", b"", b"jpeg", b""))


def test_frames_stay_for_as_many_writes_as_there_are_slots(ring: Ring) -> None:
    for seq in range(6):
        ring.write(info(seq), [bytes([seq])])
    assert [ring.read(seq) is not None for seq in range(6)] == [False, False, True, True, True, True]
    assert ring.read(6) is None, "not written yet"


def test_a_slot_takes_what_it_is_made_for_and_no_byte_more(ring: Ring) -> None:
    ring.write(info(0), [bytes(SIZE - 1), b"x"])
    for parts in ([bytes(SIZE), b"x"], [b""] * (PARTS + 1)):
        with pytest.raises(ValueError, match="does not fit"):
            ring.write(info(1), parts)
    assert ring.read(0) is not None and ring.read(1) is None


def test_a_borrowed_frame_that_is_overwritten_is_not_still_the_same(ring: Ring) -> None:
    ring.write(info(0), [b"a" * 10])
    slot = ring.borrow(0)
    assert slot is not None and ring.still(slot)
    ring.write(info(4), [b"b" * 10])
    assert not ring.still(slot)
    release(slot)


def test_readers_never_accept_a_torn_frame(ring: Ring) -> None:
    writer = python(WRITER, ring.name, SIZE)
    try:
        accepted, end = 0, time.monotonic() + 20
        while accepted < 300 and time.monotonic() < end:
            for seq in numbers_in(ring):
                if (copy := ring.read(seq)) is not None:
                    accepted += 1
                    assert copy.info.seq == seq and copy.info.width == seq % 7
                    assert copy.parts[0] == bytes([seq % 251]) * SIZE
        assert accepted >= 20
    finally:
        writer.kill()
        writer.communicate()


def test_a_writer_killed_in_the_middle_of_a_write_leaves_no_frame_that_is_accepted() -> None:
    ring = Ring.create(20_000_000, slots=1)
    writer = python(WRITER, ring.name, 20_000_000)
    try:
        for _try in range(200):
            time.sleep(0.005)
            os.kill(writer.pid, signal.SIGSTOP)
            version = int.from_bytes(bytes(ring._view[64:72]), "little")
            if version & 1:
                break
            os.kill(writer.pid, signal.SIGCONT)
        else:
            pytest.fail("never met in the middle of a write")
    finally:
        writer.kill()
        writer.communicate()
    assert all(ring.read(seq) is None for seq in range(1000))
    name = block(ring)
    ring.close()
    assert not name.exists()


def test_a_reader_of_a_ring_that_was_replaced_keeps_its_view_and_a_late_one_is_told() -> None:
    old = Ring.create(1000)
    old.write(info(0), [b"old"])
    reader = Ring.attach(old.name)
    old.close()
    copy = reader.read(0)
    assert copy is not None and copy.parts[0] == b"old"
    reader.close()
    with pytest.raises(FileNotFoundError):
        Ring.attach(old.name)


def test_what_is_no_ring_is_refused() -> None:
    from multiprocessing.shared_memory import SharedMemory

    memory = SharedMemory(create=True, size=4096)
    try:
        with pytest.raises(ValueError, match="not a frame ring"):
            Ring.attach(memory.name)
    finally:
        memory.close()
        memory.unlink()


def test_a_block_that_somebody_removed_already_can_be_closed() -> None:
    ring = Ring.create(1000)
    block(ring).unlink()
    ring.close()


def test_owner_and_worker_leave_neither_memory_nor_a_word_of_the_resource_tracker() -> None:
    """Also where the worker attaches just while the owner lets go."""
    program = """
import multiprocessing, sys
from siapp.core.workers.ring import Ring
def worker(name, go, done):
    ring = Ring.attach(name)
    go.send_bytes(b"attached")
    done.recv_bytes()
    ring.close()
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    for early in (True, False):
        ring = Ring.create(1000)
        attached, tell = context.Pipe(duplex=False)
        wait, release = context.Pipe(duplex=False)
        process = context.Process(target=worker, args=(ring.name, tell, wait))
        process.start()
        attached.recv_bytes()
        if early:
            ring.close()
        release.send_bytes(b"go")
        process.join()
        if not early:
            ring.close()
    print("good")
"""
    process = python(program)
    out, err = process.communicate(timeout=60)
    assert (out.strip(), err) == ("good", "")
