"""Entries of the audit as sentences that a person reads."""

from collections.abc import Callable
from typing import Any

from siapp.core.domain import AccountStatus, Action, AuditEntry, Deed, Outcome, Role
from siapp.core.i18n import _
from siapp.ui.account import ROLES
from siapp.ui.marks import Mark, Shape
from siapp.ui.words import Words

OUTCOME_MARKS: dict[Outcome, Mark] = {
    Outcome.DONE: Mark(Shape.CHECK, "muted", _("Done")),
    Outcome.REFUSED: Mark(Shape.CROSS, "alarm", _("Refused")),
}

KINDS: dict[str, str] = {
    "user": _("Users"),
    "device": _("Devices"),
    "algorithm": _("Algorithms"),
    "task": _("Tasks"),
    "test": _("Algorithm tests"),
    "setting": _("Settings"),
    "diagnostics": _("Diagnostics"),
    "audit": _("Audit"),
    "metrics": _("Figures"),
    "unknown": _("Unknown"),
}

INTENTIONS: dict[Action, str] = {
    Action.USER_REGISTER: _("Ask for an account"),
    Action.USER_ADD: _("Add a user"),
    Action.USER_SIGN_IN: _("Sign in"),
    Action.USER_SIGN_OUT: _("Sign out"),
    Action.USER_UNLOCK: _("Unlock the desk"),
    Action.USER_PASSWORD: _("Set a password"),
    Action.USER_STATUS: _("Review a user"),
    Action.USER_ROLE: _("Change a role"),
    Action.USER_DELETE: _("Delete a user"),
    Action.SESSION_REVOKE: _("End a stolen sign-in"),
    Action.USER_READ: _("Read the users"),
    Action.DEVICE_ADD: _("Add a camera"),
    Action.DEVICE_EDIT: _("Edit a camera"),
    Action.DEVICE_DELETE: _("Delete a camera"),
    Action.DEVICE_CHECK: _("Check a camera"),
    Action.ALGORITHM_ADD: _("Upload an algorithm"),
    Action.ALGORITHM_ADD_VERSION: _("Upload a version"),
    Action.ALGORITHM_OPTIMIZE: _("Optimise a version"),
    Action.ALGORITHM_ACTIVATE: _("Activate a version"),
    Action.ALGORITHM_TRY: _("Try an algorithm"),
    Action.ALGORITHM_DELETE: _("Delete an algorithm"),
    Action.ALGORITHM_DELETE_VERSION: _("Delete a version"),
    Action.TASK_ADD: _("Make a task"),
    Action.TASK_EDIT: _("Edit a task"),
    Action.TASK_START: _("Start a task"),
    Action.TASK_STOP: _("Stop a task"),
    Action.TASK_DELETE: _("Delete a task"),
    Action.TEST_ADD: _("Make a test"),
    Action.TEST_EDIT: _("Edit a test"),
    Action.TEST_START: _("Start a test"),
    Action.TEST_STOP: _("Stop a test"),
    Action.TEST_DELETE: _("Delete a test"),
    Action.AUDIT_READ: _("Read the audit"),
    Action.AUDIT_CUT: _("Cut old entries off"),
    Action.METRICS_READ: _("Read the figures"),
    Action.SETTING_READ: _("Read the settings"),
    Action.SETTING_CHANGE: _("Change a setting"),
    Action.DIAGNOSTICS_MAKE: _("Make a diagnostics bundle"),
    Action.UNKNOWN: _("Something unknown"),
}
"""What was intended, for the filter and for what was refused."""

_SENTENCES: dict[Action, str] = {
    Action.USER_REGISTER: _("{actor} asked for an account"),
    Action.USER_SIGN_IN: _("{actor} signed in"),
    Action.USER_SIGN_OUT: _("{actor} signed out"),
    Action.USER_UNLOCK: _("{actor} unlocked the desk"),
    Action.USER_DELETE: _("{actor} deleted the user {name}"),
    Action.SESSION_REVOKE: _("A sign-in of {name} was ended, because its token was used twice"),
    Action.DEVICE_ADD: _("{actor} added the camera {name}"),
    Action.DEVICE_EDIT: _("{actor} edited the camera {name}"),
    Action.DEVICE_DELETE: _("{actor} deleted the camera {name}"),
    Action.ALGORITHM_ADD: _("{actor} uploaded the algorithm {name}"),
    Action.ALGORITHM_ADD_VERSION: _("{actor} uploaded version {version} of {name}"),
    Action.ALGORITHM_OPTIMIZE: _("{actor} had version {version} of {name} made by optimising"),
    Action.ALGORITHM_ACTIVATE: _("{actor} activated version {version} of {name}"),
    Action.ALGORITHM_DELETE: _("{actor} deleted the algorithm {name}"),
    Action.ALGORITHM_DELETE_VERSION: _("{actor} deleted version {version} of {name}"),
    Action.TASK_ADD: _("{actor} made the task {name}"),
    Action.TASK_EDIT: _("{actor} edited the task {name}"),
    Action.TASK_START: _("{actor} started the task {name}"),
    Action.TASK_STOP: _("{actor} stopped the task {name}"),
    Action.TASK_DELETE: _("{actor} deleted the task {name}"),
    Action.TEST_ADD: _("{actor} made the test {name}"),
    Action.TEST_EDIT: _("{actor} edited the test {name}"),
    Action.TEST_START: _("{actor} started the test {name}"),
    Action.TEST_STOP: _("{actor} stopped the test {name}"),
    Action.TEST_DELETE: _("{actor} deleted the test {name}"),
    Action.DIAGNOSTICS_MAKE: _("{actor} made the diagnostics bundle {name}"),
    Action.AUDIT_CUT: _("{actor} cut {entries} old entries off"),
    Action.UNKNOWN: _("{actor} did something that this siapp doesn't know"),
}

