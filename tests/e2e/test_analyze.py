"""`siapp analyze` as a person runs it: a process of its own, real files, real weights."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest

from siapp.core.resources import resources
from tests.core.video.support import counting, read_back, read_what_plays, write_clip, write_sound

ROOT = Path(__file__).parents[2]
CLIP, WEIGHTS = resources() / "demo" / "demo.mp4", resources() / "demo" / "demo.pt"
SHARED = ROOT.parent / "shared" / "data"
LIMIT_S = 280
SECRETS = (str(ROOT), "Traceback", "Error:", "/tmp")


def start(*arguments: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "siapp", "analyze", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "LANGUAGE": "en", "SIAPP_LOG_LEVEL": "", **(env or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_hears_ctrl_c if os.name == "posix" else None,
    )


def _hears_ctrl_c() -> None:
    """As at a terminal: what runs in the background of a script has been told to ignore it, and so would we."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def analyze(*arguments: object, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)."""
    with start(*arguments, env=env) as process:
        out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, err


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "detections.jsonl").read_text(encoding="utf-8").splitlines()]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of the demo."""
    return write_clip(
        tmp_path_factory.mktemp("clip") / "short clip [2 s].mp4", [picture for _time, picture in read_back(CLIP)[:31]],
        fps=15,
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The demo clip, analysed: (folder, stdout, stderr)."""
    folder = tmp_path_factory.mktemp("demo") / "made" / "by it"
    code, out, err = analyze(CLIP, "--weights", WEIGHTS, "--out", folder)
    assert code == 0, err
    return folder, out, err


# -- what comes out


def test_it_says_frames_seconds_and_frames_per_second(demo: tuple[Path, str, str]) -> None:
    _folder, out, err = demo
    words = out.split()
    assert out.count("\n") == 1
    assert words[0] == "300" and words[1] == "frames," and words[3] == "s," and words[5] == "frames/s"
    assert float(words[4]) == pytest.approx(300 / float(words[2]), rel=0.02)
    assert err == "", "a bar is for people, and nobody looks"


def test_all_files_lie_directly_in_the_folder(demo: tuple[Path, str, str]) -> None:
    keys = {f"frame_{number}.jpg" for number in range(0, 300, 30)}
    assert names(demo[0]) == {"output.mp4", "detections.jsonl", "process.log", *keys}


def test_the_video_has_every_frame_at_its_time_with_boxes_in_it(demo: tuple[Path, str, str]) -> None:
    shown, original = read_back(demo[0] / "output.mp4"), read_back(CLIP)
    assert len(shown) == len(original) == 300
    assert [time_s for time_s, _picture in shown] == pytest.approx([time_s for time_s, _p in original], abs=0.001)
    for number in (0, 100, 299):
        change = np.abs(shown[number][1].astype(int) - original[number][1]).max(axis=2)
        assert (change > 60).mean() > 0.005, "boxes and labels"
        assert np.median(change) < 12, "and the picture around them as it was"


def test_key_frames_are_whole_pictures(demo: tuple[Path, str, str]) -> None:
    with av.open(str(demo[0] / "frame_30.jpg")) as file:
        frame = next(file.decode(video=0))
        assert (frame.width, frame.height) == (960, 540)


def test_there_is_a_line_for_each_frame(demo: tuple[Path, str, str]) -> None:
    found = lines(demo[0])
    assert [line["frame"] for line in found] == list(range(300))
    assert [line["time_s"] for line in found] == pytest.approx([number / 15 for number in range(300)], abs=0.001)
    for line in found:
        assert (line["width"], line["height"]) == (960, 540)
        for seen in line["objects"]:
            x1, y1, x2, y2 = seen["box"]
            assert 0 <= x1 < x2 <= 960 and 0 <= y1 < y2 <= 540
            assert 0.25 <= seen["confidence"] <= 1
            assert seen["label"] == ["person", "bicycle", "car", "truck"][seen["class"]]


def test_the_boxes_lie_on_what_is_to_be_seen(demo: tuple[Path, str, str]) -> None:
    truth = json.loads((resources() / "demo" / "demo.truth.json").read_text())["frames"]
    overlaps, found_of = [], []
    for line, real in zip(lines(demo[0]), truth, strict=True):
        real_rows = np.array(real, float).reshape(-1, 5)
        best = [best_overlap(row, line["objects"]) for row in real_rows]
        found_of += [overlap > 0.5 for overlap in best]
        overlaps += [overlap for overlap in best if overlap > 0.5]
    assert np.mean(found_of) > 0.75, "recall"
    assert np.mean(overlaps) > 0.8, "mean IoU of what was found"


def best_overlap(real: np.ndarray, found: list[dict[str, Any]]) -> float:
    boxes = np.array([seen["box"] for seen in found if seen["class"] == real[0]]).reshape(-1, 4)
    if not len(boxes):
        return 0.0
    size = (np.minimum(real[3:], boxes[:, 2:]) - np.maximum(real[1:3], boxes[:, :2])).clip(0)
    shared = size.prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return float((shared / ((real[3:] - real[1:3]).prod() + areas - shared)).max())


