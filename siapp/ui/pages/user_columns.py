"""The columns of the page of users."""

from collections.abc import Callable

from siapp.core.domain import AccountStatus, Role, SignIns, User
from siapp.core.i18n import _
from siapp.ui.account import ROLES
from siapp.ui.desk import Desk
from siapp.ui.marks import USER_MARKS
from siapp.ui.widgets.table import Column


def columns(desk: Desk, sign_ins: Callable[[User], SignIns]) -> list[Column[User]]:
    """`sign_ins` tells how an account is signed in, as far as it is known."""
    words = desk.words

    def name(user: User) -> str:
        mine = desk.session.signed_in and user.id == desk.actor.user_id
        return words(_("{name} (you)"), name=user.username) if mine else user.username

    def last(user: User) -> str:
        at = sign_ins(user).last
        return f"{at.astimezone():%Y-%m-%d %H:%M}" if at is not None else "–"

    def last_order(user: User) -> float:
        at = sign_ins(user).last
        return at.timestamp() if at is not None else 0.0

    return [
        Column(
            _("State"),
            lambda user: words(USER_MARKS[user.status].word),
            120,
            mark=lambda user: USER_MARKS[user.status],
            order=lambda user: f"{list(AccountStatus).index(user.status)}{user.username.casefold()}",
        ),
        Column(_("Name"), name, order=lambda user: user.username.casefold()),
        Column(_("Role"), lambda user: words(ROLES[user.role]), 128, order=lambda user: list(Role).index(user.role)),
        Column(
            _("Sessions"),
            lambda user: str(sign_ins(user).now or "–"),
            88,
            right=True,
            spare=2,
            order=lambda user: sign_ins(user).now,
        ),
        Column(_("Last sign-in"), last, 150, spare=3, order=last_order),
        Column(
            _("Asked or added"),
            lambda user: f"{user.created_at.astimezone():%Y-%m-%d %H:%M}",
            150,
            spare=1,
            order=lambda user: user.created_at.timestamp(),
        ),
    ]
