"""Who may use which route: one frozen row for each, and the only place where routes come from.

Closed by default by construction: the router is built from these rows, so what has no row does not exist. The gate,
the OpenAPI document and the role matrix of the tests all read this table.

A new route takes a row here, a handler in `handlers/`, and its documentation in `operations.py` under the handler's
name; the program does not start where one of the three is missing. Where it asks for more than a sign-in, its handler
has a name in ACTIONS, too.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from siapp.core.domain import Action, Role


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


class Rule(Enum):
    """On which object a route may be used, beyond who may use it. Read as: "It concerns ..."."""

    NO_OBJECT = "no single object"
    PUBLIC_FILE = "a file that anybody may read"
    OWN_ACCOUNT = "the caller's own account"
    ANY = "any object, whoever made it"
    UNUSED = "any object, whoever made it, that nothing uses at present (409 otherwise)"
    AT_REST = "any object, whoever made it, that is not running (409 otherwise)"
    LAST_ADMIN_STAYS = "any account, but the last administrator stays one (409 otherwise)"

    @property
    def names_object(self) -> bool:
        """Whether the path says which object it is."""
        return self not in (Rule.NO_OBJECT, Rule.OWN_ACCOUNT)


@dataclass(frozen=True, slots=True)
class Row:
    """One route. `handler`: "module.function" in siapp.net.handlers; a `socket` is opened by an HTTP upgrade.

    `metrics_token`: whether a program with the token of the setting SIAPP_METRICS_TOKEN is let in too. It can do
    nothing else: it stands for no account. `by_key`: whether an access key in the query (`?access=`) may stand for the
    token of whoever asked for it.
    """

    method: str
    path: str
    who: Who
    handler: str
    rule: Rule = Rule.NO_OBJECT
    socket: bool = False
    metrics_token: bool = False
    by_key: bool = False

    @property
    def action(self) -> Action | None:
        """What the audit calls an attempt that is refused for the caller's role."""
        return ACTIONS.get(self.handler)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the path's variable parts, in order."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def pattern(self) -> str:
        """The paths of this row as a regular expression."""
        return "[^/]+".join(re.escape(part) for part in re.split(r"\{\w+\}", self.path))


def _socket(path: str, handler: str, rule: Rule = Rule.ANY) -> Row:
    return Row("GET", path, Who.SIGNED_IN, f"sockets.{handler}", rule, socket=True)


_VERSION = "/algorithms/{algorithm_id}/versions/{version}"

