"""The web page as the server gives it out. How it looks and works in a browser is tested elsewhere."""

import re

import pytest
from yarl import URL

from siapp.core.resources import resources
from siapp.net.page_texts import PAGE_TEXTS
from tests.net.conftest import Site

WEB = resources() / "web"
FILES = sorted(path.name for path in WEB.iterdir())


async def test_the_page_comes_with_a_policy_that_runs_nothing_of_others(site: Site) -> None:
    async with site.session.get("/") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy


@pytest.mark.parametrize("name", FILES)
async def test_every_file_is_given_out_and_kept_by_the_browser(site: Site, name: str) -> None:
    async with site.session.get(f"/page/{name}") as response:
        assert response.status == 200 and await response.read() == (WEB / name).read_bytes()
        etag = response.headers["ETag"]
    async with site.session.get(f"/page/{name}", headers={"If-None-Match": etag}) as response:
        assert response.status == 304
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2f..%2fsecret.key", "%2e%2e", "app.js%00", "texts", "texts/fr.json"]
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
    assert set(words) == set(PAGE_TEXTS)


def test_every_sentence_of_the_page_is_in_the_catalogue_and_no_other() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in WEB.glob("*.js"))
    assert set(re.findall(r'\bmark\(\s*"([^"]+)"', source)) == set(PAGE_TEXTS)


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_nothing_inline_and_nothing_from_elsewhere(name: str) -> None:
    text = (WEB / name).read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=\"|style=\"|innerHTML|\beval\(", text)
    assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}
    assert "localStorage.setItem" not in text or name == "words.js"
