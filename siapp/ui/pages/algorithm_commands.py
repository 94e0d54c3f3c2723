"""What the keyboard does on the page of algorithms: each command is about the card or version that was reached last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from siapp.core.domain import Algorithm, AlgorithmVersion, Role, VersionState
from siapp.core.i18n import _
from siapp.ui.pages.card_actions import Stop
from siapp.ui.pages.trial_panel import TrialPanel

if TYPE_CHECKING:
    from siapp.ui.pages.algorithms import AlgorithmsPage


class AlgorithmCommands:
    """Adds them to `page`."""

    def __init__(self, page: AlgorithmsPage) -> None:
        self._page, self._list, self._acts = page, page.list, page.acts
        self._add_looks()
        self._add_acts()
        self._add_trial()

    def _add_looks(self) -> None:
        add, page = self._page.add_command, self._page
        search = self._list.search.setFocus
        add(_("Search"), search, keys="Ctrl+F", glyph="magnifying-glass", ready=self._on_cards)
        details = self._of_version(page.show_details)
        add(_("Details"), details, keys="Ctrl+I", glyph="info", ready=lambda: self._meant() is not None)

    def _add_acts(self) -> None:
        page, acts, numbered = self._page, self._acts, self._of_number
        for message, keys, glyph, run, ready in (
            (_("Upload algorithm"), "Ctrl+N", "plus", page.add, lambda: True),
            (_("New version"), "Ctrl+Shift+N", "plus", self._of_card(page.add_version), self._on_card),
            (_("Try on a picture"), "Ctrl+T", "image", self._of_card(page.try_picture), self._on_active),
            (_("Try on a video"), "Ctrl+Shift+T", "film-strip", self._of_card(page.try_video), self._on_active),
            (_("Activate version"), "Ctrl+Shift+A", "check-circle", numbered(acts.activate), self._can_activate),
            (_("Roll back"), "Ctrl+Shift+Z", "arrow-counter-clockwise", self._roll_back, self._can_roll_back),
            (_("Optimise"), "Ctrl+Shift+I", "lightning", numbered(page.optimize), self._can_optimize),
            (_("Cancel import"), "Ctrl+Shift+X", "prohibit", numbered(acts.cancel), self._is_importing),
            (_("Delete"), "Del", "trash", self._delete, self._on_card),
        ):
            page.add_command(message, run, keys=keys, glyph=glyph, role=Role.OPERATOR, ready=ready)

    def _add_trial(self) -> None:
        page = self._page
        for message, keys, glyph, run in (
            (_("Choose a picture"), "Ctrl+O", "folder-open", TrialPanel.choose),
            (_("Paste a picture"), "Ctrl+V", "clipboard-text", TrialPanel.paste),
            (_("Copy picture with boxes"), "Ctrl+C", "copy", TrialPanel.copy),
            (_("Save picture with boxes"), "Ctrl+S", "floppy-disk", TrialPanel.save),
        ):
            act = self._of_trial(run)
            page.add_command(message, act, keys=keys, glyph=glyph, role=Role.OPERATOR, ready=self._on_trial)

    # ---- what they are about -----------------------------------------------------------------------------

    def _on_trial(self) -> bool:
        return self._page.trial is not None

    def _on_cards(self) -> bool:
        return self._page.trial is None and bool(self._list.cards)

    def _stop(self) -> Stop | None:
        return self._list.reached if self._on_cards() else None

    def _meant(self) -> AlgorithmVersion | None:
        stop = self._stop()
        return stop.meant if stop is not None else None

    def _on_card(self) -> bool:
        return self._stop() is not None

    def _on_active(self) -> bool:
        stop = self._stop()
        return stop is not None and stop.algorithm.active is not None

    def _can_activate(self) -> bool:
        stop, meant = self._stop(), self._meant()
        if stop is None or meant is None:
            return False
        return meant.state is VersionState.READY and meant.version != stop.algorithm.active_version

    def _can_roll_back(self) -> bool:
        stop = self._stop()
        return stop is not None and self._acts.earlier(stop.algorithm) is not None

    def _can_optimize(self) -> bool:
        meant = self._meant()
        return meant is not None and meant.can_be_optimized

    def _is_importing(self) -> bool:
        meant = self._meant()
        return meant is not None and meant.state is VersionState.IMPORTING

    # ---- what they do ------------------------------------------------------------------------------------

    def _of_card(self, act: Callable[[Algorithm], object]) -> Callable[[], None]:
        def run() -> None:
            if (stop := self._stop()) is not None:
                act(stop.algorithm)

        return run

    def _of_version(self, act: Callable[[Algorithm, AlgorithmVersion], object]) -> Callable[[], None]:
        def run() -> None:
            stop = self._stop()
            if stop is not None and stop.meant is not None:
                act(stop.algorithm, stop.meant)

        return run

    def _of_number(self, act: Callable[[Algorithm, int], object]) -> Callable[[], None]:
        return self._of_version(lambda algorithm, version: act(algorithm, version.version))

    def _of_trial(self, act: Callable[[TrialPanel], object]) -> Callable[[], None]:
        def run() -> None:
            if self._page.trial is not None:
                act(self._page.trial)

        return run

    def _roll_back(self) -> None:
        stop = self._stop()
        earlier = self._acts.earlier(stop.algorithm) if stop is not None else None
        if stop is not None and earlier is not None:
            self._acts.activate(stop.algorithm, earlier)

    def _delete(self) -> None:
        """The version that has the keyboard, else the algorithm."""
        stop = self._stop()
        if stop is not None and stop.version is not None:
            self._acts.ask_delete_version(stop.algorithm, stop.version.version)
        elif stop is not None:
            self._acts.ask_delete(stop.algorithm)
