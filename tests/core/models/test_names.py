"""Class names from untrusted metadata."""

import pytest

from siapp.core.errors import WeightsRejected
from siapp.core.models.limits import MAX_CLASSES
from siapp.core.models.names import class_names, clean, from_literal, from_yaml, numbered


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (None, None),
        ({0: "person", 1: "car"}, ("person", "car")),
        ({1: "car", 0: "person"}, ("person", "car")),
        ({"0": "person", "1": "car"}, ("person", "car")),
        (["person", "car"], ("person", "car")),
        (("人", "车"), ("人", "车")),
        ({0: 7}, ("class0",)),
        ({0: "   "}, ("class0",)),
    ],
)
def test_names_in_any_usual_form_are_taken(raw: object, wanted: tuple[str, ...] | None) -> None:
    assert class_names(raw) == wanted


@pytest.mark.parametrize(
    "raw",
    [7, "person", {}, [], {0: "a", 2: "b"}, {-1: "a"}, {0.5: "a"}, {"x": "a"}, {0: ["a"]}, {0: None},
     {0: "a", "0": "b"}, ["a"] * (MAX_CLASSES + 1), {"9" * 5000: "a"}],
)  # fmt: skip
def test_anything_else_is_refused(raw: object) -> None:
    with pytest.raises(WeightsRejected) as caught:
        class_names(raw)
    assert caught.value.code == "class_names"


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [("a\nb\tc", "a b c"), ("\x00x\x7f", "x"), ("\u202egnp.exe", "gnp.exe"), ("\ud800x", "x"), ("x" * 1000, "x" * 64)],
)
def test_names_are_one_short_printable_line(raw: str, wanted: str) -> None:
    assert clean(raw) == wanted


@pytest.mark.parametrize("text", ["", "f()", "[" * 5000, "{0: open('x')}", "9" * 5000 + "**9", "x" * 300_000])
def test_only_literals_are_read(text: str) -> None:
    with pytest.raises(WeightsRejected):
        from_literal(text)


def test_yaml_gives_its_top_level() -> None:
    assert from_yaml(b"names: {0: a}\n7: seven\n") == {"names": {0: "a"}}


def test_a_network_without_names_gets_numbers() -> None:
    assert numbered(2) == ("class0", "class1")
