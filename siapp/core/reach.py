"""How the station is reached and who is connected: what the server tells the window."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SocketKind(StrEnum):
    """What a WebSocket is for."""

    TASK = "task"
    DEVICE = "device"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class SocketInfo:
    """One open WebSocket. `user`: None until it has signed in. `object_id`: of the task or camera that is watched.
    `sent_bytes` and `pictures`: since it was opened."""

    id: int
    user: str | None
    address: str
    kind: SocketKind
    object_id: int | None
    since: datetime
    sent_bytes: int
    pictures: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """The server's own. `names`: that it is good for; times in UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Where the server listens, under which addresses others may reach it, and what protects that."""

    host: str
    port: int
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    certificate: Certificate | None
