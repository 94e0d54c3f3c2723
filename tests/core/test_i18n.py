"""Which language, and what is shown where a sentence has no translation."""

import pytest

from siapp.core.errors import InvalidInput
from siapp.core.i18n import Language, preferred_language, translate


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.ENGLISH),
        ("zh", Language.CHINESE),
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.CHINESE),
        ("ZH-hans-CN", Language.CHINESE),
        ("en-GB,en;q=0.9,zh;q=0.8", Language.ENGLISH),
        ("en;q=0.3, zh;q=0.7", Language.CHINESE),
        ("en;Q=0.3, zh ;q=0.7", Language.CHINESE),
        ("de, fr;q=0.9, zh;q=0.1", Language.CHINESE),
        ("de, fr", Language.ENGLISH),
        ("*", Language.ENGLISH),
        ("zh;q=0", Language.ENGLISH),
        ("zh;q=0.000, en;q=0.1", Language.ENGLISH),
        ("en;q=0, zh;q=0.1", Language.CHINESE),
        ("zh;q=nan, en;q=0.1", Language.ENGLISH),
        ("zh;q=inf, en;q=0.1", Language.ENGLISH),
        ("zh;q=2, en;q=0.1", Language.ENGLISH),
        ("zh;q=, en;q=0.1", Language.ENGLISH),
        ("zhx", Language.ENGLISH),
        (",;,;=,", Language.ENGLISH),
        ("x," * 10_000 + "zh", Language.ENGLISH),
    ],
)
def test_accept_language_chooses(header: str, language: Language) -> None:
    assert preferred_language(header) is language


def test_a_sentence_without_a_translation_is_shown_in_english() -> None:
    assert translate("There are {count} dragons.", Language.CHINESE, count=3) == "There are 3 dragons."


def test_a_sentence_is_translated_with_its_values() -> None:
    shown = translate("The name “{name}” is taken. Please choose another.", Language.CHINESE, name="北门")
    assert "北门" in shown
    assert "taken" not in shown


def test_a_value_is_never_read_as_a_pattern() -> None:
    shown = translate("The name “{name}” is taken. Please choose another.", Language.ENGLISH, name="{0.__class__}")
    assert "{0.__class__}" in shown


def test_values_may_have_any_name() -> None:
    assert translate("{message} in {language}", Language.ENGLISH, message="Hello", language="C") == "Hello in C"


def test_an_error_speaks_the_language_of_who_reads_it() -> None:
    error = InvalidInput("bad_name", "Please give a name.", field="name")
    assert error.text() == str(error) == "Please give a name."
    assert error.text(Language.CHINESE) != error.text()
