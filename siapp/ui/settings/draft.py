"""What somebody has changed on the page and not saved yet."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from siapp.core.services.settings import Setting, Value
from siapp.core.setting import Origin


class Draft(QObject):
    """`changed` tells any other change; `loaded` new settings under it."""

    changed = Signal()
    loaded = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[str, Setting] = {}
        self.changes: dict[str, Value] = {}

    def load(self, settings: Iterable[Setting]) -> None:
        """As they are kept now; what was changed on the page stays, as far as it still is a change."""
        self._settings = {setting.name: setting for setting in settings}
        self.changes = {name: value for name, value in self.changes.items() if self._is_change(name, value)}
        self.loaded.emit()
        self.changed.emit()

    def all(self) -> list[Setting]:
        return list(self._settings.values())

    def setting(self, name: str) -> Setting:
        return self._settings[name]

    def value(self, name: str) -> Value:
        """What would be saved."""
        if name not in self.changes:
            return self._settings[name].value
        wanted = self.changes[name]
        return self._settings[name].default if wanted is None else wanted

    def want(self, name: str, value: Value) -> None:
        self._put(name, value)

    def reset(self, name: str) -> None:
        """The default, from the next save on."""
        self._put(name, None)

    def saved(self, changes: dict[str, Value]) -> None:
        """These are kept now; what was typed meanwhile is still to be saved."""
        self.changes = {
            name: value for name, value in self.changes.items() if name not in changes or changes[name] != value
        }

    def discard(self) -> None:
        self.changes = {}
        self.changed.emit()

    def is_changed(self, name: str) -> bool:
        return name in self.changes

    @property
    def restarts(self) -> int:
        """How many of the changes count from the next start on only."""
        return sum(not self._settings[name].live for name in self.changes)

    @property
    def waiting(self) -> int:
        """How many settings that are saved wait for the next start."""
        return sum(setting.needs_restart for setting in self._settings.values())

    def _put(self, name: str, value: Value) -> None:
        if self._is_change(name, value):
            self.changes[name] = value
        else:
            self.changes.pop(name, None)
        self.changed.emit()

    def _is_change(self, name: str, value: Value) -> bool:
        setting = self._settings[name]
        if value is None:
            return setting.origin is Origin.FILE
        return value != setting.value
