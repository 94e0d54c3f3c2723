"""How many WebSockets there may be, so that no one keeps the others out."""

from collections.abc import Iterator

from siapp.core.errors import TooMany
from siapp.core.i18n import _
from siapp.net.sockets.channel import Channel
from siapp.net.sockets.wire import CloseCode

MOST_SOCKETS = 1000
MOST_OF_ONE_ACCOUNT = 500
MOST_STRANGERS = 200
TRY_AGAIN_S = 10


class Seats:
    """The open sockets, the oldest first. A stranger's, which has shown no token yet, takes nobody's seat."""

    def __init__(self) -> None:
        self._channels: dict[Channel, None] = {}

    def __iter__(self) -> Iterator[Channel]:
        return iter(tuple(self._channels))

    def __len__(self) -> int:
        return len(self._channels)

    def take(self, channel: Channel) -> bool:
        """Whether there is room for one more. Where there are too many strangers, the one goes that waited longest:
        whoever means to sign in does so at once."""
        strangers = [one for one in self._channels if not one.has_token]
        if len(self._channels) - len(strangers) >= MOST_SOCKETS:
            return False
        if len(strangers) >= MOST_STRANGERS:
            self._channels.pop(strangers[0])
            strangers[0].end(CloseCode.TOO_SLOW_OR_MANY, "too_many_sockets")
        self._channels[channel] = None
        return True

    def leave(self, channel: Channel) -> None:
        self._channels.pop(channel, None)

    def check(self, channel: Channel) -> None:
        """One that has just signed in. Raises TooMany where its account has too many."""
        account = channel.call.identity.user.id
        of_account = sum(one.call.caller is not None and one.call.caller.user.id == account for one in self._channels)
        if of_account > MOST_OF_ONE_ACCOUNT:
            raise TooMany(
                "too_many_sockets",
                _("Your account has too many live connections open. Close some of its pages or programs first."),
                retry_after_s=TRY_AGAIN_S,
            )
