"""What crosses the pipes comes out as it went in, and nothing else does."""

import pytest

from siapp.core.domain import Problem
from siapp.core.workers import messages as m

ALL: tuple[m.Message, ...] = (
    m.Ready(),
    m.Heartbeat(),
    m.WarmingUp(),
    m.Crashed("Traceback"),
    m.RingWanted(4711),
    m.PictureRingWanted(12),
    m.FrameWritten(3, 4),
    m.SourceState("reconnecting", "timeout", "No picture for {seconds} s.", {"seconds": 5}),
    m.Published(1, 2, 640, 480, 1.5, 2.5, 3.25, [[2.0, 0.9, 1.0, 2.0, 3.0, 4.0]], True),
    m.Glimpse("/9j/2Q=="),
    m.ModelInUse(2, ["轿车", "car"]),
    m.Opened({"codec": "h264"}),
    m.Position(1.5, 30, True, False, 2.0, 4),
    m.VideoBegins("avc1.42c01f", 1280, 720, "AAAA"),
    m.Skipped(),
    m.Log("WARNING", "süß\n"),
    m.Failed("bad", "It is bad."),
    m.Progress(0.5, "Reading", 1, 2),
    m.Done({"frames": 3}),
    m.Stop(),
    m.RingGranted("psm_1"),
    m.PictureRingGranted("psm_2"),
    m.SourceRing("psm_3"),
    m.FrameReady(9),
    m.Show(640, 480, True, False, True, 1280),
    m.KeyFrameWanted(),
    m.SetRate(None),
    m.TryNow(),
    m.Play(),
    m.Pause(),
    m.Seek(3, 1.5, -1, True),
    m.Step(-1),
    m.SetSpeed(0.5),
    m.SetOptions({"confidence": 0.5, "classes": None}),
    m.SetModel({"folder": "x", "classes": ["car"]}),
    m.SetInference({"device": "cpu", "threads": 1, "exact": False}),
)


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_each_kind_comes_out_as_it_went_in(message: m.Message) -> None:
    assert m.decode(m.encode(message)) == message


def test_no_kind_is_forgotten_here() -> None:
    assert {type(message).__name__ for message in ALL} == set(m._KINDS)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"[]",
        b"null",
        b'["Ready"]',
        b'["NoSuchKind", {}]',
        b'["Ready", {"more": 1}]',
        b'["FrameWritten", {}]',
        b'[["Ready"], {}]',
        b'["Ready", []]' * 2,
        b"[" * 100_000,
        b"\x80\x04\x95",
    ],
)
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(ValueError, match="not a worker's message"):
        m.decode(garbage)


def test_a_state_without_a_code_has_no_problem() -> None:
    assert m.as_problem(m.SourceState("online")) is None
    failed = m.Failed("bad", "It is {what}.", {"what": "bad"})
    assert m.as_problem(failed) == Problem("bad", "It is {what}.", (("what", "bad"),))
