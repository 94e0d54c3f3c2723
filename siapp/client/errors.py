"""What can go wrong between a program and a station, as few errors with a meaning."""

from collections.abc import Mapping


class ClientError(Exception):
    """Anything that this package raises."""


class Unreachable(ClientError):
    """Nobody answers at the station's address, or the connection broke."""


class Unexpected(ClientError):
    """What answers is no siapp, or one that this client is too old for."""


class Refused(ClientError):
    """The station said no. `code`: stable, for programs; `sentence`: for people, in the client's language;
    `status`: HTTP's, or a WebSocket's close code less 4000; `retry_after_s`: when to come back, where that is known;
    `request_id`: what the station's log has it under."""

    def __init__(
        self,
        code: str,
        sentence: str,
        status: int,
        *,
        retry_after_s: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status
        self.retry_after_s = retry_after_s
        self.request_id = request_id


class NotSignedIn(Refused):
    """401: no sign-in, or one that is not good any more."""


class Forbidden(Refused):
    """403: known, but not allowed; also an account that waits for its review."""


class NotFound(Refused):
    """404."""


class Conflict(Refused):
    """409: right in itself, but not now."""


class TooLarge(Refused):
    """413."""


class InvalidInput(Refused):
    """422."""


class TooMany(Refused):
    """429; `retry_after_s` says when to come back."""


class Unavailable(Refused):
    """503: a part that the station needs is away for now; `retry_after_s` says when to come back."""


class OutOfSpace(Refused):
    """507: the quota of the account or the disk of the station is full."""


_KINDS: Mapping[int, type[Refused]] = {
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: InvalidInput,
    429: TooMany,
    503: Unavailable,
    507: OutOfSpace,
}


def refusal(
    status: int,
    code: str,
    sentence: str,
    *,
    retry_after_s: float | None = None,
    request_id: str | None = None,
) -> Refused:
    """The error of the right kind for a status."""
    kind = _KINDS.get(status, Refused)
    return kind(code, sentence, status, retry_after_s=retry_after_s, request_id=request_id)
