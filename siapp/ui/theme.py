"""The theme: tokens from resources/theme/tokens.json as one frozen value, and what a QApplication needs of it."""

import json
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from siapp.core.resources import resources
from siapp.ui.stylesheet import style_sheet


class Scheme(StrEnum):
    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours as #rrggbb. State colours mean state and nothing else. `stage` is around pictures, and dim in both
    themes: a picture is the brightest thing there."""

    ground: str
    stage: str
    surface: str
    raised: str
    line: str
    strong_line: str
    text: str
    muted: str
    disabled: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    ok: str
    warning: str
    alarm: str
    info: str

    def of(self, token: str) -> QColor:
        return QColor(getattr(self, token))


@dataclass(frozen=True, slots=True)
class Theme:
    """Everything that draws asks this. Sizes in device-independent pixels."""

    scheme: Scheme
    colours: Colours
    radius: int
    tile_radius: int
    caption: int
    body: int
    title: int
    head: int
    fonts: tuple[str, ...]


@cache
def _tokens() -> dict[str, Any]:
    path = resources() / "theme" / "tokens.json"
    tokens: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return tokens


def theme(scheme: Scheme | None = None) -> Theme:
    """The theme of a scheme, or the one that is shown now. Asked when something is painted, never kept."""
    return _theme(scheme or Looks.current)


@cache
def _theme(scheme: Scheme) -> Theme:
    tokens = _tokens()
    colours = Colours(**{field.name: tokens[scheme][field.name] for field in fields(Colours)})
    sizes = tokens["type"]
    return Theme(
        scheme=scheme,
        colours=colours,
        radius=tokens["radius"],
        tile_radius=tokens["tile_radius"],
        caption=sizes["caption"],
        body=sizes["body"],
        title=sizes["title"],
        head=sizes["head"],
        fonts=tuple(tokens["fonts"]),
    )


class Looks(QObject):
    """Dark or light, switched for the whole program at once."""

    changed = Signal()
    current = Scheme.DARK
    western = True
    """Whether quotes and dots are as wide as Latin letters want them, not as wide as Chinese characters."""

    @property
    def scheme(self) -> Scheme:
        return Looks.current

    @property
    def other(self) -> Scheme:
        return Scheme.LIGHT if Looks.current is Scheme.DARK else Scheme.DARK

    def switch(self, scheme: Scheme) -> None:
        if scheme is not Looks.current:
            app = QApplication.instance()
            if isinstance(app, QApplication):
                apply_theme(app, scheme)
            self.changed.emit()


def apply_theme(app: QApplication, scheme: Scheme = Scheme.DARK) -> None:
    """Fonts, palette and style sheet for the whole program."""
    Looks.current = scheme
    look = theme()
    if not app.styleSheet():
        # Once: where a style is replaced, PySide keeps wrappers of the one before, and what comes to lie at its address
        # takes the program down when it goes.
        app.setStyle("Fusion")
    app.setFont(body_font(look))
    app.setPalette(_palette(look.colours))
    app.setStyleSheet(style_sheet(look))


def apply_script(app: QApplication, *, western: bool) -> None:
    """One face writes both languages where there is no other; its punctuation has two widths."""
    if western is not Looks.western:
        Looks.western = western
        app.setFont(body_font(theme()))


def body_font(look: Theme, size: int | None = None, *, strong: bool = False) -> QFont:
    """The system's face, then faces that can write Chinese; figures as wide as one another."""
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).families()
    # DejaVu is what fontconfig gives where nobody chose a face; the face for Chinese is the better choice then.
    chosen = [family for family in system if family not in ("DejaVu Sans", "Sans Serif", "Sans")]
    font = QFont([*chosen, *look.fonts, *system])
    font.setPixelSize(size or look.body)
    font.setFeature(QFont.Tag.fromString("tnum"), 1)
    if Looks.western:
        font.setFeature(QFont.Tag.fromString("pwid"), 1)
    if strong:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _palette(colours: Colours) -> QPalette:
    """For the few places that a style sheet does not reach."""
    palette = QPalette()
    role = QPalette.ColorRole
    for where, token in (
        (role.Window, "ground"),
        (role.WindowText, "text"),
        (role.Base, "surface"),
        (role.AlternateBase, "raised"),
        (role.Text, "text"),
        (role.Button, "raised"),
        (role.ButtonText, "text"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.ToolTipBase, "raised"),
        (role.ToolTipText, "text"),
        (role.PlaceholderText, "muted"),
        (role.Link, "accent"),
    ):
        palette.setColor(where, colours.of(token))
    return palette
