"""Result videos in a real browser: played, and sought by Range."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import pytest
import pytest_asyncio
from aiohttp import web

from siapp.core.video.pictures import own_yuv
from siapp.core.video.writer import VideoWriter, add_index
from tests.cameras import counting_picture
from tests.net.browser import visit

SECONDS, FPS = 40, 10
SEEK = """async ([name, to]) => {
    const video = document.createElement("video");
    const heard = (what) => new Promise((done, failed) => {
        video.addEventListener(what, done, {once: true});
        video.addEventListener("error", () => failed(video.error.message), {once: true});
    });
    video.muted = true;
    video.src = name;
    await heard("loadedmetadata");
    const duration = video.duration;
    video.currentTime = to;
    await heard("seeked");
    return [duration, video.currentTime, video.videoWidth];
}"""


class Shelf:
    """Videos behind an HTTP server that knows Range, and what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = ""
        self.ranges: list[str] = []

    async def file(self, request: web.Request) -> web.StreamResponse:
        self.ranges.append(request.headers.get("Range", ""))
        return web.FileResponse(self.folder / request.match_info["name"])


@pytest_asyncio.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<link rel='icon' href='data:,'>", content_type="text/html")

    shelf, app = Shelf(tmp_path), web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/{name}", shelf.file)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        shelf.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield shelf
    finally:
        await runner.cleanup()


def write(path: Path, *, finished: bool) -> None:
    pictures = [
        own_yuv(av.VideoFrame.from_ndarray(counting_picture(number), format="bgr24")) for number in range(SECONDS * FPS)
    ]
    writer = VideoWriter(path, pictures[0], FPS)
    for number, picture in enumerate(pictures):
        writer.write(picture, number / FPS)
    writer.close()
    if finished:
        add_index(path)
    else:
        path.write_bytes(path.read_bytes()[: -path.stat().st_size // 10])  # as a kill leaves it


@pytest.mark.parametrize("finished", [True, False])
async def test_chromium_seeks_in_a_result_video(shelf: Shelf, finished: bool) -> None:
    write(shelf.folder / "output.mp4", finished=finished)
    async with visit(shelf.origin) as visited:
        await visited.page.goto(f"{shelf.origin}/")
        seen: list[Any] = await visited.page.evaluate(SEEK, ["/output.mp4", SECONDS / 2])
        assert visited.complaints == []
    duration, at, width = seen
    assert (at, width) == (SECONDS / 2, 320)
    assert duration == pytest.approx(SECONDS, abs=0.2 if finished else 6)
    assert shelf.ranges and all(asked.startswith("bytes=") for asked in shelf.ranges)
