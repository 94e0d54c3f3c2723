"""507 before harm is done: quotas and a full disk over HTTP."""

from pathlib import Path

import pytest
from aiohttp import FormData

from siapp.core.space import Space
from tests.net.conftest import Site, problem_is_complete, weights_form

MB = 1 << 20


def form_without_length(content: bytes) -> FormData:
    """Sent in pieces, so that nobody knows how long it will be."""

    async def pieces() -> object:
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    form = FormData()
    form.add_field("name", "People")
    form.add_field("weight_file", pieces(), filename="yolo.pt", content_type="application/octet-stream")
    return form


async def test_what_exceeds_the_quota_is_refused_with_what_is_left(site: Site) -> None:
    site.station.services.uploads.room.quota = 3 * MB
    await site.add_algorithm()
    status, body = await site.ask("POST", "/algorithms", data=weights_form("Large", bytes(5 * MB)))
    assert (status, body["code"]) == (507, "quota_exceeded")
    assert problem_is_complete(body, 507)
    assert "3 MB" in body["detail"] and "2 MB" in body["detail"]
    assert site.incoming() == []
    assert (await site.ask("POST", "/algorithms", data=weights_form("Small", bytes(1000))))[0] == 202


async def test_what_exceeds_the_quota_by_its_announced_length_is_not_even_read(site: Site) -> None:
    site.station.services.uploads.room.quota = MB
    token = site.headers("olga")["Authorization"]
    head = "POST /algorithms HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nExpect: 100-continue\r\n"
    fields = f"Authorization: {token}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {9 * MB}\r\n"
    answer = await site.raw(f"{head}{fields}\r\n".encode(), limit_s=15)
    assert answer.startswith(b"HTTP/1.1 507")  # and no 100 Continue before it


async def test_what_comes_without_a_length_is_refused_on_its_way(site: Site) -> None:
    site.station.services.uploads.room.quota = 50_000
    status, body = await site.ask("POST", "/algorithms", data=form_without_length(bytes(200_000)))
    assert (status, body["code"]) == (507, "quota_exceeded")
    assert site.incoming() == []


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_nearly_full_disk_refuses_uploads_and_nothing_else(site: Site, language: str) -> None:
    def nearly_full(_folder: Path) -> int:
        return 100 * MB

    room = site.station.services.uploads.room
    usual, room.space = room.space, Space(site.station.storage.root, 200 * MB, nearly_full)
    status, body = await site.ask("POST", "/algorithms", data=weights_form(), headers={"Accept-Language": language})
    assert (status, body["code"]) == (507, "disk_full")
    assert "100 MB" in body["detail"] and "200 MB" in body["detail"]
    assert site.incoming() == []
    await site.add_camera()
    room.space = usual
    await site.add_algorithm()
