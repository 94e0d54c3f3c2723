"""Cores are shared by plan."""

import pytest

from siapp.core.workers.plan import ALL, available_cores, threads_each


@pytest.mark.parametrize(
    ("analyses", "cores", "threads"),
    [
        (0, 4, ALL),
        (1, 4, ALL),
        (1, 1, ALL),
        (2, 2, 1),
        (2, 8, 4),
        (3, 8, 2),
        (4, 8, 2),
        (5, 8, 1),
        (8, 8, 1),
        (9, 8, 1),
    ],
)
def test_one_has_all_cores_and_several_share_them(analyses: int, cores: int, threads: int) -> None:
    assert threads_each(analyses, cores) == threads


def test_several_never_ask_for_more_than_there_is() -> None:
    for cores in range(1, 65):
        for analyses in range(2, cores + 1):
            assert analyses * threads_each(analyses, cores) <= cores


def test_this_machine_has_cores() -> None:
    assert available_cores() >= 1
