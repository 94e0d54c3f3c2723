"""Settings as people see them: each with where it comes from; changed and put back, in the window or on the command
line.

What is changed goes into the data folder's settings.json; environment, .env and command line beat it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from siapp.core.domain import Action, Actor, Deed, Problem, Role
from siapp.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from siapp.core.i18n import _
from siapp.core.listening import can_listen
from siapp.core.services.access import Refusals, permitted
from siapp.core.services.audit import AuditService
from siapp.core.setting import Group, Kind, Origin, Traits, Unit, traits_of
from siapp.core.settings import EDITABLE, FIELDS, Settings, checked, is_secret, with_kept
from siapp.core.settings_file import put_aside, read_kept, write_kept

logger = logging.getLogger(__name__)

Value = str | int | float | tuple[str, ...] | None
Check = Callable[[Settings], None]
"""Raises InvalidInput, with its field, where these settings would keep siapp from starting. Blocks."""
Apply = Callable[[Settings], object]
"""Takes over what counts at once. On the loop."""

_FIXED = {
    Origin.GIVEN: _("This is given on the command line and can't be changed here."),
    Origin.ENVIRONMENT: _("This is given by the environment ({variable}) and can't be changed here."),
    Origin.DOTENV: _("This is given by the file .env ({variable}) and can't be changed here."),
}
_MADE = frozenset({"secret_key"})
"""Secrets that siapp makes where nobody gives them."""
_BY_ENVIRONMENT = _("This can be given by the environment only ({variable}).")


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting and its value from the next start on.

    `value`: in JSON's kinds; of a secret whether there is one, as text ("" or ***). `in_use`: the value of this run.
    `least`, `most`: the range of a number, where `least` itself is not allowed if `above`. `choices`: all there are for
    Kind.CHOICE, the usual ones for others.
    """

    name: str
    title: str
    help: str
    group: Group
    kind: Kind
    unit: Unit
    value: Value
    in_use: Value
    default: Value
    origin: Origin
    editable: bool
    live: bool
    optional: bool = False
    least: float | None = None
    most: float | None = None
    above: bool = False
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"SIAPP_{self.name.upper()}"

    @property
    def fixed(self) -> str:
        """Why it can't be changed here, as a sentence with {variable}; "" where it can."""
        return "" if self.editable else _FIXED.get(self.origin, _BY_ENVIRONMENT)

    @property
    def needs_restart(self) -> bool:
        """Whether what is wanted is not what this run goes by."""
        return self.value != self.in_use


class SettingService:
    """One method for each thing a person can intend with settings."""

    def __init__(
        self,
        settings: Settings,
        audit: AuditService,
        appliers: Mapping[str, Apply] | None = None,
        checks: tuple[Check, ...] = (),
    ) -> None:
        """`settings`: of this run. `appliers`: by the names of the settings that are declared live."""
        self._given = settings
        self._in_use = settings
        self._audit_service = audit
        self._appliers = appliers or {}
        self._checks = checks
        self._changing = asyncio.Lock()
        self._faults = settings.faults

    @property
    def _audit(self) -> Refusals:
        return self._audit_service

    @property
    def in_use(self) -> Settings:
        """What this run goes by, with what has been changed at once."""
        return self._in_use

    @permitted(Role.ADMIN, Action.SETTING_READ)
    async def all(self, actor: Actor) -> tuple[Setting, ...]:
        """Every setting, in the order of its declaration."""
        return self._shown(await asyncio.to_thread(self._stored))

    @permitted(Role.ADMIN, Action.SETTING_CHANGE)
    async def change(self, actor: Actor, changes: Mapping[str, Value]) -> tuple[Setting, ...]:
        """Keep new values, None for the default: all of them, or none where one can't be used. Answers all settings.

        Raises InvalidInput with the field to blame, Conflict where a stronger place gives the value.
        """
        for name, value in changes.items():
            self._refuse_fixed(name, value)
        async with self._changing:
            before, after = await asyncio.to_thread(self._keep, dict(changes))
            self._apply(after)
        for name in changes:
            await self._note(actor, name, before, after)
        return self._shown(after)

    async def reset(self, actor: Actor, name: str) -> tuple[Setting, ...]:
        """Back to the default."""
        return await self.change(actor, {name: None})

    def take_faults(self) -> tuple[Problem, ...]:
        """What of the file could not be used at this start; told once."""
        faults, self._faults = self._faults, ()
        return faults

    def put_damaged_aside(self) -> None:
        """At start: keep a file that can't be read under another name. Blocks."""
        folder = self._given.data_dir
        if read_kept(folder).damaged:
            try:
                logger.warning("settings.json is damaged and was kept as %s", put_aside(folder))
            except OSError as error:
                logger.warning("settings.json is damaged and can't be moved: %s", error.strerror)

    def _refuse_fixed(self, name: str, value: Value) -> None:
        """What the file has may always be taken out of it."""
        field = FIELDS.get(name)
        if field is None:
            raise NotFound("no_such_setting", _("There is no setting “{name}”."), name=name)
        origin = self._given.origin(name)
        if origin.fixed and value is not None:
            raise Conflict("setting_fixed", _FIXED[origin], variable=f"SIAPP_{name.upper()}")
        if not traits_of(field.json_schema_extra).editable:
            raise Conflict("setting_fixed", _BY_ENVIRONMENT, variable=f"SIAPP_{name.upper()}")

    def _stored(self) -> Settings:
        """With what the file has now: a command of this machine may have changed it."""
        return with_kept(self._given, read_kept(self._given.data_dir))

    def _keep(self, changes: dict[str, Value]) -> tuple[Settings, Settings]:
        folder, before = self._given.data_dir, self._stored()
        values = {name: value for name, value in read_kept(folder).values.items() if _is_good(name, before)}
        wanted = {name: value for name, value in (values | changes).items() if value is not None}
        after = checked(self._given, wanted)
        for check in self._checks:
            check(after)
        try:
            write_kept(folder, {name: _kept(name, value, after) for name, value in wanted.items()})
        except OSError as error:
            raise Unavailable(
                "settings_not_kept",
                _("The settings can't be kept: {reason}. Nothing was changed."),
                reason=error.strerror or "?",
            ) from error
        return before, after

    def _apply(self, wanted: Settings) -> None:
        """Let what is live count now. The rest stays as it is in use."""
        live = {name: getattr(wanted, name) for name in self._appliers}
        changed = [name for name, value in live.items() if value != getattr(self._in_use, name)]
        self._in_use = self._in_use.model_copy(update=live)
        for name in changed:
            self._appliers[name](self._in_use)
            logger.info("%s is changed, at once", name)

    async def _note(self, actor: Actor, name: str, before: Settings, after: Settings) -> None:
        was, now = (to_json(getattr(one, name)) for one in (before, after))
        if was != now:
            await self._audit_service.done(
                actor, Deed(Action.SETTING_CHANGE, object_name=name, before={"value": was}, after={"value": now})
            )

    def _shown(self, stored: Settings) -> tuple[Setting, ...]:
        return tuple(_setting(name, field, stored, self._in_use) for name, field in FIELDS.items())


