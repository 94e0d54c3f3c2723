"""A result as people read it: ratios and bars first, then what they come from."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from siapp.bench.result import CONTENDERS, Bar, CameraStep, Result, Row
from siapp.core.domain import Problem
from siapp.core.i18n import Language, _, translate

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Section:
    """One table, in the reader's language. The first column is text, the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def print_tables(console: Console, result: Result, language: Language) -> None:
    for section in sections(result, language):
        table = Table(title=escape(section.title), title_justify="left", box=SIMPLE)
        for number, column in enumerate(section.columns):
            table.add_column(escape(column), justify="right" if number else "left")
        for row in section.rows:
            table.add_row(*map(escape, row))
        console.print(table)


def markdown(result: Result) -> str:
    """In English: the file is for whoever it is sent to."""
    parts = ["# siapp bench\n"]
    for section in sections(result, Language.ENGLISH):
        head = "| " + " | ".join(section.columns) + " |"
        line = "|---" + "|---:" * (len(section.columns) - 1) + "|"
        rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in section.rows]
        parts.append("\n".join([f"## {section.title}\n", head, line, *rows]) + "\n")
    return "\n".join(parts)


def sections(result: Result, language: Language) -> list[Section]:
    """All that was measured, in `language`."""
    reader = _Reader(result, language)
    made = [reader.bars(), reader.rows(), reader.cameras(), reader.viewers(), reader.conditions()]
    return [section for section in made if section.rows]


class _Reader:
    def __init__(self, result: Result, language: Language) -> None:
        self._result = result
        self._language = language

    def _say(self, sentence: str, **values: object) -> str:
        return translate(sentence, self._language, **values)

    def _section(self, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Section:
        return Section(self._say(title), tuple(self._say(column) if column else "" for column in columns), tuple(rows))

    def bars(self) -> Section:
        columns = ("", _("measured"), _("bar"), _("goal"), _("verdict"))
        rows = [
            (self._say(bar.label), _value(bar, bar.value), self._limit(bar, bar.bar), self._limit(bar, bar.goal),
             self._verdict(bar))
            for bar in self._result.bars
        ]  # fmt: skip
        return self._section(_("Ratios and bars"), columns, rows)

    def _limit(self, bar: Bar, value: float | None) -> str:
        if value is None:
            return NOTHING
        return f"{'≥' if bar.at_least else '≤'} {_value(bar, value)}"

    def _verdict(self, bar: Bar) -> str:
        return self._say({None: _("not measured"), True: _("met"), False: _("not met")}[bar.met])

    def rows(self) -> Section:
        columns = (
            "",
            _("frames/s"),
            _("spread"),
            _("core-ms"),
            _("peak RSS, MB"),
            _("remark"),
        )
        return self._section(_("Recorded video, in turns"), columns, [self._row(row) for row in self._result.rows])

    def _row(self, row: Row) -> tuple[str, ...]:
        label, remark = self._say(CONTENDERS[row.contender]), self._problem(row.problem)
        if not row.fps:
            return label, NOTHING, NOTHING, NOTHING, NOTHING, remark
        spread = f"{min(row.fps):.1f}–{max(row.fps):.1f}"
        core_ms = f"{statistics.median(row.core_ms):.1f}" if row.core_ms else NOTHING
        return label, f"{statistics.median(row.fps):.1f}", spread, core_ms, _mb(row.peak_bytes), remark

    def cameras(self) -> Section:
        columns = (
            "",
            _("cameras"),
            _("frames/s in all"),
            _("least"),
            _("carried"),
            _("latency p50/p95, ms"),
            _("cores"),
            _("memory, MB"),
        )
        result = self._result
        rows = [self._camera("siapp", step) for step in sorted(result.cameras, key=lambda step: step.cameras)]
        rows += [self._camera(self._say(_("Tutorial's loops, torch")), step) for step in result.loops]
        return self._section(_("Cameras"), columns, rows)

    def _camera(self, who: str, step: CameraStep) -> tuple[str, ...]:
        latency = NOTHING
        if step.latency_p50_ms is not None and step.latency_p95_ms is not None:
            latency = f"{step.latency_p50_ms:.0f} / {step.latency_p95_ms:.0f}"
        return (
            who,
            str(step.cameras),
            f"{step.fps_total:.1f}",
            f"{step.fps_least:.1f}",
            self._say(_("yes") if step.carried else _("no")),
            latency,
            NOTHING if step.cores is None else f"{step.cores:.2f}",
            _mb(step.memory_bytes),
        )

    def viewers(self) -> Section:
        columns = (_("viewers"), _("cores of main"), _("frames/s, least"))
        rows: list[tuple[str, ...]] = [
            (str(step.viewers), f"{step.cores:.3f}", NOTHING if step.fps_least is None else f"{step.fps_least:.1f}")
            for step in self._result.viewers
        ]
        if (each := self._result.cores_per_viewer) is not None:
            rows.append((self._say(_("each viewer more")), f"{each:.4f}", NOTHING))
        return self._section(_("Viewers of one 1280 x 720 task"), columns, rows)

    def conditions(self) -> Section:
        result = self._result
        given, machine = result.given, result.machine
        video = f"{given.video}, {given.width} x {given.height}, {given.fps:g} frames/s"
        height, width = given.input
        rows: list[tuple[str, ...]] = [
            (self._say(_("video")), video),
            (self._say(_("weights")), f"{given.weights}, {width} x {height} {given.precision}".rstrip()),
            (self._say(_("processor")), f"{machine.processor}, {machine.cores} x, {' '.join(machine.flags)}"),
            (self._say(_("memory")), f"{machine.memory_gb} GB"),
            (self._say(_("system")), f"{machine.system}, Python {machine.python}"),
            ("siapp", _versions(machine.versions)),
            ("ultralytics", _versions(result.their_versions)),
        ]
        rows += [(part, self._problem(problem)) for part, problem in result.problems.items()]
        if given.quick:
            rows.append((self._say(_("quick run")), self._say(_("one round: for a first look only"))))
        if result.interrupted:
            rows.append((self._say(_("interrupted")), self._say(_("what was measured until then"))))
        return self._section(_("Measured with"), ("", ""), rows)

    def _problem(self, problem: Problem | None) -> str:
        return self._say(problem.message, **dict(problem.values)) if problem else ""


def _value(bar: Bar, value: float | None) -> str:
    if value is None:
        return NOTHING
    return {
        "%": f"{value * 100:.1f} %",
        "x": f"{value:.2f} x",
        "MB": f"{value:.0f} MB",
        "cores": f"{value:.2f} cores",
        "s": f"{value:.2f} s",
    }[bar.unit]


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f}" if count else NOTHING


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items()) or NOTHING