def test_the_log_tells_the_story(demo: tuple[Path, str, str]) -> None:
    log = (demo[0] / "process.log").read_text(encoding="utf-8")
    assert "analysis of demo.mp4 with demo.pt" in log
    assert "weights imported: person, bicycle, car, truck" in log
    assert "300 frames in" in log
    assert "ERROR" not in log and str(ROOT) not in log


def test_a_real_street_gives_thirteen_key_frames(tmp_path: Path) -> None:
    video, weights = SHARED / "car-detection.mp4", SHARED / "yolov8n_coco_int8_openvino.zip"
    if not video.exists() or not weights.exists():
        pytest.skip("the real data is not on this machine")
    code, out, err = analyze(video, "--weights", weights, "--out", tmp_path)
    assert (code, err) == (0, "") and out.startswith("377 frames, ")
    assert names(tmp_path) == {
        "output.mp4", "detections.jsonl", "process.log", *(f"frame_{number}.jpg" for number in range(0, 377, 30))
    }  # fmt: skip
    assert len([name for name in names(tmp_path) if name.startswith("frame_")]) == 13
    assert len(read_back(tmp_path / "output.mp4")) == len(lines(tmp_path)) == 377
    assert any(line["objects"] for line in lines(tmp_path))


def test_options_are_heeded(short_clip: Path, tmp_path: Path) -> None:
    code, _out, err = analyze(
        short_clip, "--weights", WEIGHTS, "--out", tmp_path, "--no-video", "--keyframes", 10, "--confidence", 0.6
    )
    assert code == 0, err
    assert names(tmp_path) == {"detections.jsonl", "process.log", *(f"frame_{n}.jpg" for n in (0, 10, 20, 30))}
    found = [seen for line in lines(tmp_path) for seen in line["objects"]]
    assert found and min(seen["confidence"] for seen in found) > 0.6


def test_a_video_that_changes_its_size_goes_on(tmp_path: Path) -> None:
    video = tmp_path / "both.h264"
    small = write_clip(tmp_path / "small", counting(12), container="h264").read_bytes()
    large = write_clip(tmp_path / "large", counting(12, 641 & ~1, 480), container="h264").read_bytes()
    video.write_bytes(small + large)
    code, _out, err = analyze(video, "--weights", WEIGHTS, "--out", tmp_path / "out")
    assert code == 0, err
    assert [line["width"] for line in lines(tmp_path / "out")] == [320] * 12 + [640] * 12
    shown = read_back(tmp_path / "out" / "output.mp4")
    assert [picture.shape for _time, picture in shown] == [(240, 320, 3)] * 24


def test_a_second_run_replaces_the_results_and_nothing_else(short_clip: Path, tmp_path: Path) -> None:
    foreign = ("notes.txt", "frame_of_mind.jpg", "output.mp4.bak", "frame_1.png")
    for name in foreign:
        (tmp_path / name).write_text("mine")
    for old in ("frame_9990.jpg", "error.txt", "output.mp4", "process.log"):
        (tmp_path / old).write_text("old")
    code, _out, err = analyze(short_clip, "--weights", WEIGHTS, "--out", tmp_path)
    assert code == 0, err
    assert names(tmp_path) == {*foreign, "output.mp4", "detections.jsonl", "process.log", "frame_0.jpg", "frame_30.jpg"}
    assert all((tmp_path / name).read_text() == "mine" for name in foreign)
    assert "old" not in (tmp_path / "process.log").read_text()


# -- what goes wrong


def failed(folder: Path, *arguments: object, env: dict[str, str] | None = None) -> str:
    """Run what must fail. It does so in one sentence, which error.txt holds, too."""
    code, out, err = analyze(*arguments, "--out", folder, env=env)
    assert code == 1 and out == ""
    assert err.startswith("siapp: ") and err.count("\n") == 1 and err.endswith(".\n"), err
    sentence = err.removeprefix("siapp: ")
    assert not any(secret in sentence for secret in SECRETS), sentence
    assert (folder / "error.txt").read_text(encoding="utf-8") == sentence
    assert sentence.strip() in (folder / "process.log").read_text(encoding="utf-8")
    return sentence


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100, b"#EXTM3U\n#EXTINF:1,\n" + bytes(CLIP) + b"\n"])
def test_what_is_no_video_is_said(content: bytes, tmp_path: Path) -> None:
    video = tmp_path / "clip.mp4"
    video.write_bytes(content)
    assert "not a video" in failed(tmp_path / "out", video, "--weights", WEIGHTS)
    assert names(tmp_path / "out") == {"error.txt", "process.log"}


def test_a_video_without_a_picture_is_no_video(tmp_path: Path) -> None:
    assert "not a video" in failed(tmp_path / "out", write_sound(tmp_path / "sound.mp4"), "--weights", WEIGHTS)


def test_what_is_no_network_is_said(short_clip: Path, tmp_path: Path) -> None:
    weights = tmp_path / "best.pt"
    weights.write_bytes(b"PK\x03\x04 no zip")
    assert failed(tmp_path / "out", short_clip, "--weights", weights)


