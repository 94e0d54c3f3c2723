"""`siapp bench` on real files, in real processes; on a plan so short that its figures say nothing."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import av
import psutil
import pytest

from siapp.bench.child import Workplace, ours
from siapp.bench.plan import Plan
from siapp.bench.result import CONTENDERS, NETWORK
from siapp.bench.run import Files, measure
from siapp.core.resources import resources

CLIP, WEIGHTS = resources() / "demo" / "demo.mp4", resources() / "demo" / "demo.pt"
SHORT = Plan(
    rounds=1,
    run_s=0.2,
    network_s=0.2,
    camera_s=1.5,
    search_s=0.5,
    most_cameras=2,
    loops=(1,),
    loop_s=1.0,
    viewers=(0, 2),
    viewers_s=1.0,
    starts=1,
)
WITH_ULTRALYTICS = importlib.util.find_spec("ultralytics") is not None
LIMIT_S = 100
PATIENCE_S = 400  # with measurements that a busy machine makes longer


def measured(tmp_path: Path, *parts: str) -> dict[str, Any]:
    """What a short run wrote."""
    out = tmp_path / "out"
    result = measure(Files(CLIP, WEIGHTS, out), Path(sys.executable), parts, SHORT)
    assert not result.problems, (out / "bench.log").read_text()
    stored = json.loads((out / "bench.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(result.to_json()))
    assert str(tmp_path) not in (out / "bench.json").read_text() + (out / "bench.md").read_text()
    return dict(stored)


def test_every_contender_has_a_row_or_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    stored = measured(tmp_path, "recorded")
    rows = {row["contender"]: row for row in stored["rows"]}
    assert set(rows) == set(CONTENDERS)
    for name, row in rows.items():
        if WITH_ULTRALYTICS or name in (NETWORK, "analyze", "analyze_no_video"):
            assert row["problem"] is None and row["fps"] > 0 and row["peak_rss_bytes"] > 1e7
        else:
            assert row["problem"] == "not installed: pip install 'siapp[ultralytics]'" and row["fps"] is None
    assert rows[NETWORK]["core_ms"] > 0
    assert stored["ratios"]["analyze_of_network"] > 0
    assert (stored["ratios"]["analyze_to_loop_torch"] is not None) == WITH_ULTRALYTICS
    shown = capsys.readouterr()
    assert "1/1 siapp analyze" in shown.err and "analyze" in shown.out


def test_a_start_is_timed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (seconds,) = measured(tmp_path, "start")["live"]["first_picture_s"]
    assert 0 < seconds < 60


@pytest.mark.full
def test_viewers_and_cameras_are_counted(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    live = measured(tmp_path, "viewers", "cameras")["live"]
    assert [step["viewers"] for step in live["viewers"]] == [0, 2]
    assert live["viewers"][1]["fps_least"] > 0
    assert live["cameras"][0]["cameras"] == 1
    assert live["cameras"][0]["fps_total"] > 0 and live["cameras"][0]["memory_bytes"] > 1e7
    assert live["cameras"][0]["latency_p50_ms"] > 0


@pytest.mark.skipif(not WITH_ULTRALYTICS, reason="needs the extra siapp[ultralytics]")
def test_a_tutorials_loop_has_a_camera_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (step,) = measured(tmp_path, "loops")["live"]["loops"]
    assert step["fps_total"] > 0 and step["memory_bytes"] > 1e8


def test_weights_that_ultralytics_needs_as_a_checkpoint_are_said_so(tmp_path: Path) -> None:
    """Only where ultralytics is there; without it, that is the reason."""
    renamed = tmp_path / "best.zip"  # what a file is, its content tells siapp
    renamed.write_bytes(WEIGHTS.read_bytes())
    result = measure(Files(CLIP, renamed, tmp_path), Path(sys.executable), ["loops"], SHORT)
    assert result.problems["loops"].code == ("not_a_checkpoint" if WITH_ULTRALYTICS else "not_installed")


# ---- the command -----------------------------------------------------------------------------------------------


def start(*arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "siapp", "bench", *map(str, arguments)],
        env={**os.environ, "LANGUAGE": "en", "SIAPP_LOG_LEVEL": ""},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_hears_ctrl_c if os.name == "posix" else None,
    )


def _hears_ctrl_c() -> None:
    """As at a terminal: what runs in the background of a script has been told to ignore it, and so would we."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.mp4"], "There is no file “none.mp4”."),
        (["--weights", "none.pt"], "There is no file “none.pt”."),
        (["--python", "none"], "There is no file “none”."),
        (["--python", str(WEIGHTS)], "“demo.pt” is no Python that can be run here."),
        ([str(WEIGHTS)], "This file is not a video that siapp can read. MP4 with H.264 always works."),
        (["--weights", str(CLIP)], None),
    ],
)
def test_what_is_no_use_is_one_sentence(arguments: list[str], sentence: str | None, tmp_path: Path) -> None:
    with start(*arguments, "--out", tmp_path / "out") as program:
        out, errors = program.communicate(timeout=LIMIT_S)
    assert program.returncode == 1 and not out
    last = errors.splitlines()[-1]
    assert last.startswith("siapp: ") and "Traceback" not in errors and "foresee" not in errors
    assert sentence is None or last == f"siapp: {sentence}"
    assert not (tmp_path / "out" / "bench.json").exists()


