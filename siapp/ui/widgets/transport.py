"""One play button and one scrubber for a video, or for several that are looked at together."""

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.icons import explain, icon
from siapp.ui.measures import exact_clock
from siapp.ui.widgets.buttons import icon_button
from siapp.ui.widgets.labels import ElidedLabel
from siapp.ui.widgets.scrubber import Scrubber
from siapp.ui.widgets.video_pane import VideoPane

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
USUAL = SPEEDS.index(1.0)
APART_S = 0.12  # two players that are further apart are brought together
TOGETHER_AGAIN_S = 1.0


class Transport(QWidget):
    """Moves all `panes` at once. What it shows is of the longest one. `wide` tells that a person wants it larger."""

    wide = Signal(bool)

    def __init__(self, desk: Desk, panes: Sequence[VideoPane]) -> None:
        super().__init__()
        self._desk, self._words, self._panes = desk, desk.words, tuple(panes)
        self._brought_together = 0.0
        self._shown_playing = False
        self.scrubber = Scrubber(self._words)
        self.scrubber.scrubbed.connect(self._scrub)
        self.play_button = icon_button(self._words, _("Play (Space)"), "play", self.toggle)
        self.back_button = icon_button(self._words, _("One frame back (,)"), "caret-left", lambda: self.step(-1))
        self.on_button = icon_button(self._words, _("One frame on (.)"), "caret-right", lambda: self.step(1))
        self.wide_button = icon_button(self._words, _("As large as the page (Ctrl+Enter)"), "arrows-out", self._widen)
        self.wide_button.setCheckable(True)
        self.time, self.frame = QLabel(), ElidedLabel("", "muted")
        self.speed = self._speeds()
        self._compose()
        for pane in self._panes:
            pane.changed.connect(self._show)
            pane.pressed.connect(self.toggle)
            pane.doubled.connect(self.wide_button.click)
        self._words.follow(self, self._show)

    @property
    def leader(self) -> VideoPane:
        """The longest of those that play."""
        return max(self._panes, key=lambda pane: (pane.ready, pane.info.duration_s or 0.0 if pane.info else 0.0))

    @property
    def playing(self) -> bool:
        return self.leader.position.playing

    def toggle(self) -> None:
        """Play, or pause where all stop at one moment."""
        if not self.leader.ready:
            return
        if self.playing:
            self._pause()
        else:
            for pane in self._panes:
                pane.play()

    def step(self, frames: int) -> None:
        for pane in self._panes:
            pane.step(frames)

    def seek_frame(self, number: int) -> None:
        for pane in self._panes:
            pane.seek_frame(number)

    def change_speed(self, places: int) -> None:
        """To the next faster or slower one."""
        self.speed.setCurrentIndex(min(max(self.speed.currentIndex() + places, 0), len(SPEEDS) - 1))

    def set_wide(self, wide: bool) -> None:
        self.wide_button.setChecked(wide)
        self.wide_button.setIcon(icon("arrows-in" if wide else "arrows-out"))

    def _widen(self) -> None:
        self.set_wide(self.wide_button.isChecked())
        self.wide.emit(self.wide_button.isChecked())

    def _pause(self) -> None:
        here = self.leader.position.time_s
        for pane in self._panes:
            pane.pause()
            if len(self._panes) > 1:
                pane.seek(here)

    def _scrub(self, time_s: float, final: bool) -> None:
        for pane in self._panes:
            pane.seek(time_s, exact=final)

    def _choose_speed(self, place: int) -> None:
        for pane in self._panes:
            pane.set_speed(SPEEDS[place])

    def _show(self) -> None:
        leader = self.leader
        info, position = leader.info, leader.position
        duration = info.duration_s or 0.0 if info else 0.0
        for part in (self.scrubber, self.play_button, self.back_button, self.on_button, self.speed):
            part.setEnabled(leader.ready)
        self.scrubber.set_duration(duration)
        self.scrubber.show_position(position.time_s)
        self.time.setText(f"{exact_clock(position.time_s)} / {exact_clock(duration)}")
        frames = info.frames if info and info.frames is not None else None
        of_all = _("Frame {frame} of {frames}") if frames else _("Frame {frame}")
        self.frame.setText(self._words(of_all, frame=position.frame, frames=frames) if info else "")
        self._reserve(self.time, f"{exact_clock(duration)} / {exact_clock(duration)}")
        self._show_playing(position.playing)
        self._bring_together(leader)

    def _show_playing(self, playing: bool) -> None:
        if playing is not self._shown_playing:
            self._shown_playing = playing
            self.play_button.setIcon(icon("pause" if playing else "play"))
            explain(self._words, self.play_button, _("Pause (Space)") if playing else _("Play (Space)"))

    def _bring_together(self, leader: VideoPane) -> None:
        """Two processes keep two clocks."""
        now = time.monotonic()
        if not leader.position.playing or now - self._brought_together < TOGETHER_AGAIN_S:
            return
        for pane in self._panes:
            if pane.position.playing and abs(pane.position.time_s - leader.position.time_s) > APART_S:
                self._brought_together = now
                pane.seek(leader.position.time_s)

    @staticmethod
    def _reserve(part: QLabel, widest: str) -> None:
        width = QFontMetrics(part.font()).horizontalAdvance(widest) + 2
        if width > part.minimumWidth():
            part.setMinimumWidth(width)

    def _speeds(self) -> QComboBox:
        box = QComboBox()
        for speed in SPEEDS:
            box.addItem(f"{speed:g}×", speed)
        box.setCurrentIndex(USUAL)
        box.setFixedWidth(84)
        self._words.bind(box, box.setAccessibleName, _("Speed"))
        self._words.bind(box, box.setToolTip, _("Speed ([ and ])"))
        box.currentIndexChanged.connect(self._choose_speed)
        return box

    def _compose(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for made in (self.play_button, self.back_button, self.on_button):
            row.addWidget(made)
        row.addSpacing(8)
        row.addWidget(self.time)
        row.addSpacing(12)
        row.addWidget(self.frame, 1)
        row.addWidget(self.speed)
        row.addWidget(self.wide_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.scrubber)
        column.addLayout(row)
        self.time.setTextFormat(Qt.TextFormat.PlainText)