_REASONS: dict[str, str] = {
    "forbidden": _("the role does not allow it"),
    "invalid_credentials": _("wrong name or password"),
    "wrong_password": _("wrong password"),
    "account_pending": _("the account waits for review"),
    "account_rejected": _("the account is rejected"),
    "account_disabled": _("the account is disabled"),
    "too_many_tries": _("too many tries"),
    "name_taken": _("the name is taken"),
    "last_admin": _("the last administrator stays"),
    "device_in_use": _("the camera is in use"),
    "algorithm_in_use": _("the algorithm is in use"),
    "task_running": _("the task is running"),
    "setting_fixed": _("it is given elsewhere"),
    "others": _("many different attempts"),
}


def intention(words: Words, action: Action) -> str:
    known = INTENTIONS.get(action)
    return words(known) if known is not None else action.value


def kind_word(words: Words, kind: str) -> str:
    return words(KINDS[kind]) if kind in KINDS else kind


def actor_word(words: Words, entry: AuditEntry) -> str:
    """`?` stands for somebody who has not proved who it is."""
    return words(_("Somebody")) if entry.actor == "?" else entry.actor


def sentence(words: Words, entry: AuditEntry) -> str:
    """What was done, or what somebody was refused."""
    return _refused(words, entry) if entry.deed.outcome is Outcome.REFUSED else _done(words, entry)


def reason(words: Words, deed: Deed) -> str:
    """Why it was refused; its code where there is no sentence for it."""
    code = str((deed.after or {}).get("code", "?"))
    return words(_REASONS[code]) if code in _REASONS else code


def object_word(deed: Deed) -> str:
    if deed.object_name:
        return f"“{deed.object_name}”"
    return f"#{deed.object_id}" if deed.object_id is not None else "–"


def _done(words: Words, entry: AuditEntry) -> str:
    deed = entry.deed
    message, more = _SPECIAL[deed.action](entry) if deed.action in _SPECIAL else (_SENTENCES.get(deed.action), {})
    if message is None:
        return f"{actor_word(words, entry)}: {intention(words, deed.action)} {object_word(deed)}"
    told = {key: words(value) if isinstance(value, str) else value for key, value in more.items()}
    after, before = deed.after or {}, deed.before or {}
    version = after.get("version", after.get("active_version", before.get("version", "?")))
    values = {"version": version, "entries": after.get("entries", "?")} | told
    return words(message, actor=actor_word(words, entry), name=object_word(deed), **values)


def _refused(words: Words, entry: AuditEntry) -> str:
    deed = entry.deed
    told = object_word(deed)
    about = "" if told == "–" or deed.object_name == entry.actor else f" {told}"
    who, what, why = actor_word(words, entry), intention(words, deed.action) + about, reason(words, deed)
    times = (deed.after or {}).get("times")
    if times:
        return words(_("{actor}: {what} – {why}; {times} more times"), actor=who, what=what, why=why, times=times)
    return words(_("{actor}: {what} – {why}"), actor=who, what=what, why=why)


_Told = tuple[str, dict[str, Any]]


def _role(entry: AuditEntry) -> str:
    role = (entry.deed.after or {}).get("role")
    return ROLES[Role(role)] if role in list(Role) else "?"


def _added_user(entry: AuditEntry) -> _Told:
    return _("{actor} added the user {name} as {role}"), {"role": _role(entry)}


def _password(entry: AuditEntry) -> _Told:
    own = entry.actor == entry.deed.object_name
    return (_("{actor} changed their password") if own else _("{actor} set a new password for {name}")), {}


def _new_role(entry: AuditEntry) -> _Told:
    return _("{actor} made {name} {role}"), {"role": _role(entry)}


def _status(entry: AuditEntry) -> _Told:
    before, after = entry.deed.before or {}, entry.deed.after or {}
    match after.get("status"):
        case AccountStatus.APPROVED.value if before.get("status") == AccountStatus.DISABLED.value:
            return _("{actor} enabled {name} again"), {}
        case AccountStatus.APPROVED.value if "role" in after:
            return _("{actor} approved {name} as {role}"), {"role": _role(entry)}
        case AccountStatus.APPROVED.value:
            return _("{actor} approved {name}"), {}
        case AccountStatus.REJECTED.value:
            return _("{actor} rejected {name}"), {}
        case AccountStatus.DISABLED.value:
            return _("{actor} disabled {name}"), {}
    return _("{actor} put {name} back to review"), {}


def _checked(entry: AuditEntry) -> _Told:
    if (entry.deed.after or {}).get("reachable"):
        return _("{actor} checked a camera: it answers"), {}
    return _("{actor} checked a camera: it does not answer"), {}


def _setting(entry: AuditEntry) -> _Told:
    before, after = ((one or {}).get("value") for one in (entry.deed.before, entry.deed.after))
    return _("{actor} changed the setting {name} from {before} to {after}"), {
        "before": _plain(before),
        "after": _plain(after),
    }


def _plain(value: object) -> object:
    """A text in quotes is not taken for a sentence to be translated."""
    if isinstance(value, list):
        return ", ".join(f"“{one}”" for one in value) or "–"
    return "–" if value in (None, "") else f"“{value}”" if isinstance(value, str) else value


_SPECIAL: dict[Action, Callable[[AuditEntry], _Told]] = {
    Action.USER_ADD: _added_user,
    Action.USER_PASSWORD: _password,
    Action.USER_ROLE: _new_role,
    Action.USER_STATUS: _status,
    Action.DEVICE_CHECK: _checked,
    Action.SETTING_CHANGE: _setting,
}
