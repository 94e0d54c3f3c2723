"""How long ago something was, in words that fit a tooltip."""

from datetime import datetime, timedelta

from siapp.core.clock import now
from siapp.core.i18n import _
from siapp.ui.words import Words


def age_text(words: Words, moment: datetime) -> str:
    """In the largest unit that is full."""
    age = max(timedelta(), now() - moment)
    if age.days:
        return words(_("{count} days ago"), count=age.days) if age.days > 1 else words(_("1 day ago"))
    hours, minutes = divmod(age.seconds // 60, 60)
    if hours:
        return words(_("{count} h ago"), count=hours)
    if minutes:
        return words(_("{count} min ago"), count=minutes)
    return words(_("{count} s ago"), count=age.seconds)


def moment_text(moment: datetime) -> str:
    """The time, with its date where that is not today."""
    local = moment.astimezone()
    today = now().astimezone().date() == local.date()
    return local.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")