def listening_check(in_use: Callable[[], tuple[str, int]]) -> Check:
    """Whether the server could listen where it shall from the next start on. `in_use`: host and port of this run."""

    def check(wanted: Settings) -> None:
        host, port = in_use()
        if (wanted.host, wanted.port) == (host, port):
            return
        if not can_listen(wanted.host, 0):
            raise InvalidInput(
                "bad_setting", _("this is no address of this machine: {host}"), field="host", host=wanted.host
            )
        if wanted.port != port and not can_listen(wanted.host, wanted.port):  # else it is this run that has it
            raise InvalidInput(
                "bad_setting", _("port {port} is taken by another program"), field="port", port=wanted.port
            )

    return check


def _is_good(name: str, settings: Settings) -> bool:
    """Whether the file's value is used, or would be if nothing stronger gave one."""
    return name in EDITABLE and settings.origin(name) is not Origin.DEFAULT


def _kept(name: str, value: Value, settings: Settings) -> Any:
    """As it was understood; as it stands, where something stronger gives another one."""
    return to_json(getattr(settings, name)) if settings.origin(name) is Origin.FILE else value


def to_json(value: object) -> Any:
    """A value as the file has it: a path and a network are texts, several are a list; nothing of a secret."""
    match value:
        case SecretStr():
            return "***"
        case tuple():
            return [str(one) for one in value]
        case Path():
            return str(value)
    return value


def _setting(name: str, field: FieldInfo, stored: Settings, in_use: Settings) -> Setting:
    traits = traits_of(field.json_schema_extra)
    kind, origin = _kind(field), stored.origin(name)
    return Setting(
        name=name,
        title=field.title or name,
        help=field.description or "",
        group=traits.group,
        kind=kind,
        unit=traits.unit,
        value=_value(name, kind, getattr(stored, name)),
        in_use=_value(name, kind, getattr(in_use, name)),
        default=_value(name, kind, field.get_default(call_default_factory=True)),
        origin=origin,
        editable=traits.editable and not origin.fixed,
        live=traits.live,
        optional=type(None) in get_args(field.annotation),
        choices=_choices(field, traits),
        **_range(field),
    )


def _value(name: str, kind: Kind, value: object) -> Value:
    if kind is Kind.SECRET:
        return "***" if value or name in _MADE else ""
    plain = to_json(value)
    return tuple(plain) if isinstance(plain, list) else plain


def _kind(field: FieldInfo) -> Kind:
    if is_secret(field):
        return Kind.SECRET
    if get_origin(field.annotation) is Literal:
        return Kind.CHOICE
    kinds = {int: Kind.WHOLE, float: Kind.NUMBER, Path: Kind.PATH, tuple: Kind.LIST}
    types = [get_origin(one) or one for one in (field.annotation, *get_args(field.annotation))]
    return next((kinds[one] for one in types if one in kinds), Kind.TEXT)


def _choices(field: FieldInfo, traits: Traits) -> tuple[str, ...]:
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else traits.suggestions


def _range(field: FieldInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for limit in field.metadata:
        if (least := getattr(limit, "ge", None)) is not None:
            found["least"] = least
        if (above := getattr(limit, "gt", None)) is not None:
            found |= {"least": above, "above": True}
        if (most := getattr(limit, "le", None)) is not None:
            found["most"] = most
    return found
