"""Who may use which route: one frozen row for each, and the only place where routes come from.

Closed by default by construction: the router is built from these rows, so what has no row does not exist.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from siapp.core.domain import Role


class Who(Enum):
    """Whom a route lets in. Each role includes the ones before it."""

    OPEN = None
    SIGNED_IN = Role.VIEWER
    OPERATOR = Role.OPERATOR
    ADMIN = Role.ADMIN

    @property
    def role(self) -> Role | None:
        """The least role that is let in; None where nobody has to sign in."""
        return Role(self.value) if self.value is not None else None


@dataclass(frozen=True, slots=True)
class Row:
    """One route. `handler`: "module.function" in siapp.net.handlers; a `socket` is opened by an HTTP upgrade."""

    method: str
    path: str
    who: Who
    handler: str
    socket: bool = False


def _socket(path: str, handler: str) -> Row:
    return Row("GET", path, Who.SIGNED_IN, f"sockets.{handler}", socket=True)


POLICY: tuple[Row, ...] = (
    Row("GET", "/health", Who.OPEN, "system.health"),
    Row("GET", "/", Who.OPEN, "page.index"),
    Row("GET", "/page/{file}", Who.OPEN, "page.file"),
    Row("GET", "/page/texts/{language}", Who.OPEN, "page.texts"),
    Row("GET", "/theme.css", Who.OPEN, "page.theme"),
    Row("POST", "/register", Who.OPEN, "accounts.register"),
    Row("POST", "/token", Who.OPEN, "accounts.sign_in"),
    Row("POST", "/token/refresh", Who.OPEN, "accounts.refresh"),
    Row("POST", "/logout", Who.SIGNED_IN, "accounts.sign_out"),
    Row("GET", "/verify", Who.SIGNED_IN, "accounts.verify"),
    Row("GET", "/users/me", Who.SIGNED_IN, "accounts.me"),
    Row("GET", "/users", Who.ADMIN, "accounts.list_users"),
    Row("PUT", "/users/{user_id}/status", Who.ADMIN, "accounts.set_status"),
    Row("POST", "/devices", Who.OPERATOR, "devices.add"),
    Row("GET", "/devices", Who.SIGNED_IN, "devices.list_all"),
    Row("POST", "/devices/check", Who.OPERATOR, "devices.check"),
    Row("GET", "/devices/{device_id}", Who.SIGNED_IN, "devices.get"),
    Row("PUT", "/devices/{device_id}", Who.OPERATOR, "devices.update"),
    Row("DELETE", "/devices/{device_id}", Who.OPERATOR, "devices.delete"),
    Row("POST", "/algorithms", Who.OPERATOR, "algorithms.add"),
    Row("GET", "/algorithms", Who.SIGNED_IN, "algorithms.list_all"),
    Row("GET", "/algorithms/{algorithm_id}", Who.SIGNED_IN, "algorithms.get"),
    Row("DELETE", "/algorithms/{algorithm_id}", Who.OPERATOR, "algorithms.delete"),
    Row("POST", "/algorithms/{algorithm_id}/versions", Who.OPERATOR, "algorithms.add_version"),
    Row("PUT", "/algorithms/{algorithm_id}/active-version", Who.OPERATOR, "algorithms.activate"),
    Row("DELETE", "/algorithms/{algorithm_id}/versions/{version}", Who.OPERATOR, "algorithms.delete_version"),
    Row("POST", "/algorithms/{algorithm_id}/versions/{version}/optimize", Who.OPERATOR, "algorithms.optimize"),
    Row("POST", "/tasks", Who.OPERATOR, "tasks.add"),
    Row("GET", "/tasks", Who.SIGNED_IN, "tasks.list_all"),
    Row("GET", "/tasks/{task_id}", Who.SIGNED_IN, "tasks.get"),
    Row("PUT", "/tasks/{task_id}", Who.OPERATOR, "tasks.update"),
    Row("DELETE", "/tasks/{task_id}", Who.OPERATOR, "tasks.delete"),
    Row("POST", "/tasks/{task_id}/start", Who.OPERATOR, "tasks.start"),
    Row("POST", "/tasks/{task_id}/stop", Who.OPERATOR, "tasks.stop"),
    Row("GET", "/tasks/{task_id}/log", Who.SIGNED_IN, "tasks.log"),
    _socket("/ws/device-preview/{device_id}", "device_preview"),
    _socket("/ws/tasks/{task_id}", "task"),
    _socket("/ws/monitor-tasks/{task_id}", "task"),  # the path of the system that siapp replaces
    _socket("/ws/events", "events"),
)


def bind(policy: Iterable[Row], handlers: Mapping[str, Any]) -> dict[Row, Any]:
    """Each row with its handler. Raises RuntimeError for a row or a handler that stands alone, or a row twice."""
    rows = tuple(policy)
    wanted = {row.handler for row in rows}
    alone = wanted ^ handlers.keys()
    if alone:
        raise RuntimeError(f"rows and handlers do not match: {', '.join(sorted(alone))}")
    if len({(row.method, row.path) for row in rows}) != len(rows):
        raise RuntimeError("a route has two rows")
    return {row: handlers[row.handler] for row in rows}