@pytest.mark.parametrize("missing", ["video", "weights"])
def test_a_missing_file_is_named(missing: str, short_clip: Path, tmp_path: Path) -> None:
    given = {"video": short_clip, "weights": WEIGHTS, missing: tmp_path / "gone.xyz"}
    sentence = failed(tmp_path / "out", given["video"], "--weights", given["weights"])
    assert "“gone.xyz”" in sentence


def test_a_failure_after_a_success_leaves_no_old_results(short_clip: Path, tmp_path: Path) -> None:
    assert analyze(short_clip, "--weights", WEIGHTS, "--out", tmp_path)[0] == 0
    failed(tmp_path, tmp_path / "gone.mp4", "--weights", WEIGHTS)
    assert names(tmp_path) == {"error.txt", "process.log"}


def test_results_never_replace_the_video_they_are_made_of(short_clip: Path, tmp_path: Path) -> None:
    video = tmp_path / "output.mp4"
    video.write_bytes(short_clip.read_bytes())
    code, _out, err = analyze(video, "--weights", WEIGHTS, "--out", tmp_path)
    assert code == 1 and "Choose another folder" in err
    assert video.read_bytes() == short_clip.read_bytes()


def test_a_folder_that_can_not_be_written_is_said(short_clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    code, _out, err = analyze(short_clip, "--weights", WEIGHTS, "--out", tmp_path / "file" / "out")
    assert code == 1 and err == "siapp: The results can't be written there: Not a directory.\n"


def test_a_full_disk_is_said(short_clip: Path, tmp_path: Path) -> None:
    code, _out, err = analyze(short_clip, "--weights", WEIGHTS, "--out", "/dev/full")
    assert code == 1 and "can't be written" in err and err.count("\n") == 1


_BROKEN = """
import sys
from siapp.core.services import recordings
async def broken(self, recording):
    raise KeyError("secret detail")
recordings.RecordingAnalysis._run = broken
from siapp.cli import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize("level", ["", "DEBUG"])
def test_an_error_that_nobody_foresaw_is_one_sentence_too(level: str, short_clip: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BROKEN, "analyze", short_clip, "--weights", WEIGHTS, "--out", tmp_path],
        cwd=ROOT, env={**os.environ, "LANGUAGE": "en", "SIAPP_LOG_LEVEL": level}, text=True, capture_output=True,
        timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "secret detail" in (tmp_path / "process.log").read_text()
    assert (tmp_path / "error.txt").read_text().count("\n") == 1
    assert ("Traceback" in done.stderr) == (level == "DEBUG")
    assert done.stderr.splitlines()[-1].startswith("siapp: Something went wrong")


def test_a_killed_analysis_is_one_sentence_too(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        worker(process).kill()
        out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1 and out == ""
    assert err.startswith("siapp: The process that analyses ended") and err.count("\n") == 1
    assert (tmp_path / "error.txt").exists()


# -- stopping


class running:
    """The demo clip's analysis, in the middle of its work."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = start(CLIP, "--weights", WEIGHTS, "--out", folder)

    def __enter__(self) -> subprocess.Popen[str]:
        end = time.monotonic() + LIMIT_S
        while not (self._folder / "frame_30.jpg").exists():
            assert self._process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        return self._process

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.communicate()


def worker(process: subprocess.Popen[str]) -> psutil.Process:
    """The analysis process: of all children the one that has most memory."""
    return max(psutil.Process(process.pid).children(recursive=True), key=lambda child: child.memory_info().rss)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_soon_and_leaves_a_video_that_plays(number: signal.Signals, tmp_path: Path) -> None:
    with running(tmp_path) as process:
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        _out, err = process.communicate(timeout=15)
        assert process.returncode == 130 and err == ""
    assert not psutil.wait_procs(children, timeout=5)[1]
    assert len(read_what_plays(tmp_path / "output.mp4")) >= 15
    assert not (tmp_path / "error.txt").exists()
    assert "interrupted" in (tmp_path / "process.log").read_text()


def test_a_kill_leaves_no_process_and_a_video_that_plays(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert not psutil.wait_procs(children, timeout=5)[1]
    assert len(read_what_plays(tmp_path / "output.mp4")) >= 15


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
def test_who_looks_sees_a_bar(short_clip: Path, tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "siapp", "analyze", short_clip, "--weights", WEIGHTS, "--out", tmp_path]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LANGUAGE": "en"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # its end
                break
            if not piece:
                break
            seen += piece
    os.close(ours)
    assert process.returncode == 0
    assert "short clip [2 s].mp4" in seen.decode() and "31/31" in seen.decode()


def test_a_device_that_is_not_here_is_said_in_the_log_and_the_processor_does_the_work(
    short_clip: Path, tmp_path: Path
) -> None:
    env = {"SIAPP_INFERENCE_DEVICE": "gpu.9"}
    code, out, err = analyze(short_clip, "--weights", WEIGHTS, "--out", tmp_path / "out", "--no-video", env=env)
    assert code == 0, err
    assert out.startswith("31 frames, ")
    assert "can't run on gpu.9, the processor is used" in (tmp_path / "out" / "process.log").read_text("utf-8")