POLICY: tuple[Row, ...] = (
    Row("GET", "/health", Who.OPEN, "system.health"),
    Row("GET", "/metrics", Who.ADMIN, "system.metrics", metrics_token=True),
    Row("GET", "/openapi.json", Who.OPEN, "docs.document"),
    Row("GET", "/docs", Who.OPEN, "docs.page"),
    Row("GET", "/docs/{asset}", Who.OPEN, "docs.file", Rule.PUBLIC_FILE),
    Row("GET", "/", Who.OPEN, "page.index"),
    Row("GET", "/page/{file}", Who.OPEN, "page.file", Rule.PUBLIC_FILE),
    Row("GET", "/page/{folder}/{module}", Who.OPEN, "page.file_in_folder", Rule.PUBLIC_FILE),
    Row("GET", "/theme.css", Who.OPEN, "page.theme"),
    Row("POST", "/register", Who.OPEN, "accounts.register"),
    Row("POST", "/token", Who.OPEN, "accounts.sign_in"),
    Row("POST", "/token/refresh", Who.OPEN, "accounts.refresh"),
    Row("POST", "/logout", Who.SIGNED_IN, "accounts.sign_out", Rule.OWN_ACCOUNT),
    Row("GET", "/verify", Who.SIGNED_IN, "accounts.verify", Rule.OWN_ACCOUNT),
    Row("GET", "/users/me", Who.SIGNED_IN, "accounts.me", Rule.OWN_ACCOUNT),
    Row("PUT", "/users/me/password", Who.SIGNED_IN, "accounts.change_password", Rule.OWN_ACCOUNT),
    Row("GET", "/users", Who.ADMIN, "accounts.list_users"),
    Row("PUT", "/users/{user_id}/status", Who.ADMIN, "accounts.set_status", Rule.LAST_ADMIN_STAYS),
    Row("PUT", "/users/{user_id}/role", Who.ADMIN, "accounts.set_role", Rule.LAST_ADMIN_STAYS),
    Row("DELETE", "/users/{user_id}", Who.ADMIN, "accounts.delete", Rule.LAST_ADMIN_STAYS),
    Row("GET", "/audit", Who.ADMIN, "audit.list_all"),
    Row("POST", "/devices", Who.OPERATOR, "devices.add"),
    Row("GET", "/devices", Who.SIGNED_IN, "devices.list_all"),
    Row("POST", "/devices/check", Who.OPERATOR, "devices.check"),
    Row("GET", "/devices/{device_id}", Who.SIGNED_IN, "devices.get", Rule.ANY),
    Row("PUT", "/devices/{device_id}", Who.OPERATOR, "devices.update", Rule.ANY),
    Row("DELETE", "/devices/{device_id}", Who.OPERATOR, "devices.delete", Rule.UNUSED),
    Row("POST", "/algorithms", Who.OPERATOR, "algorithms.add"),
    Row("GET", "/algorithms", Who.SIGNED_IN, "algorithms.list_all"),
    Row("GET", "/algorithms/{algorithm_id}", Who.SIGNED_IN, "algorithms.get", Rule.ANY),
    Row("DELETE", "/algorithms/{algorithm_id}", Who.OPERATOR, "algorithms.delete", Rule.UNUSED),
    Row("POST", "/algorithms/{algorithm_id}/versions", Who.OPERATOR, "algorithms.add_version", Rule.ANY),
    Row("PUT", "/algorithms/{algorithm_id}/active-version", Who.OPERATOR, "algorithms.activate", Rule.ANY),
    Row("DELETE", _VERSION, Who.OPERATOR, "algorithms.delete_version", Rule.UNUSED),
    Row("POST", f"{_VERSION}/optimize", Who.OPERATOR, "algorithms.optimize", Rule.ANY),
    Row("POST", "/tasks", Who.OPERATOR, "tasks.add"),
    Row("GET", "/tasks", Who.SIGNED_IN, "tasks.list_all"),
    Row("GET", "/tasks/{task_id}", Who.SIGNED_IN, "tasks.get", Rule.ANY),
    Row("PUT", "/tasks/{task_id}", Who.OPERATOR, "tasks.update", Rule.ANY),
    Row("DELETE", "/tasks/{task_id}", Who.OPERATOR, "tasks.delete", Rule.AT_REST),
    Row("POST", "/tasks/{task_id}/start", Who.OPERATOR, "tasks.start", Rule.ANY),
    Row("POST", "/tasks/{task_id}/stop", Who.OPERATOR, "tasks.stop", Rule.ANY),
    Row("GET", "/tasks/{task_id}/log", Who.SIGNED_IN, "tasks.log", Rule.ANY),
    Row("POST", "/test-tasks", Who.OPERATOR, "test_tasks.add"),
    Row("GET", "/test-tasks", Who.SIGNED_IN, "test_tasks.list_all"),
    Row("GET", "/test-tasks/{test_id}", Who.SIGNED_IN, "test_tasks.get", Rule.ANY),
    Row("DELETE", "/test-tasks/{test_id}", Who.OPERATOR, "test_tasks.delete", Rule.AT_REST),
    Row("POST", "/test-tasks/{test_id}/start", Who.OPERATOR, "test_tasks.start", Rule.ANY),
    Row("POST", "/test-tasks/{test_id}/stop", Who.OPERATOR, "test_tasks.stop", Rule.ANY),
    Row("GET", "/test-tasks/{test_id}/log", Who.SIGNED_IN, "test_tasks.log", Rule.ANY),
    Row("GET", "/results/{task_name}/frames", Who.SIGNED_IN, "results.frames", Rule.ANY),
    Row("GET", "/results/{task_name}/check-video", Who.SIGNED_IN, "results.check_video", Rule.ANY),
    Row("GET", "/results/{task_name}/{file_name}", Who.SIGNED_IN, "results.file", Rule.ANY, by_key=True),
    Row("POST", "/results/{task_name}/access", Who.SIGNED_IN, "results.access", Rule.ANY),
    _socket("/ws/device-preview/{device_id}", "device_preview"),
    _socket("/ws/tasks/{task_id}", "task"),
    _socket("/ws/monitor-tasks/{task_id}", "task"),  # the path of the system that siapp replaces
    _socket("/ws/events", "events", Rule.NO_OBJECT),
)


