"""Frames between processes: a ring of slots in shared memory, one writer, any number of readers, no locks.

Each slot carries a version that is odd while it is written (a seqlock): a reader copies, then looks whether the
version is still what it was, and otherwise has lost the race and takes a newer frame. Nobody ever waits for
anybody, and a process that is killed in the middle of a write leaves only an odd slot behind.

The supervisor creates and unlinks the memory, workers attach.
"""

import errno
import os
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory

SLOTS = 4
_MAGIC = 0x53494150
_RING = struct.Struct("<IIQ")  # magic, slots, bytes of a slot's payload
_SLOT = struct.Struct("<QQIIdd4I")  # version, seq, width, height, monotonic s, epoch s, sizes of the parts
_VERSION = struct.Struct("<Q")
_HEADER_BYTES = 64
PARTS = 4


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """What stands above the pixels. `width`, `height` belong to the first part."""

    seq: int
    width: int
    height: int
    captured_monotonic: float
    captured_at: float


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot's content as views into it, which `Ring.still` must confirm after use."""

    info: SlotInfo
    version: int
    parts: tuple[memoryview, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """A slot's content, safe to keep."""

    info: SlotInfo
    parts: tuple[bytes, ...]


class Ring:
    """Shared memory seen as slots. Create it in the supervisor, attach in a worker."""

    def __init__(self, memory: SharedMemory, owner: bool) -> None:
        self._memory = memory
        self._owner = owner
        if memory.buf is None:
            raise ValueError("the shared memory is closed")
        self._view: memoryview = memory.buf
        magic, self.slots, self.slot_bytes = _RING.unpack_from(self._view, 0)
        if magic != _MAGIC:
            raise ValueError("not a frame ring")

    @classmethod
    def create(cls, slot_bytes: int, slots: int = SLOTS) -> "Ring":
        """Raises OSError where there is no memory for it."""
        size = _HEADER_BYTES + slots * _stride(slot_bytes)
        _make_sure_of(size)
        memory = SharedMemory(create=True, size=size)
        if memory.buf is None:
            raise ValueError("the shared memory is closed")
        _RING.pack_into(memory.buf, 0, _MAGIC, slots, slot_bytes)
        return cls(memory, owner=True)

    @classmethod
    def attach(cls, name: str) -> "Ring":
        """Raises FileNotFoundError where the ring was replaced already: a newer one is on its way."""
        if sys.version_info >= (3, 13):
            return cls(SharedMemory(name, track=False), owner=False)
        return cls(_untracked(name), owner=False)

    @property
    def name(self) -> str:
        return self._memory.name

    def write(self, info: SlotInfo, parts: Sequence[bytes | bytearray | memoryview]) -> None:
        """Put a frame into its slot. Raises ValueError where the parts together exceed `slot_bytes`."""
        views = [memoryview(part).cast("B") for part in parts]
        sizes = [len(view) for view in views] + [0] * (PARTS - len(views))
        if len(views) > PARTS or sum(sizes) > self.slot_bytes:
            raise ValueError("the frame does not fit its slot")
        start = self._start(info.seq)
        version = _VERSION.unpack_from(self._view, start)[0]
        _VERSION.pack_into(self._view, start, version | 1)
        at = start + _HEADER_BYTES
        for view in views:
            self._view[at : at + len(view)] = view
            at += len(view)
        _SLOT.pack_into(
            self._view, start, version | 1, info.seq, info.width, info.height,
            info.captured_monotonic, info.captured_at, *sizes,
        )  # fmt: skip
        _VERSION.pack_into(self._view, start, (version | 1) + 1)

    def read(self, seq: int) -> Copy | None:
        """A copy of frame `seq`, or None where it has been overwritten."""
        borrowed = self.borrow(seq)
        if borrowed is None:
            return None
        copy = Copy(borrowed.info, tuple(bytes(part) for part in borrowed.parts))
        still_whole = self.still(borrowed)
        release(borrowed)
        return copy if still_whole else None

    def borrow(self, seq: int) -> Slot | None:
        """Views into the slot of frame `seq`. Use them at once, ask `still`, then `release` them."""
        start = self._start(seq)
        version, stored, width, height, monotonic, epoch, *sizes = _SLOT.unpack_from(self._view, start)
        if version & 1 or stored != seq or version == 0:
            return None
        parts, at = [], start + _HEADER_BYTES
        for size in sizes:
            parts.append(self._view[at : at + size])
            at += size
        return Slot(SlotInfo(seq, width, height, monotonic, epoch), version, tuple(parts))

    def still(self, slot: Slot) -> bool:
        """Whether the slot has held the same frame all the time."""
        version: int = _VERSION.unpack_from(self._view, self._start(slot.info.seq))[0]
        return version == slot.version

    def close(self) -> None:
        """Let go of the memory; the owner also removes it."""
        self._view.release()
        self._memory.close()
        if self._owner:
            with suppress(FileNotFoundError):  # somebody tidied up
                self._memory.unlink()

    def _start(self, seq: int) -> int:
        return _HEADER_BYTES + (seq % int(self.slots)) * _stride(int(self.slot_bytes))


def release(slot: Slot) -> None:
    """Give the views of a borrowed slot back; memory with views on it can't be closed."""
    for part in slot.parts:
        part.release()


def _stride(slot_bytes: int) -> int:
    # Slots begin on a cache line of their own.
    return _HEADER_BYTES + (slot_bytes + 63) // 64 * 64


def _make_sure_of(size: int) -> None:
    # Linux promises memory that is not there: whoever writes to it dies by SIGBUS.
    if sys.platform == "linux":
        room = os.statvfs("/dev/shm")
        if room.f_bavail * room.f_frsize < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _untracked(name: str) -> SharedMemory:
    """Python before 3.13 has the resource tracker clean up after whoever attaches, too. Said after the owner has
    unlinked the block, that makes a leak of it. No other thread of a worker has anything to register."""
    register = resource_tracker.register
    resource_tracker.register = lambda *_name_and_kind: None
    try:
        return SharedMemory(name)
    finally:
        resource_tracker.register = register
