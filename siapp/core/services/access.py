"""Who may: one function, used by every service method that changes or shows something."""

from siapp.core.domain import Actor, Role
from siapp.core.errors import Forbidden
from siapp.core.i18n import _


def require(actor: Actor, role: Role) -> None:
    """Raises Forbidden unless `actor` has `role` or more."""
    if not actor.role.covers(role):
        raise Forbidden(
            "forbidden",
            _("Your role does not allow this. Ask an administrator for the role “{role}”."),
            role=role.value,
        )
