"""How settings are read: from the command line, the environment, .env, and from what was changed in the window.

The names of the system that siapp replaces (DATABASE_URL, SECRET_KEY, ...) go on working beside the SIAPP_ ones.
"""

import logging
import os
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import AliasChoices, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from siapp.core.declarations import (
    DEFAULT_PORT,
    EXAMPLE_SECRET,
    SHORTEST_METRICS_TOKEN,
    SHORTEST_SECRET_BYTES,
    Network,
    Settings,
)
from siapp.core.domain import Problem
from siapp.core.errors import InvalidInput
from siapp.core.i18n import _
from siapp.core.setting import PREFIX, Origin, traits_of
from siapp.core.settings_file import Kept, read_kept, write_kept

__all__ = [
    "BAD_SETTING",
    "DEFAULT_PORT",
    "EDITABLE",
    "EXAMPLE_SECRET",
    "FIELDS",
    "SHORTEST_METRICS_TOKEN",
    "SHORTEST_SECRET_BYTES",
    "Network",
    "Settings",
    "bad_setting",
    "checked",
    "forget_secrets",
    "is_secret",
    "load_settings",
    "put_back",
    "with_kept",
]

logger = logging.getLogger(__name__)

FIELDS: Mapping[str, FieldInfo] = Settings.model_fields
EDITABLE = frozenset(name for name, field in FIELDS.items() if traits_of(field.json_schema_extra).editable)

BAD_SETTING = _("The setting {name} can't be used: {reason}.")
DAMAGED = Problem(
    "settings_damaged",
    _("The file with the settings that were changed in the window was damaged and is not used. It was kept aside."),
)
_LEFT_OUT = _("The setting {name} that was saved in the window can't be used and was left out.")


def load_settings(**overrides: object) -> Settings:
    """Settings from environment and .env; `overrides` (by field name, None ignored) beat both, and what was changed in
    the window comes after them.

    Raises InvalidInput naming the first setting that can't be used, without its value. What the window's file has and
    can't be used is left out: it must not keep siapp from starting.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = _built(given)
    except ValidationError as error:
        first = _first(error)
        raise bad_setting(str(first["loc"][0]) if first["loc"] else "?", first["msg"]) from None
    settings._origins = _origins(given)
    return with_kept(settings, read_kept(settings.data_dir))


def with_kept(settings: Settings, kept: Kept) -> Settings:
    """`settings` with what the window's file has, as far as nothing stronger gives it and it can be used."""
    values = {name: value for name, value in kept.values.items() if name in EDITABLE}
    faults = [DAMAGED] if kept.damaged else []
    while True:
        try:
            made = checked(settings, values)
        except InvalidInput as error:
            wrong = error.field or ""
            faults.append(_left_out(wrong, error))
            del values[wrong]
        else:
            made._faults = tuple(faults)
            return made


def checked(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """`settings` with `values` for what nothing stronger gives. Raises InvalidInput with the field's name."""
    fixed = {name: getattr(settings, name) for name in FIELDS if settings.origin(name).fixed}
    try:
        made = _built({**values, **fixed})
    except ValidationError as error:
        raise _wrong(_first(error)) from None
    made._origins = {name: settings.origin(name) for name in fixed} | {
        name: Origin.FILE for name in values if name not in fixed
    }
    return made


def put_back(settings: Settings, names: tuple[str, ...]) -> Settings:
    """Take what was set in the window back to the defaults, before anything runs. Blocks; OSError where it can't."""
    kept = read_kept(settings.data_dir)
    write_kept(settings.data_dir, {name: value for name, value in kept.values.items() if name not in names})
    logger.warning("put back to the default: %s", ", ".join(names))
    return with_kept(settings, read_kept(settings.data_dir))


def _built(values: Mapping[str, object]) -> Settings:
    given: dict[str, Any] = {f"{PREFIX}{name.upper()}": value for name, value in values.items()}
    return Settings(**given)  # by the environment's names, in place of it


def _first(error: ValidationError) -> Any:
    return error.errors(include_input=False, include_url=False)[0]


def _wrong(error: Any) -> InvalidInput:
    """In words for the field."""
    name = str(error["loc"][0]).removeprefix(PREFIX).lower()
    given = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return InvalidInput("bad_setting", _("at least {least}"), field=name, least=given["ge"])
        case "greater_than":
            return InvalidInput("bad_setting", _("more than {least}"), field=name, least=given["gt"])
        case "less_than_equal":
            return InvalidInput("bad_setting", _("at most {most}"), field=name, most=given["le"])
        case "literal_error":
            return InvalidInput("bad_setting", _("one of {expected}"), field=name, expected=given["expected"])
        case "value_error":
            return InvalidInput("bad_setting", str(given["error"]), field=name)
    return InvalidInput("bad_setting", _("this can't be read"), field=name)


def _left_out(name: str, error: InvalidInput) -> Problem:
    logger.warning("the saved setting %s is left out: %s", name, error)
    return Problem("setting_left_out", _LEFT_OUT, (("name", name),))


def _origins(given: Mapping[str, object]) -> dict[str, Origin]:
    places = (
        (Origin.DOTENV, frozenset(DotEnvSettingsSource(Settings).env_vars)),
        (Origin.ENVIRONMENT, frozenset(EnvSettingsSource(Settings).env_vars)),
    )
    found = {
        name: origin
        for origin, names in places  # the stronger one comes later
        for name, field in FIELDS.items()
        if any(spelt.lower() in names for spelt in _spelt(field))
    }
    return found | dict.fromkeys(given, Origin.GIVEN)


def bad_setting(name: str, reason: str) -> InvalidInput:
    return InvalidInput("bad_setting", BAD_SETTING, name=name, reason=reason)


def forget_secrets() -> None:
    """Take the settings that are secret out of this process's environment, where all that it starts would find them."""
    secret = {name.upper() for field in FIELDS.values() if is_secret(field) for name in _spelt(field)}
    for name in [name for name in os.environ if name.upper() in secret]:
        del os.environ[name]


def is_secret(field: FieldInfo) -> bool:
    return not field.repr or SecretStr in get_args(field.annotation)


def _spelt(field: FieldInfo) -> list[str]:
    """The names of a setting in the environment."""
    alias = field.validation_alias
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else []
