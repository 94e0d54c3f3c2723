"""Sheets of the audit: one entry whole, with how it was before and after; and what a look at the chain came to."""

import json
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from siapp.core.clock import rfc3339
from siapp.core.domain import AuditEntry, Deed, Outcome, Verdict
from siapp.core.i18n import _
from siapp.ui.account import ROLES
from siapp.ui.desk import Desk
from siapp.ui.marks import TASK_MARKS, USER_MARKS, Mark, Shape
from siapp.ui.pages.audit_table import place_word
from siapp.ui.pages.audit_words import (
    OUTCOME_MARKS,
    actor_word,
    intention,
    object_word,
    reason,
    sentence,
)
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label, plain_tip
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.widgets.toasts import MarkLabel

WIDTH = 440
HELD = Mark(Shape.CHECK, "ok", _("The audit holds"))
BROKEN = Mark(Shape.CROSS, "alarm", _("The audit does not hold"))
_NOTHING = "–"

_KEYS: dict[str, str] = {
    "name": _("Name"),
    "rtsp_url": _("Address"),
    "status": _("State"),
    "state": _("State"),
    "role": _("Role"),
    "auto_start": _("Auto-start"),
    "camera": _("Camera"),
    "device": _("Camera"),
    "algorithm": _("Algorithm"),
    "version": _("Version"),
    "active_version": _("Active version"),
    "options.confidence": _("Confidence"),
    "options.iou": _("IoU"),
    "options.max_fps": _("Highest fps"),
    "options.classes": _("Classes"),
    "filename": _("File"),
    "video": _("Video"),
    "size": _("Bytes"),
    "sessions_ended": _("Sign-ins that ended"),
    "reachable": _("Answers"),
    "error": _("Problem"),
    "entries": _("Entries"),
    "times": _("Times"),
}


_ANSWERS = {"true": _("Yes"), "false": _("No")}
_VALUES: dict[str, dict[str, str]] = {
    "role": {role.value: word for role, word in ROLES.items()},
    "status": {status.value: mark.word for status, mark in USER_MARKS.items()},
    "state": {state.value: mark.word for state, mark in TASK_MARKS.items()},
    "auto_start": _ANSWERS,
    "reachable": _ANSWERS,
}


class AuditSheet(Sheet):
    """One entry, word by word."""

    def __init__(self, desk: Desk, entry: AuditEntry) -> None:
        super().__init__(desk.words, "{text}", width=WIDTH, text=sentence(desk.words, entry))
        self._entry = entry
        self.body.addLayout(_facts(self._told()))
        if changes := differences(entry.deed):
            self.body.addSpacing(12)
            self.body.addWidget(label(self.words, _("Before and after"), "label"))
            self.body.addWidget(self._table(changes))
        self.body.addStretch()
        self.copy_button = button(self.words, _("Copy"), self.copy, glyph="copy")
        self.close_button = button(self.words, _("Close"), self.closed.emit)
        self.set_buttons(self.copy_button, primary=self.close_button)

    def copy(self) -> None:
        """The entry as JSON, as the server gives it."""
        QGuiApplication.clipboard().setText(json.dumps(_as_json(self._entry), ensure_ascii=False, indent=2))

    def _told(self) -> list[tuple[str, str]]:
        entry, words = self._entry, self.words
        deed = entry.deed
        told = [
            (_("Outcome"), words(OUTCOME_MARKS[deed.outcome].word)),
            (_("Time"), f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}"),
            (_("UTC"), rfc3339(entry.at)),
            (_("Person"), actor_word(words, entry)),
            (_("From"), place_word(words, entry.address)),
            (_("Action"), intention(words, deed.action)),
            (_("Object"), _object(deed)),
            (_("Number"), str(entry.seq)),
            (_("Hash"), entry.hash),
        ]
        if deed.outcome is Outcome.REFUSED:
            told.insert(1, (_("Why"), reason(words, deed)))
        return [(words(key), value) for key, value in told]

    def _value(self, key: str, value: str) -> str:
        """States, roles and the like in words, everything else as it is."""
        known = _VALUES.get(key, {}).get(value)
        return self.words(known) if known is not None else value

    def _table(self, changes: list[tuple[str, str, str]]) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for column, share in enumerate((3, 4, 4)):
            grid.setColumnStretch(column, share)
        for row, (key, *values) in enumerate(changes):
            before, after = (self._value(key, value) for value in values)
            changed = before != after
            grid.addWidget(_text(self.words(_KEYS[key]) if key in _KEYS else key, "muted"), row, 0)
            grid.addWidget(_text(before, "muted"), row, 1)
            grid.addWidget(_text(after, "strong" if changed else "muted"), row, 2)
        return holder