ACTIONS: Mapping[str, Action] = {
    "system.metrics": Action.METRICS_READ,
    "accounts.list_users": Action.USER_READ,
    "accounts.set_status": Action.USER_STATUS,
    "accounts.set_role": Action.USER_ROLE,
    "accounts.delete": Action.USER_DELETE,
    "audit.list_all": Action.AUDIT_READ,
    "devices.add": Action.DEVICE_ADD,
    "devices.check": Action.DEVICE_CHECK,
    "devices.update": Action.DEVICE_EDIT,
    "devices.delete": Action.DEVICE_DELETE,
    "algorithms.add": Action.ALGORITHM_ADD,
    "algorithms.delete": Action.ALGORITHM_DELETE,
    "algorithms.add_version": Action.ALGORITHM_ADD_VERSION,
    "algorithms.activate": Action.ALGORITHM_ACTIVATE,
    "algorithms.delete_version": Action.ALGORITHM_DELETE_VERSION,
    "algorithms.optimize": Action.ALGORITHM_OPTIMIZE,
    "tasks.add": Action.TASK_ADD,
    "tasks.update": Action.TASK_EDIT,
    "tasks.delete": Action.TASK_DELETE,
    "tasks.start": Action.TASK_START,
    "tasks.stop": Action.TASK_STOP,
    "test_tasks.add": Action.TEST_ADD,
    "test_tasks.delete": Action.TEST_DELETE,
    "test_tasks.start": Action.TEST_START,
    "test_tasks.stop": Action.TEST_STOP,
}
"""By handler, of each row that asks for more than a sign-in: what the audit calls an attempt that is refused there."""


def methods_of(path: str) -> set[str]:
    """Every method that an address of the table takes; what can be read answers HEAD, too, but a socket does not."""
    rows = [row for row in POLICY if row.path == path]
    read = {"HEAD" for row in rows if row.method == "GET" and not row.socket}
    return read | {row.method for row in rows}


def bind(policy: Iterable[Row], handlers: Mapping[str, Any], documented: Container[str]) -> dict[Row, Any]:
    """Each row with its handler.

    Raises RuntimeError for a row or a handler that stands alone, a row twice, a row that `documented` (handlers with
    documentation) or the audit's ACTIONS lack, or a rule that does not fit its path.
    """
    rows = tuple(policy)
    alone = {row.handler for row in rows} ^ handlers.keys()
    if alone:
        raise RuntimeError(f"rows and handlers do not match: {', '.join(sorted(alone))}")
    if len({(row.method, row.path) for row in rows}) != len(rows):
        raise RuntimeError("a route has two rows")
    for row in rows:
        if row.handler not in documented:
            raise RuntimeError(f"{row.method} {row.path} has no documentation in operations.py")
        if row.who.role not in (None, Role.VIEWER) and row.action is None:
            raise RuntimeError(f"{row.method} {row.path} has no name in ACTIONS for the audit of its refusals")
        if row.rule.names_object != bool(row.parameters):
            raise RuntimeError(f"{row.method} {row.path} has a rule that does not fit its path")
    return {row: handlers[row.handler] for row in rows}
