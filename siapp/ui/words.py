"""The window's language: sentences that follow it when somebody switches."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QLocale, QObject, Signal

from siapp.core.domain import Problem
from siapp.core.errors import SiappError
from siapp.core.i18n import Language, _, translate
from siapp.core.problems import reason, sentence

_Key = tuple[int, str]


def desktop_language() -> Language:
    """The language of the person's desktop, English where we do not have it."""
    chinese = QLocale.system().language() == QLocale.Language.Chinese
    return Language.CHINESE if chinese else Language.ENGLISH


class Words(QObject):
    """Translates, and keeps what it wrote in step with the language."""

    changed = Signal()

    def __init__(self, language: Language = Language.ENGLISH) -> None:
        super().__init__()
        self.language = language
        self._followers: dict[_Key, Callable[[], object]] = {}
        self._owners: set[int] = set()

    def __call__(self, message: str, **values: object) -> str:
        return translate(message, self.language, **values)

    def error(self, error: SiappError) -> str:
        return error.text(self.language)

    def problem(self, problem: Problem) -> str:
        """Why, and when the next try is."""
        return sentence(problem, self.language)

    def reason(self, problem: Problem) -> str:
        """Only why."""
        return reason(problem, self.language)

    def listed(self, names: Iterable[str]) -> str:
        """One after another, with the comma that the language has for lists."""
        return self(_(", ")).join(names)

    def switch(self, language: Language) -> None:
        """Write every sentence again, at once."""
        if language is not self.language:
            self.language = language
            for refresh in tuple(self._followers.values()):
                refresh()
            self.changed.emit()

    def bind(self, owner: QObject, show: Callable[[str], object], message: str, **values: object) -> None:
        """`show(text)` now and after each switch, as long as `owner` lives. A later bind of the same replaces it."""
        self.follow(owner, lambda: show(self(message, **values) if message else ""), getattr(show, "__name__", ""))

    def release(self, owner: QObject, show: Callable[[str], object]) -> None:
        """Stop writing: what stands there stays as it is."""
        self._followers.pop((id(owner), getattr(show, "__name__", "")), None)

    def follow(self, owner: QObject, refresh: Callable[[], object], name: str = "") -> None:
        """`refresh()` now and after each switch, as long as `owner` lives."""
        key = id(owner)
        if key not in self._owners:
            self._owners.add(key)
            owner.destroyed.connect(lambda: self._forget(key))
        self._followers[key, name] = refresh
        refresh()

    def _forget(self, key: int) -> None:
        self._owners.discard(key)
        for entry in [entry for entry in self._followers if entry[0] == key]:
            del self._followers[entry]
