"""Measures the figures that siapp is judged by, on this machine, and prints them.

    python -m tools.figures startup         seconds from `siapp` to a usable window (needs xvfb and xdotool)
    python -m tools.figures first-picture   seconds from a task's start to its first picture
    python -m tools.figures live            memory of each process, and latency to tile and to a remote viewer
    python -m tools.figures viewers         what 50 remote viewers of one task cost the main process
    python -m tools.figures remote [VIDEO ...]
                                            bytes, lateness and processor time of H.264 and of JPEG, at the same sizes
    python -m tools.figures wall            what 16 tiles at 15 pictures/s cost the window
    python -m tools.figures page            the web page: its first load, and nine tiles in Chromium
    python -m tools.figures idle            what a wall of stopped tasks costs
    python -m tools.figures server          100 mixed reads a second beside 2 tasks and a window; 1,000 idle sockets
    python -m tools.figures analyze VIDEO WEIGHTS --yolo YOLO
                                            frames/s of `siapp analyze` and of `yolo predict`, in turns

Run them on a quiet machine. Cameras are the tests' own RTSP camera, in a process of its own.
"""

import argparse
import asyncio
from pathlib import Path

from tools.figures.analyze import compare_analyze
from tools.figures.first_picture import first_picture
from tools.figures.idle import idle
from tools.figures.live import live
from tools.figures.page import page
from tools.figures.remote import remote
from tools.figures.server import server
from tools.figures.startup import startup
from tools.figures.viewers import viewers
from tools.figures.wall import wall


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.figures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    commands.add_parser("startup").set_defaults(measure=lambda _options: startup())
    commands.add_parser("first-picture").set_defaults(measure=lambda _options: asyncio.run(first_picture()))
    commands.add_parser("live").set_defaults(measure=lambda _options: live())
    commands.add_parser("viewers").set_defaults(measure=lambda _options: asyncio.run(viewers()))
    seen = commands.add_parser("remote")
    seen.add_argument(
        "videos", type=Path, nargs="*", help="what the camera shows, the demo's video where none is given"
    )
    seen.set_defaults(measure=lambda options: asyncio.run(remote(options.videos)))
    commands.add_parser("wall").set_defaults(measure=lambda _options: wall())
    commands.add_parser("page").set_defaults(measure=lambda _options: page())
    commands.add_parser("idle").set_defaults(measure=lambda _options: idle())
    commands.add_parser("server").set_defaults(measure=lambda _options: server())
    analyze = commands.add_parser("analyze")
    analyze.add_argument("video", type=Path)
    analyze.add_argument("weights", type=Path)
    analyze.add_argument("--yolo", type=Path, help="the `yolo` command of an environment with ultralytics")
    analyze.set_defaults(measure=lambda o: compare_analyze(o.video.resolve(), o.weights.resolve(), o.yolo))
    options = parser.parse_args()
    options.measure(options)


if __name__ == "__main__":
    main()
