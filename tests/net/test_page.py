"""The web page as the server gives it out. How it looks and works in a browser is tested elsewhere."""

import gzip
import re
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession
from multidict import CIMultiDictProxy
from yarl import URL

from siapp.core.resources import resources
from siapp.net.web_files import glyphs, sentences
from tests.net.conftest import Site
from tools import catalogue

WEB = resources() / "web"
FILES = sorted(path.relative_to(WEB).as_posix() for path in WEB.rglob("*") if path.is_file())


async def test_the_page_comes_with_a_policy_that_runs_nothing_of_others(site: Site) -> None:
    async with site.session.get("/") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy


async def test_every_file_is_given_out_and_kept_by_the_browser(site: Site) -> None:
    for name in FILES:
        policy = "script-src 'self'" if name.endswith(".html") else "default-src 'none'; frame-ancestors 'none'"
        async with site.session.get(f"/page/{name}") as response:
            assert response.status == 200, name
            text = (WEB / name).read_text(encoding="utf-8")
            assert (await response.text()).startswith(text.partition("<!-- modules -->")[0]), name
            etag = response.headers["ETag"]
        async with site.session.get(f"/page/{name}", headers={"If-None-Match": etag}) as response:
            assert response.status == 304, name
            assert policy in response.headers["Content-Security-Policy"], name


@pytest.mark.parametrize(
    "name",
    ["nothing.js", "..%2f..%2fsecret.key", "%2e%2e", "app.js%00", "texts", "texts/fr.json", "base", "base/..%2fx.js"],
)
async def test_what_is_no_file_of_the_page_is_not_found(site: Site, name: str) -> None:
    async with site.session.get(URL(f"{site.address}/page/{name}", encoded=True)) as response:
        assert response.status == 404


async def test_the_colours_are_those_of_the_window(site: Site) -> None:
    async with site.session.get("/theme.css") as response:
        text = await response.text()
        assert response.content_type == "text/css"
    assert "--ground:#0f1216;" in text and "--accent:#4f8cff;" in text and "--on-accent:" in text


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_words_come_in_both_languages(site: Site, language: str) -> None:
    words = await site.good("GET", f"/page/texts/{language}.json", None)
    assert set(words) == set(sentences()) and "Sign in" in words
    assert (words["Sign in"] == "Sign in") is (language == "en")


def test_the_catalogue_knows_the_same_sentences_as_the_page() -> None:
    marked = {message.id for message in catalogue.marked()}
    assert set(sentences()) <= marked


async def test_the_icons_are_those_of_the_window(site: Site) -> None:
    icons = await site.good("GET", "/page/icons.json", None)
    assert set(icons) == set(glyphs()) and all(path.startswith("M") for path in icons.values())


async def test_the_page_names_at_once_the_modules_that_it_begins_with_and_no_others(site: Site) -> None:
    async with site.session.get("/") as response:
        named = set(re.findall(r'rel="modulepreload" href="/page/([^"]+)"', await response.text()))
    assert {"app.js", "base/dom.js", "pages/entry.js", "parts/shell.js"} <= named <= set(FILES)
    assert not {"pages/live.js", "pages/tasks.js", "live/tile.js", "docs.js"} & named


@dataclass(frozen=True, slots=True)
class Raw:
    headers: CIMultiDictProxy[str]
    body: bytes


async def _raw(site: Site, encodings: str) -> Raw:
    """A file of the page as it travels."""
    async with (
        ClientSession(auto_decompress=False) as session,
        session.get(f"{site.address}/page/style/base.css", headers={"Accept-Encoding": encodings}) as response,
    ):
        return Raw(response.headers, await response.read())


async def test_a_large_file_comes_packed_to_whoever_takes_that(site: Site) -> None:
    plain = await _raw(site, "identity")
    assert "Content-Encoding" not in plain.headers
    packed = await _raw(site, "gzip, deflate")
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
    assert len(packed.body) < len(plain.body) / 2 and gzip.decompress(packed.body) == plain.body
    assert "Content-Encoding" not in (await _raw(site, "gzip;q=0")).headers


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_nothing_inline_and_nothing_from_elsewhere(name: str) -> None:
    text = (WEB / name).read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=\"|style=\"|innerHTML|\beval\(", text)
    assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}
    assert "localStorage.setItem" not in text or name == "base/keep.js"