@pytest.mark.timeout(2 * PATIENCE_S)
@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_ends_the_contenders_and_keeps_what_was_measured(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    os.environ["TMPDIR"], before = str(temporary), os.environ.get("TMPDIR")
    try:
        program = start("--quick", "--only", "recorded", "--out", tmp_path / "out")
    finally:
        os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before)
    limit = threading.Timer(PATIENCE_S, program.kill)
    limit.start()
    with program:
        assert program.stderr is not None
        for line in program.stderr:
            if line.startswith("1/1 siapp analyze --no-video"):
                break
        children: list[psutil.Process] = []
        while not any(busy_s(child) > 0.2 for child in children):  # the line comes just before the contender
            time.sleep(0.05)
            children = psutil.Process(program.pid).children(recursive=True)
        program.send_signal(signal.SIGINT)
        out, errors = program.communicate()
    limit.cancel()
    assert program.returncode == 130 and "Traceback" not in errors
    assert children and not psutil.wait_procs(children, 60)[1]
    stored = json.loads((tmp_path / "out" / "bench.json").read_text(encoding="utf-8"))
    assert stored["interrupted"] and stored["ratios"]["analyze_of_network"] > 0
    assert "interrupted" in out
    assert not list(temporary.iterdir())


def busy_s(process: psutil.Process) -> float:
    """What it has had of the processor, in seconds."""
    try:
        return float(process.cpu_times().user)
    except psutil.NoSuchProcess:
        return 0.0


# ---- the clips -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frames", [7, 310])
def test_a_clip_has_as_many_pictures_as_were_asked_for(frames: int, tmp_path: Path) -> None:
    """Shorter than the video of 300, or longer: then it begins again."""
    out = tmp_path / "clip.mp4"
    workplace = Workplace(tmp_path, tmp_path / "log", {})
    said = workplace.ask(ours("clip", {"video": str(CLIP), "out": str(out), "frames": frames}), LIMIT_S)
    times = decoded(out)
    assert said["frames"] == len(times) == frames
    assert times == sorted(set(times))


def test_a_clip_in_another_size_and_rate(tmp_path: Path) -> None:
    out = tmp_path / "clip.mp4"
    given = {"video": str(CLIP), "out": str(out), "frames": 12, "width": 1280, "height": 720, "fps": 10}
    Workplace(tmp_path, tmp_path / "log", {}).ask(ours("clip", given), LIMIT_S)
    assert decoded(out) == pytest.approx([number / 10 for number in range(12)])
    with av.open(str(out)) as video:
        assert (video.streams.video[0].width, video.streams.video[0].height) == (1280, 720)


def decoded(path: Path) -> list[float]:
    """When each picture is shown, in seconds."""
    with av.open(str(path)) as video:
        return [float(frame.time or 0.0) for frame in video.decode(video=0)]
