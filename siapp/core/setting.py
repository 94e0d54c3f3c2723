"""What a setting is apart from its value: where it is shown, what it is measured in, who may change it and where."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import AliasChoices, Field

PREFIX = "SIAPP_"


class Group(StrEnum):
    """The section of the settings page."""

    SERVER = "server"
    SIGN_IN = "sign_in"
    STORAGE = "storage"
    ANALYSIS = "analysis"
    TESTS = "tests"
    AUDIT = "audit"
    LOGGING = "logging"


class Unit(StrEnum):
    """What a number counts."""

    NONE = "none"
    BYTES = "bytes"
    DAYS = "days"
    MINUTES = "minutes"


class Kind(StrEnum):
    """What a value looks like, and so how it is asked for."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    PATH = "path"
    LIST = "list"
    SECRET = "secret"


class Origin(StrEnum):
    """Where a value comes from, the weakest first."""

    DEFAULT = "default"
    FILE = "file"
    DOTENV = ".env"
    ENVIRONMENT = "environment"
    GIVEN = "command line"

    @property
    def fixed(self) -> bool:
        """Whether it beats what is changed in the window."""
        return self not in (Origin.DEFAULT, Origin.FILE)


@dataclass(frozen=True, slots=True)
class Traits:
    """`live`: a change counts at once, not from the next start on. `editable`: in the window and by `siapp settings`.
    `suggestions`: values that are usual where others are possible, too."""

    group: Group
    unit: Unit = Unit.NONE
    live: bool = False
    editable: bool = True
    suggestions: tuple[str, ...] = ()


def declared(name: str, title: str, description: str, traits: Traits, *, original: bool = False, **options: Any) -> Any:
    """One setting of `Settings`, read from SIAPP_`name`. `original`: also from `name`, as in the system that siapp
    replaces; without the prefix any other name would catch variables of other programs. `options`: Field's own.
    """
    names = (f"{PREFIX}{name}", name) if original else (f"{PREFIX}{name}",)
    extra: Callable[[dict[str, Any]], None] = _Extra(traits)
    return Field(
        title=title,
        description=description,
        validation_alias=AliasChoices(*names),
        json_schema_extra=extra,
        **options,
    )


@dataclass(frozen=True, slots=True)
class _Extra:
    """Carries the traits where pydantic has room for what it does not know."""

    traits: Traits

    def __call__(self, schema: dict[str, Any]) -> None:
        schema["group"] = self.traits.group.value


def traits_of(extra: object) -> Traits:
    """What `declared` was given, from the field's `json_schema_extra`."""
    if not isinstance(extra, _Extra):
        raise TypeError("a setting is made by `declared`")
    return extra.traits
