"""Names: any script, no tricks; and which two are the same."""

import unicodedata

import pytest

from siapp.core.errors import InvalidInput
from siapp.core.naming import LONGEST_KEY, LONGEST_NAME, clean_name, name_key, next_name


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "北门 1 号摄像机",
        "Wareneingang Süd",
        "بوابة",
        "カメラ",
        "gate #3 (east)",
        "a.b",
        "...",
        "☃",
        "❤️",
        "x" * 100,
    ],
)
def test_names_of_any_script_are_taken(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFC", name)


def test_outer_space_is_dropped_and_letters_are_composed() -> None:
    assert clean_name(" \u3000Su\u0308d\t") == "Süd"


@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "../x",
        "a\\b",
        ".",
        "..",
        " .. ",
        "a\x00b",
        "a\nb",
        "a\x7fb",
        "a\x85b",
        "a\u202eb",
        "a\u200fb",
        "a\u200bb",
        "a\u2066b",
        "a\u2028b",
        "\ufeffa",
        "a\ud800",
        "a\ue000",
        "a\U000e0041",
    ],
)
def test_slashes_controls_and_invisible_marks_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="not allowed") as caught:
        clean_name(name, field="username")
    assert caught.value.field == "username"


@pytest.mark.parametrize("name", ["", "   ", "\u3000", "\u3164", "\u115f\u1160", "\u2800", "\ufe0f"])
def test_names_that_show_nothing_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="give a name"):
        clean_name(name)


@pytest.mark.parametrize("name", ["x" * 101, "x" * 4096, "e\u0301" * 101, "\u0301" * 1_000_000, "\ufdfa" * 100])
def test_names_too_long_for_a_person_or_for_an_index_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="too long") as caught:
        clean_name(name)
    assert str(LONGEST_NAME) in caught.value.text()


def test_every_name_that_is_taken_has_a_key_that_fits() -> None:
    longest = max((chr(code) for code in range(0xD800)), key=lambda c: len(name_key(c)))
    taken = clean_name(longest * (LONGEST_KEY // len(name_key(longest))))
    assert len(name_key(taken)) <= LONGEST_KEY


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("Gate", "gate"),
        ("Süd", "Su\u0308d"),
        ("Straße", "STRASSE"),
        ("ﬁlm", "film"),
        ("Gate１", "gate1"),
        ("Å", "\u212b"),
        ("gate 1", "gate\u00a01"),
        ("ΣΑΣ", "σας"),
        ("gate", "ga\ufe00te"),
        ("❤", "❤️"),
        ("ga\u034fte", "gate"),
    ],
)
def test_twins_in_other_spellings_have_one_key(name: str, twin: str) -> None:
    assert name_key(clean_name(name)) == name_key(clean_name(twin))


@pytest.mark.parametrize(("name", "other"), [("gate 1", "gate 2"), ("北门", "南门"), ("a.b", "ab")])
def test_different_names_have_different_keys(name: str, other: str) -> None:
    assert name_key(name) != name_key(other)


@pytest.mark.parametrize(
    ("name", "taken", "copy"),
    [
        ("Gate 3", ["Gate 3"], "Gate 3 (2)"),
        ("Gate 3", ["GATE 3 (2)", "Gate 3 (3)"], "Gate 3 (4)"),
        ("Gate 3 (2)", ["Gate 3 (2)"], "Gate 3 (3)"),
        ("东门", [], "东门 (2)"),
        ("x" * 100, [], "x" * 96 + " (2)"),
    ],
)
def test_a_copy_is_counted_on_and_its_name_is_free(name: str, taken: list[str], copy: str) -> None:
    assert next_name(name, taken) == clean_name(copy) == copy
