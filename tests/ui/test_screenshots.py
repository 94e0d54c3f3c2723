"""The script that takes the documentation's pictures knows every page, and the README links what is there."""

import re
from collections import Counter
from pathlib import Path

from PySide6.QtGui import QColor, QImage, QPixmap

from siapp.core.domain import Actor
from siapp.core.i18n import Language
from siapp.ui.pages.page import Page
from siapp.ui.theme import Scheme, theme
from tests.ui.conftest import Open
from tools.screenshots.pictures import save
from tools.screenshots.room import NAMES
from tools.screenshots.scenes import SCENES

ROOT = Path(__file__).parents[2]


async def test_every_page_of_the_shell_has_its_picture(open_window: Open, admin: Actor) -> None:
    window = await open_window(admin)
    names = {name for name, value in vars(window.shell).items() if isinstance(value, Page)}
    assert names == {scene.page for scene in SCENES if scene.page}
    assert [name for name, count in Counter(scene.name for scene in SCENES).items() if count > 1] == []


def test_every_language_has_names_for_what_is_in_the_pictures() -> None:
    assert set(NAMES) == set(Language)
    kinds = [(set(names.cameras), set(names.tasks), len(names.waiting)) for names in NAMES.values()]
    assert all(kind == kinds[0] for kind in kinds)


def test_the_readme_links_pictures_that_are_there_in_both_languages_and_themes() -> None:
    links = set(re.findall(r"\((docs/screenshots/[^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert links and [link for link in sorted(links) if not (ROOT / link).is_file()] == []
    stems = {link.removeprefix("docs/screenshots/").split(".")[0] for link in links}
    wanted = {
        f"docs/screenshots/{stem}.{language}.{scheme}.png"
        for stem in stems
        for language in Language
        for scheme in Scheme
    }
    assert links == wanted
    assert stems >= {scene.page for scene in SCENES if scene.page}


def test_a_small_mark_keeps_its_colour_in_a_picture_of_few_colours(qapp: object, tmp_path: Path) -> None:
    picture = QImage(400, 200, QImage.Format.Format_RGB32)
    for x in range(400):
        for y in range(200):
            picture.setPixelColor(x, y, QColor(x * 255 // 400, y, (x * y) % 256))
    alarm = QColor(theme().colours.alarm)
    for x in range(6):
        for y in range(6):
            picture.setPixelColor(200 + x, 100 + y, alarm)
    save(QPixmap.fromImage(picture), tmp_path / "few.png")
    kept = QImage(str(tmp_path / "few.png")).pixelColor(203, 103)
    assert kept.name() == alarm.name()
