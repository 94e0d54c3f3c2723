"""What this machine's window remembers from one start to the next: its place, language, theme and habits.

Small JSON in the data folder. What a person chose for themselves (layouts of the wall) is kept with the account.
"""

import asyncio
import json
import logging
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from siapp.core.background import Background
from siapp.core.i18n import Language
from siapp.ui.theme import Scheme

logger = logging.getLogger(__name__)

SAVE_AFTER_S = 0.5
LONGEST = 64_000
FILE_NAME = "window.json"
AFTER_MINUTES = "lock_after_min"
"""Key: minutes without mouse and keyboard until the desk locks; 0 never."""
KEEP_WALL = "lock_keeps_wall"
"""Key: whether the live wall stays to be seen while the desk is locked."""

Value = str | int | float | bool | None


class OnClose(StrEnum):
    """What closing the window does while tasks run."""

    ASK = "ask"
    TRAY = "tray"
    STOP = "stop"


class Memory:
    """Read once at the start; written half a second after a change, off the loop. Without `path` it forgets."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, Value] = {}
        self._background = Background("memory")
        self._changed = False

    async def load(self) -> None:
        """A file that is damaged counts as none: nothing in it is worth a word."""
        if self._path is not None:
            self._values = await asyncio.to_thread(_read, self._path)

    async def close(self) -> None:
        await self._background.close()
        await self._write()

    def get(self, key: str, default: Value = None) -> Value:
        return self._values.get(key, default)

    def put(self, key: str, value: Value) -> None:
        if self._values.get(key) != value:
            self._values[key] = value
            self._touch()

    def text(self, key: str) -> str:
        value = self.get(key)
        return value if isinstance(value, str) else ""

    def whole(self, key: str, default: int = 0) -> int:
        value = self.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    @property
    def language(self) -> Language | None:
        with suppress(ValueError):
            return Language(self.text("language"))
        return None

    @property
    def scheme(self) -> Scheme:
        with suppress(ValueError):
            return Scheme(self.text("theme"))
        return Scheme.DARK

    @property
    def on_close(self) -> OnClose:
        with suppress(ValueError):
            return OnClose(self.text("on_close"))
        return OnClose.ASK

    def _touch(self) -> None:
        waiting, self._changed = self._changed, True
        if not waiting and self._path is not None:
            self._background.start(self._save_soon(), "save")

    async def _save_soon(self) -> None:
        await asyncio.sleep(SAVE_AFTER_S)
        await self._write()

    async def _write(self) -> None:
        if self._path is None or not self._changed:
            return
        self._changed = False
        text = json.dumps(self._values, ensure_ascii=False, indent=1)
        try:
            await asyncio.to_thread(_replace, self._path, text)
        except OSError as error:
            logger.warning("what the window remembers could not be written: %s", error.strerror)


def _read(path: Path) -> dict[str, Value]:
    try:
        with path.open(encoding="utf-8") as file:
            stored: Any = json.loads(file.read(LONGEST))
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {key: value for key, value in stored.items() if value is None or isinstance(value, str | int | float)}


def _replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
