"""What a person's wall is like, kept with their account: read at sign-in, written a moment after each change."""

import asyncio
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from siapp.core.background import Background
from siapp.core.domain import Actor, StreamKey
from siapp.core.errors import SiappError
from siapp.ui.desk import Desk
from siapp.ui.live.picture_view import Overlay
from siapp.ui.live.plan import Plan, from_json, to_json
from siapp.ui.live.source import key_text, parse_key

KEY = "wall"
SAVE_MS = 500
MOST_UNDONE = 30
MOST_WINDOWS = 8
SAVED_WITHIN_S = 2.0


class WallMemory(QObject):
    """`changed` tells another plan. Before it is `ready` nobody knows what the person's wall is like.

    `windows`: the streams in windows of their own, each with what it needs to come back; `folder`: for snapshots.
    """

    changed = Signal()
    opened = Signal()
    closed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._actor: Actor | None = None
        self._saving = Background("wall")
        self._one_at_a_time = asyncio.Lock()
        self._timer = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(self._save)
        self._forget()
        desk.session.changed.connect(self._begin)
        desk.session.ended.connect(lambda _why: self._end())

    # ---- the plan ----------------------------------------------------------------------------------------

    def change(self, plan: Plan) -> None:
        """Another plan; the one before can be brought back."""
        if plan != self.plan:
            self._earlier.append(self.plan)
            self._take(plan)

    def show_known(self, plan: Plan) -> None:
        """What has gone is taken out of the plan, and not brought back."""
        if plan != self.plan:
            self._take(plan)

    @property
    def can_undo(self) -> bool:
        return bool(self._earlier)

    def undo(self) -> None:
        if self._earlier:
            self._take(self._earlier.pop())

    def _take(self, plan: Plan) -> None:
        self.plan = plan
        self.touch()
        self.changed.emit()

    # ---- the rest ----------------------------------------------------------------------------------------

    def overlay(self, key: StreamKey) -> Overlay:
        return self.overlays.get(key, Overlay())

    def set_overlay(self, key: StreamKey, overlay: Overlay) -> None:
        self.overlays.pop(key, None)
        if overlay != Overlay():
            self.overlays[key] = overlay
        self.touch()

    def set_window(self, key: StreamKey, geometry: list[int] | None) -> None:
        """How a stream's own window lies; None: it has none."""
        if geometry is None:
            self.windows.pop(key, None)
        else:
            self.windows[key] = geometry
        self.touch()

    def set_folder(self, folder: Path) -> None:
        self.folder = str(folder)
        self.touch()

    def touch(self) -> None:
        """Something is to be kept."""
        if self.ready and self._readable:
            self._timer.start()

    async def settle(self) -> None:
        """Write what is not written yet, and answer when it is."""
        if self._timer.isActive():
            self._save()
        await self._saving.settle(SAVED_WITHIN_S)
        await self._saving.close()

    # ---- coming and going --------------------------------------------------------------------------------

    def _forget(self) -> None:
        self.ready, self._readable = False, True
        self.plan = Plan()
        self.overlays: dict[StreamKey, Overlay] = {}
        self.windows: dict[StreamKey, list[int]] = {}
        self.folder = ""
        self._earlier: deque[Plan] = deque(maxlen=MOST_UNDONE)

    def _begin(self) -> None:
        actor = self._desk.actor
        if self._actor is not None and self._actor.user_id == actor.user_id:
            return
        self._forget()
        self._actor = actor
        load = self._desk.services.preferences.load(actor, KEY)
        self._desk.operations.run(self, "wall-load", load, self._loaded, failed=self._not_loaded)

    def _end(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._save()
        self.closed.emit()
        self._actor = None
        self._forget()

    def _loaded(self, document: dict[str, Any] | None) -> None:
        found = document or {}
        self.plan = from_json(found.get("plan"))
        self.overlays = _overlays(found.get("overlays"))
        self.windows = _windows(found.get("windows"))
        folder = found.get("folder")
        self.folder = folder if isinstance(folder, str) else ""
        self.ready = True
        self.opened.emit()
        self.changed.emit()

    def _not_loaded(self, error: SiappError) -> None:
        self._desk.warn(error.message, **error.values)
        self._readable = False  # what is there and could not be read must not be written over
        self._loaded(None)

    def _save(self) -> None:
        self._timer.stop()
        if self._actor is not None:
            document = self._document()
            self._saving.start(self._written(self._actor, document), "save")

    async def _written(self, actor: Actor, document: dict[str, Any]) -> None:
        try:
            async with self._one_at_a_time:
                await self._desk.services.preferences.save(actor, KEY, document)
        except SiappError as error:
            self._desk.warn(error.message, **error.values)

    def _document(self) -> dict[str, Any]:
        return {
            "plan": to_json(self.plan),
            "overlays": {key_text(key): asdict(overlay) for key, overlay in self.overlays.items()},
            "windows": {key_text(key): geometry for key, geometry in self.windows.items()},
            "folder": self.folder,
        }


def _overlays(stored: object) -> dict[StreamKey, Overlay]:
    found: dict[StreamKey, Overlay] = {}
    for text, given in stored.items() if isinstance(stored, dict) else ():
        key = parse_key(text)
        match given:
            case {"boxes": bool() as boxes, "labels": bool() as labels} if key is not None:
                found[key] = Overlay(boxes, labels)
    return found


def _windows(stored: object) -> dict[StreamKey, list[int]]:
    found: dict[StreamKey, list[int]] = {}
    for text, given in stored.items() if isinstance(stored, dict) else ():
        key = parse_key(text)
        if key is not None and isinstance(given, list) and all(isinstance(number, int) for number in given):
            found[key] = given
    return dict(list(found.items())[:MOST_WINDOWS])
