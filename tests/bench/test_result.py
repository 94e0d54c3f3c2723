"""What follows from measured values: ratios, bars, tables."""

import json

import pytest

from siapp.bench.machine import this_machine
from siapp.bench.result import ANALYZE, LOOP_TORCH, NETWORK, CameraStep, Given, Result, Row, ViewerStep
from siapp.bench.table import markdown, sections
from siapp.core.domain import Problem
from siapp.core.i18n import Language

GIVEN = Given("street.mp4", "best.pt", 768, 432, 12.5, 377, (384, 640))


def empty() -> Result:
    return Result(GIVEN, this_machine())


def bar(result: Result, name: str) -> tuple[float | None, bool | None]:
    (found,) = [one for one in result.bars if one.name == name]
    return found.value, found.met


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    """The machine was slow in the second round: medians of each alone would say 0.4."""
    result = empty().with_row(Row(NETWORK, (100.0, 50.0, 100.0))).with_row(Row(ANALYZE, (80.0, 40.0, 40.0)))
    assert result.ratios["analyze_of_network"] == pytest.approx(0.8)
    assert bar(result, "analyze_of_network") == (pytest.approx(0.8), True)
    assert result.ratios["analyze_to_loop_torch"] is None
    assert bar(result, "analyze_to_loop_torch") == (None, None)


def test_a_round_that_one_contender_did_not_reach_counts_for_none() -> None:
    result = empty().with_row(Row(LOOP_TORCH, (10.0,))).with_row(Row(ANALYZE, (42.5, 10.0, 10.0)))
    assert bar(result, "analyze_to_loop_torch") == (pytest.approx(4.25), True)


def test_a_row_takes_the_place_of_its_contenders_earlier_one() -> None:
    row = Row(ANALYZE).with_run(60.0, 30.0, 1000).with_run(50.0, None, 900)
    assert (row.fps, row.core_ms, row.peak_bytes) == ((60.0, 50.0), (30.0,), 1000)
    result = empty().with_row(Row(ANALYZE)).with_row(Row(NETWORK)).with_row(row)
    assert [one.contender for one in result.rows] == [ANALYZE, NETWORK]
    assert result.row(ANALYZE) == row


def steps() -> Result:
    """Four cameras were carried, five were not; one viewer and fifty."""
    return Result(
        GIVEN,
        this_machine(),
        cameras=(
            CameraStep(1, True, 10.0, 10.0, 0.3, 150_000_000, 20.0, 30.0),
            CameraStep(4, True, 9.9, 39.8, 1.2, 600_000_000, 40.0, 70.0),
            CameraStep(8, False, 5.0, 42.0, 2.0, 1_200_000_000, 180.0, 300.0),
            CameraStep(5, False, 9.0, 46.0, 1.9, 750_000_000, 90.0, 200.0),
        ),
        loops=(CameraStep(1, True, 9.8, 9.8), CameraStep(2, False, 5.4, 10.9)),
        viewers=(ViewerStep(0, 0.02, None), ViewerStep(1, 0.03, 9.9), ViewerStep(50, 0.52, 9.8)),
        first_picture_s=(1.0, 4.0, 1.2),
    )


def test_live_figures_come_from_the_most_that_were_carried() -> None:
    result = steps()
    assert result.most_carried == result.cameras[1]
    assert bar(result, "cameras_to_loops") == (pytest.approx(39.8 / 10.9), False)
    assert bar(result, "memory_per_camera") == (pytest.approx(150.0), True)
    assert bar(result, "viewers_50") == (0.52, False)
    assert result.cores_per_viewer == pytest.approx(0.01)
    assert bar(result, "first_picture") == (1.2, True)


def test_nothing_measured_is_nothing_met() -> None:
    assert {one.met for one in empty().bars} == {None}
    assert empty().bytes_per_camera is None and empty().cores_per_viewer is None


def test_the_file_begins_with_ratios_and_bars_and_is_plain_json() -> None:
    result = steps().with_row(Row(LOOP_TORCH, problem=Problem("x", "failed: see {name}", (("name", "bench.log"),))))
    stored = json.loads(json.dumps(result.to_json()))
    assert list(stored)[:3] == ["ratios", "bars", "rows"]
    assert set(stored["bars"][0]) == {"name", "value", "bar", "goal", "unit", "at_least", "met"}
    assert stored["rows"][0]["problem"] == "failed: see bench.log" and stored["rows"][0]["fps"] is None
    assert stored["given"]["input"] == [384, 640]
    assert stored["machine"]["cores"] >= 1 and stored["machine"]["versions"]["siapp"]
    assert len(stored["live"]["cameras"]) == 4


def test_tables_say_what_was_met_in_the_readers_language() -> None:
    result = steps().with_row(Row(ANALYZE, (60.0,), (30.0,), 345_000_000)).with_problem("start", Problem("x", "no"))
    english, chinese = (sections(result, language) for language in (Language.ENGLISH, Language.CHINESE))
    assert [len(one.rows) for one in english] == [len(one.rows) for one in chinese]
    assert all(len(row) == len(one.columns) for one in (*english, *chinese) for row in one.rows)
    assert {row[-1] for row in english[0].rows} == {"met", "not met", "not measured"}
    assert {row[-1] for row in chinese[0].rows} == {"达到", "未达到", "未测量"}
    assert english[1].rows == (("siapp analyze", "60.0", "60.0–60.0", "30.0", "345", ""),)


def test_the_written_table_is_whole_markdown() -> None:
    text = markdown(steps())
    assert text.startswith("# siapp bench\n")
    for table in text.split("## ")[1:]:
        lines = [line for line in table.splitlines() if line.startswith("|")]
        assert len(lines) > 2 and len({line.count("|") for line in lines}) == 1
