"""The few errors with a meaning. Each edge (HTTP, WebSocket, dialog, command line) maps them once.

An error carries a stable snake_case `code` for programs and a sentence for people that says what happened and
what to try next. The sentence is a catalogue key with `{named}` values; never a path, a stack or a password.
"""

from siapp.core.i18n import Language, _, translate


class SiappError(Exception):
    """Something a person can understand and act on.

    `code`: stable, for programs. `message`: the English sentence, marked with `_`. `values`: fill its `{names}`.
    """

    def __init__(self, code: str, message: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.values = values
        self.noted = False  # in the audit, which hears of each refusal once

    def text(self, language: Language = Language.ENGLISH) -> str:
        return translate(self.message, language, **self.values)

    def __str__(self) -> str:
        return self.text()


class InvalidInput(SiappError):
    """What was given can't be used as it is (HTTP 422, WebSocket 4422). `field` names the place, if one is to blame."""

    def __init__(self, code: str, message: str, *, field: str | None = None, **values: object) -> None:
        super().__init__(code, message, **values)
        self.field = field


class OutOfBounds(InvalidInput):
    """What was given leads to where siapp must not be sent (HTTP 422). No slip but an attempt: the audit keeps it."""


class NotSignedIn(SiappError):
    """Nobody, or nobody any more (HTTP 401, WebSocket 4401)."""


class Forbidden(SiappError):
    """Known, but not allowed (HTTP 403, WebSocket 4403)."""


class NotFound(SiappError):
    """No such object (HTTP 404, WebSocket 4404)."""


class Conflict(SiappError):
    """Right in itself, but not now: a name twice, an object in use, a task in transition (HTTP 409)."""


class Unsupported(SiappError):
    """Right in itself, but not on this machine (WebSocket 1003)."""


class TooMany(SiappError):
    """Too many tries or too much at once (HTTP 429). `retry_after_s` says when to come back."""

    def __init__(self, code: str, message: str, *, retry_after_s: int, **values: object) -> None:
        super().__init__(code, message, **values)
        self.retry_after_s = retry_after_s


class TooLarge(SiappError):
    """More bytes than are taken here (HTTP 413)."""


class OutOfSpace(SiappError):
    """No room for it: a person's share is used up, or the disk is nearly full (HTTP 507)."""


class Unavailable(SiappError):
    """A part that siapp needs does not answer at present (HTTP 503)."""

    def __init__(self, code: str, message: str, *, retry_after_s: int = 5, **values: object) -> None:
        super().__init__(code, message, **values)
        self.retry_after_s = retry_after_s


class BySetting(SiappError):
    """Another error, which a setting that was changed in the window is to blame for. `names`: which ones."""

    def __init__(self, cause: SiappError, names: tuple[str, ...]) -> None:
        super().__init__(cause.code, cause.message, **cause.values)
        self.names = names

    def text(self, language: Language = Language.ENGLISH) -> str:
        hint = translate(_SET_IN_THE_WINDOW, language, names=" ".join(self.names))
        return f"{super().text(language)} {hint}"


_SET_IN_THE_WINDOW = _("This was set in the window; “siapp settings reset {names}” puts it back.")


class WeightsRejected(SiappError):
    """A weight file that can't become an artefact: no model, a hostile one, or one with an unknown layer."""


class MediaError(SiappError):
    """A camera or video that can't be opened or read. `code` is a CheckCode, of a mere file also not_a_video."""