class VerdictSheet(Sheet):
    """Whether the chain holds, in words, and what to write down."""

    def __init__(self, desk: Desk, verdict: Verdict) -> None:
        self.mark = HELD if verdict.first_fault is None else BROKEN
        super().__init__(desk.words, self.mark.word, width=WIDTH)
        words = desk.words
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(MarkLabel(self.mark), 0, Qt.AlignmentFlag.AlignTop)
        self.sentence = label(words, "", wrap=True)
        words.bind(self.sentence, self.sentence.setText, self._sentence(verdict), **_values(verdict))
        row.addWidget(self.sentence, 1)
        self.body.addLayout(row)
        self.body.addSpacing(8)
        self.body.addWidget(label(words, self._advice(verdict), "muted", wrap=True))
        self.body.addSpacing(8)
        self.body.addLayout(
            _facts([(words(_("Newest entry")), str(verdict.newest)), (words(_("Its hash")), verdict.newest_hash)])
        )
        self.body.addStretch()
        self._copied = f"{verdict.newest} {verdict.newest_hash}"
        self.copy_button = button(words, _("Copy"), self.copy, glyph="copy")
        self.close_button = button(words, _("Close"), self.closed.emit)
        self.set_buttons(self.copy_button, primary=self.close_button)
        self.begin_at(self.close_button)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self._copied)

    @staticmethod
    def _sentence(verdict: Verdict) -> str:
        if verdict.first_fault is None:
            return _("{entries} entries were looked at, and each fits the one before it.")
        return _("Entry {fault} was changed, taken out or put in between. The {entries} before it hold.")

    @staticmethod
    def _advice(verdict: Verdict) -> str:
        if verdict.first_fault is None:
            return _(
                "Keep number and hash of the newest entry somewhere else, on paper too. As long as that entry is "
                "there, its hash must be the same: so nobody can make the whole chain anew unseen."
            )
        return _("Leave the data folder as it is, and compare with an earlier export or a backup.")


def differences(deed: Deed) -> list[tuple[str, str, str]]:
    """Key, before and after, what changed first; of a refusal nothing, which changed nothing."""
    if deed.outcome is Outcome.REFUSED:
        return []
    before, after = _flat(deed.before or {}), _flat(deed.after or {})
    keys = dict.fromkeys([*before, *after])
    rows = [(key, before.get(key, _NOTHING), after.get(key, _NOTHING)) for key in keys]
    return sorted(rows, key=lambda row: row[1] == row[2])


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            found[f"{prefix}{key}"] = _NOTHING if value is None else shown
    return found


def _object(deed: Deed) -> str:
    """Name and number, as far as they are known."""
    both = deed.object_name and deed.object_id is not None
    return f"{deed.object_name} (#{deed.object_id})" if both else object_word(deed)


def _facts(told: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for row, (key, value) in enumerate(told):
        is_hash = len(value) == 64 and value.isalnum()
        grid.addWidget(_text(key, "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
        # Four groups break where they end; 64 letters in one would not.
        shown = _text(" ".join(value[at : at + 16] for at in range(0, 64, 16)) if is_hash else value)
        if is_hash:
            shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
            shown.setProperty("look", "caption")
        grid.addWidget(shown, row, 1)
    return grid


def _text(text: str, look: str = "") -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setProperty("look", look)
    made.setToolTip(plain_tip(text) if len(text) > 40 else "")
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def _values(verdict: Verdict) -> dict[str, object]:
    return {"entries": verdict.entries, "fault": verdict.first_fault or 0}


def _as_json(entry: AuditEntry) -> dict[str, object]:
    deed = entry.deed
    return {
        "number": entry.seq,
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "address": entry.address,
        "action": deed.action.value,
        "object": {"kind": deed.action.kind, "id": deed.object_id, "name": deed.object_name},
        "before": deed.before,
        "after": deed.after,
        "outcome": deed.outcome.value,
        "hash": entry.hash,
    }
