"""Finds the files that siapp carries: translations, theme, demo clip and weights, migrations."""

from functools import cache
from pathlib import Path


@cache
def resources() -> Path:
    """The folder `resources/`: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"
