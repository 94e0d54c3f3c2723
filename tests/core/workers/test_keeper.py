"""Real child processes that hang, flood, crash and die in the middle of a word."""

import os
import signal
import struct
import time
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from typing import Any

import psutil
import pytest

from siapp.core.workers import keeper as keeper_module
from siapp.core.workers.channel import Channel
from siapp.core.workers.entry import WorkerRole
from siapp.core.workers.keeper import Child, Exit, Keeper
from siapp.core.workers.messages import Heartbeat, Log, Message, Ready, SetOptions, encode
from siapp.core.workers.pipes import Incoming, Outgoing

PATIENCE_S = 30.0


# ---- what the children do; they are imported by name in the child --------------------------------------------


def obedient(channel: Channel) -> None:
    while True:
        for _command in channel.receive(60.0):
            return


def deaf(channel: Channel) -> None:
    """Neither commands nor SIGTERM end it, and it beats all the time."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel.log("INFO", "deaf")
    while True:
        channel.send(Heartbeat())
        time.sleep(0.2)


def flooding(channel: Channel) -> None:
    while True:
        channel.log("INFO", "x" * 200)


def last_words(channel: Channel) -> None:
    for number in range(500):
        channel.log("INFO", str(number))


def silent(_channel: Channel) -> None:
    time.sleep(600)


def failing(_channel: Channel) -> None:
    raise ZeroDivisionError("nobody foresaw this")


def babbling(channel: Channel) -> None:
    channel._reports.send_bytes(b"\x80\x04 no message")
    time.sleep(600)


def half_a_word(channel: Channel) -> None:
    """The beginning of a long message, and then nothing: as where it is stopped or killed in the middle of it."""
    os.write(channel._reports.fileno(), struct.pack("!i", 1_000_000) + b"[")
    time.sleep(600)


def spawned(_role: WorkerRole, parent: int, commands: Any, reports: Any, given: dict[str, Any]) -> None:
    """Stands in for `begin`: everything but the worker itself is real."""
    from siapp.core.workers import entry

    worker = globals()[given["worker"]]
    entry._worker = lambda _role: lambda channel, _given: (channel.ready(), worker(channel))[0]  # type: ignore
    entry.begin(WorkerRole.PROBE, parent, commands, reports, given)


# ---- the parent ----------------------------------------------------------------------------------------------


class Family:
    """A keeper that is turned by the test itself."""

    def __init__(self) -> None:
        self.keeper = Keeper()
        self.heard: dict[str, list[Message]] = {}
        self.exits: dict[str, list[Exit]] = {}
        self._never, self._other = Pipe(duplex=False)

    def spawn(self, worker: Callable[..., None], **more: Any) -> Child:
        name = worker.__name__
        heard, exits = self.heard.setdefault(name, []), self.exits.setdefault(name, [])

        def on_message(message: Message) -> None:
            assert not exits, "a message after the end"
            heard.append(message)

        return self.keeper.spawn(WorkerRole.PROBE, name, {"worker": name}, on_message, exits.append, **more)

    def until(self, good: Callable[[], object], within_s: float = PATIENCE_S) -> None:
        end = time.monotonic() + within_s
        while not good():
            assert time.monotonic() < end, (self.heard, self.exits)
            self.keeper.turn(0.1, self._never)

    def ended(self, worker: Callable[..., None]) -> Exit:
        exits = self.exits[worker.__name__]
        self.until(lambda: exits)
        assert len(exits) == 1
        return exits[0]

    def close(self) -> None:
        for child in self.keeper.children:
            child.kill()
        self.until(lambda: not self.keeper.children)
        assert all(len(exits) == 1 for exits in self.exits.values()), "told exactly once"
        self._never.close()
        self._other.close()


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    monkeypatch.setattr(keeper_module, "begin", spawned)
    family = Family()
    yield family
    family.close()


def lines(messages: list[Message]) -> list[str]:
    return [message.text for message in messages if isinstance(message, Log)]


def test_one_that_obeys_ends_when_it_is_asked(family: Family) -> None:
    child = family.spawn(obedient)
    family.until(lambda: Ready() in family.heard["obedient"])
    family.keeper.stop(child)
    family.keeper.stop(child)
    assert family.ended(obedient) == Exit(asked=True, code=0)
    child.send(SetOptions({}))  # to nobody, and without harm
    child.kill()


def test_one_that_ignores_everything_is_killed_in_the_end(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "ASK_S", 0.3)
    monkeypatch.setattr(keeper_module, "TERMINATE_S", 0.3)
    child = family.spawn(deaf)
    family.until(lambda: "deaf" in lines(family.heard["deaf"]))
    family.keeper.stop(child)
    how = family.ended(deaf)
    assert how.asked and how.cause == "SIGKILL"


def test_last_words_are_heard_before_the_end_is_told(family: Family) -> None:
    family.spawn(last_words)
    time.sleep(3)  # it has ended, or waits in a full pipe
    family.ended(last_words)
    assert lines(family.heard["last_words"]) == [str(number) for number in range(500)]


def test_one_that_floods_keeps_nobody_else_from_being_heard(family: Family) -> None:
    family.spawn(flooding)
    family.until(lambda: len(family.heard["flooding"]) > 1000)
    other = family.spawn(obedient)
    family.until(lambda: Ready() in family.heard["obedient"])
    family.keeper.stop(other)
    family.ended(obedient)


@pytest.mark.parametrize("at_work", [False, True])
def test_a_stopped_one_is_not_responding(family: Family, at_work: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "SILENT_S", 60.0 if at_work else 2.5)
    monkeypatch.setattr(keeper_module, "SILENT_AT_WORK_S", 2.5 if at_work else 60.0)
    child = family.spawn(obedient)
    if not at_work:
        family.until(lambda: Ready() in family.heard["obedient"])
    os.kill(child.pid, signal.SIGSTOP)
    assert family.ended(obedient).cause == "not responding"


def test_one_that_says_nothing_is_not_responding_but_a_job_may_be_silent(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "SILENT_S", 1.0)
    job = family.spawn(silent, watched=False)
    family.until(lambda: Ready() in family.heard["silent"])
    end = time.monotonic() + 2
    family.until(lambda: time.monotonic() > end)
    assert not family.exits["silent"]
    job.kill("over its time")
    assert family.ended(silent).cause == "over its time"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_half_a_message_holds_nobody_up(family: Family, number: signal.Signals) -> None:
    broken = family.spawn(half_a_word)
    family.until(lambda: Ready() in family.heard["half_a_word"])
    time.sleep(0.5)
    os.kill(broken.pid, number)
    family.spawn(obedient)
    family.until(lambda: Ready() in family.heard["obedient"])
    broken.kill()
    assert family.ended(half_a_word).cause == "SIGKILL"


def test_one_that_takes_no_commands_is_ended_and_the_sender_never_waits(family: Family) -> None:
    child = family.spawn(silent)
    family.until(lambda: Ready() in family.heard["silent"])
    for _command in range(100):
        child.send(SetOptions({"filler": "x" * 2000}))
    assert family.ended(silent).cause == "not responding"


@pytest.mark.expects_errors
def test_nonsense_ends_its_speaker(family: Family) -> None:
    family.spawn(babbling)
    assert family.ended(babbling).cause == "it said something that is no message"


@pytest.mark.expects_errors
def test_an_unforeseen_error_stands_in_our_own_log_only(family: Family, caplog: pytest.LogCaptureFixture) -> None:
    family.spawn(failing)
    assert family.ended(failing).cause == "exit code 1"
    assert "ZeroDivisionError: nobody foresaw this" in caplog.text
    assert family.heard["failing"] == [Ready()]


@pytest.mark.expects_errors
def test_a_listener_that_fails_ends_its_worker_and_not_the_keeper(family: Family) -> None:
    def on_message(_message: Message) -> None:
        raise ZeroDivisionError

    def on_exit(how: Exit) -> None:
        exits.append(how)
        raise ZeroDivisionError

    exits: list[Exit] = []
    family.keeper.spawn(WorkerRole.PROBE, "unlucky", {"worker": "obedient"}, on_message, on_exit)
    family.until(lambda: exits)
    assert exits[0].cause == "its report could not be served"
    family.keeper.timers.after(0, lambda: on_exit(exits[5]))
    family.spawn(obedient)
    family.until(lambda: Ready() in family.heard["obedient"])


@pytest.mark.expects_errors
def test_one_that_can_not_be_started_ends_as_all_do(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_process: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as patched:
        patched.setattr(keeper_module._spawn.Process, "start", refuse)
        child = family.spawn(obedient)
    child.send(SetOptions({}))
    family.keeper.stop(child)
    assert family.ended(obedient).cause == "it could not be started"


def test_a_child_dies_with_the_thread_that_keeps_it(family: Family) -> None:
    child = family.spawn(silent)
    family.until(lambda: Ready() in family.heard["silent"])
    assert psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE
    child.commands.close()  # as a parent that is gone, where the kernel does not tell
    os.kill(child.pid, signal.SIGKILL)
    assert family.ended(silent).cause == "SIGKILL"


def test_causes_read_as_words() -> None:
    assert [Exit(False, code).cause for code in (-11, -6, -35, 3, None)] == [
        "SIGSEGV", "SIGABRT", "signal 35", "exit code 3", "it could not be started",
    ]  # fmt: skip


# ---- pipes ---------------------------------------------------------------------------------------------------


def test_messages_in_pieces_come_out_whole_and_in_order() -> None:
    ours, theirs = Pipe(duplex=False)
    incoming, data = Incoming(ours), encode(Log("INFO", "x" * 300))
    assert incoming.take() is None
    whole = (struct.pack("!i", len(data)) + data) * 3
    got: list[bytes] = []
    for start in range(0, len(whole), 100):
        os.write(theirs.fileno(), whole[start : start + 100])
        got += incoming.take() or []
    assert got == [data] * 3
    theirs.close()
    with pytest.raises(EOFError):
        incoming.take()
    incoming.close()


def test_a_length_that_no_worker_writes_is_refused() -> None:
    ours, theirs = Pipe(duplex=False)
    incoming = Incoming(ours)
    os.write(theirs.fileno(), struct.pack("!i", 1 << 30))
    with pytest.raises(ValueError, match="length"):
        incoming.take()
    incoming.close()
    theirs.close()


def test_a_full_pipe_is_said_and_not_waited_for() -> None:
    theirs, ours = Pipe(duplex=False)
    outgoing = Outgoing(ours)
    assert outgoing.put(b"first")
    assert theirs.recv_bytes() == b"first"
    assert not all(outgoing.put(b"x" * 4000) for _message in range(100))
    theirs.close()
    with pytest.raises(OSError, match="Broken pipe"):
        outgoing.put(b"nobody")
    outgoing.close()
