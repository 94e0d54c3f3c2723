"""Who may: asked by every service method that changes or shows something, and each refusal goes into the audit."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from siapp.core.domain import Action, Actor, Role
from siapp.core.errors import Conflict, Forbidden, OutOfBounds, OutOfSpace, SiappError, TooLarge, TooMany
from siapp.core.i18n import _

P = ParamSpec("P")
R = TypeVar("R")

TOO_MUCH = (OutOfSpace, TooLarge, TooMany)
"""What exceeds a limit: refused and written down as what a role or the state of things forbids."""


class Refusals(Protocol):
    """Where refused attempts are written down."""

    async def refused(
        self,
        actor: Actor,
        action: Action,
        error: SiappError,
        object_id: int | None = None,
        object_name: str | None = None,
    ) -> None: ...


class Audited(Protocol):
    """A service whose refusals are written down."""

    @property
    def _audit(self) -> Refusals: ...


S = TypeVar("S", bound=Audited)


def require(actor: Actor, role: Role) -> None:
    """Raises Forbidden unless `actor` has `role` or more."""
    if not actor.role.covers(role):
        raise Forbidden(
            "forbidden",
            _("Your role does not allow this. Ask an administrator for the role “{role}”."),
            role=role.value,
        )


def stranger(address: str) -> Actor:
    """Somebody who has not said, or not proved, who it is."""
    return Actor(0, "?", Role.VIEWER, address)


def permitted(
    role: Role, action: Action
) -> Callable[
    [Callable[Concatenate[S, Actor, P], Awaitable[R]]], Callable[Concatenate[S, Actor, P], Coroutine[Any, Any, R]]
]:
    """A service method for actors of `role` or more. What it refuses, for their role, for how things stand, for where
    it would lead or as too much, is written down as an attempt at `action`.

    The object is the method's first argument after the actor, where that is called something_id or name.
    """

    def decorate(
        method: Callable[Concatenate[S, Actor, P], Awaitable[R]],
    ) -> Callable[Concatenate[S, Actor, P], Coroutine[Any, Any, R]]:
        first = next(iter(list(inspect.signature(method).parameters)[2:]), "")

        @functools.wraps(method)
        async def guarded(self: S, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                require(actor, role)
                return await method(self, actor, *args, **kwargs)
            except (Forbidden, Conflict, OutOfBounds, *TOO_MUCH) as error:
                object_id, object_name = _object(first, args[0] if args else kwargs.get(first))
                await self._audit.refused(actor, action, error, object_id, object_name)
                raise

        return guarded

    return decorate


def _object(parameter: str, value: object) -> tuple[int | None, str | None]:
    """Number and name of what a call is about. No other argument is looked at: it could be a password."""
    if parameter.endswith("_id") and isinstance(value, int):
        return value, None
    return None, value if parameter == "name" and isinstance(value, str) else None
