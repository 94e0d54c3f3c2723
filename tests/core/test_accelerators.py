"""Which accelerator is taken: the fastest that agrees, or the one that somebody asked for and that is there."""

import re

import pytest

from siapp.core.accelerators import AUTO, CPU, NAMES, Accelerator, Inventory, Measurement, choose, fastest
from siapp.core.domain import Problem

FAILED = Problem("failed", "It failed.")
PROCESSOR = Measurement("cpu", "bf16", fps=60, score_error=0.03, box_error=0.7)


def there(*names: str) -> Inventory:
    return Inventory(tuple(Accelerator(name, name.upper()) for name in names), {"openvino": "2026.4.1"})


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        ([], "cpu"),
        ([Measurement("gpu", fps=200)], "gpu"),
        ([Measurement("gpu", fps=50)], "cpu"),
        ([Measurement("gpu", fps=200), Measurement("cuda", fps=900)], "cuda"),
        ([Measurement("gpu", fps=200), Measurement("cuda", fps=900, problem=FAILED)], "gpu"),
        ([Measurement("gpu", fps=200, score_error=0.4)], "cpu"),
        ([Measurement("gpu", fps=200, box_error=50.0)], "cpu"),
        ([Measurement("npu", fps=200, score_error=float("inf"), box_error=float("inf"))], "cpu"),
        ([Measurement("npu", fps=200, score_error=float("nan"))], "cpu"),
    ],
)
def test_the_fastest_that_agrees_is_chosen(others: list[Measurement], chosen: str) -> None:
    assert fastest([PROCESSOR, *others]) == chosen


def test_the_processor_is_chosen_where_nothing_works() -> None:
    assert fastest([]) == CPU
    assert fastest([Measurement("cpu", problem=FAILED), Measurement("gpu", problem=FAILED)]) == CPU


@pytest.mark.parametrize(
    ("wish", "names", "chosen"),
    [
        ("cpu", ("cpu", "gpu"), "cpu"),
        ("gpu", ("cpu", "gpu"), "gpu"),
        ("gpu", ("cpu", "gpu.0", "gpu.1"), "gpu.0"),
        ("gpu.0", ("cpu", "gpu"), "gpu"),
        ("gpu.1", ("cpu", "gpu.0", "gpu.1"), "gpu.1"),
        ("gpu.1", ("cpu", "gpu"), "cpu"),
        ("gpu.1", ("cpu", "gpu.10"), "cpu"),
        ("npu", ("cpu",), "cpu"),
        ("cuda.1", ("cpu", "cuda.0", "cuda.1"), "cuda.1"),
    ],
)
def test_a_wish_is_granted_where_it_is_there(wish: str, names: tuple[str, ...], chosen: str) -> None:
    assert choose(wish, there(*names), [PROCESSOR, Measurement("gpu", fps=1, score_error=1.0)]) == chosen


def test_without_a_wish_measuring_decides() -> None:
    assert choose(AUTO, there("cpu", "gpu"), [PROCESSOR, Measurement("gpu", fps=200)]) == "gpu"


@pytest.mark.parametrize("name", ["cpu", "gpu", "gpu.0", "gpu.12", "npu", "cuda", "cuda.3"])
def test_names(name: str) -> None:
    assert re.fullmatch(NAMES, name)


@pytest.mark.parametrize("name", ["", "auto", "CPU", "gpu.", "gpu.x", "npu.1", "cuda:0", "tpu"])
def test_no_names(name: str) -> None:
    assert not re.fullmatch(NAMES, name)


def test_an_inventory_is_kept_as_json() -> None:
    inventory = there("cpu", "gpu.1")
    assert Inventory.from_json(inventory.to_json()) == inventory
