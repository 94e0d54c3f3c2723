"""What siapp is made of: packages that it needs, with the texts of their licences."""

from importlib import metadata

import pytest

from siapp.core import licences
from siapp.core.licences import licence_text, packages, version_of


def test_packages_are_those_that_siapp_needs_and_not_what_tests_need() -> None:
    found = {package.name.lower(): package for package in packages()}
    assert {"siapp", "aiohttp", "pyside6_essentials", "shiboken6", "yarl", "sqlalchemy"} <= set(found)
    assert not {"pytest", "ruff", "mypy"} & set(found)
    assert found["aiohttp"].licence.startswith("Apache-2.0") and found["aiohttp"].version == version_of("aiohttp")
    assert [package.name.casefold() for package in packages()] == sorted(p.name.casefold() for p in packages())


def test_a_licence_is_read_whole() -> None:
    assert "Apache License" in licence_text("aiohttp")
    assert "Permission is hereby granted" in licence_text("qtawesome")


def test_what_is_not_installed_has_no_version_and_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert version_of("no-such-package") == "?"
    with pytest.raises(metadata.PackageNotFoundError):
        licence_text("no-such-package")
    monkeypatch.setattr(licences, "OURS", "no-such-package")
    assert packages() == ()
