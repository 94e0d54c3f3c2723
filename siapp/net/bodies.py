"""What comes in: bodies, path numbers and query values, each checked for shape before a service sees it."""

import asyncio
import json
import re
from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http import HttpVersion11
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema

from siapp.core.domain import AccountStatus, Role
from siapp.core.errors import InvalidInput, NotFound, TooLarge
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_NAME
from siapp.core.services.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD
from siapp.core.urls import LONGEST_URL
from siapp.net.problem import too_slow, wrong_content_type

LARGEST_BODY = 1 << 20
LONGEST_TEXT = 4096
LARGEST_NUMBER = 2**31 - 1
MOST_CLASSES = 10_000
BODY_LIMIT_S = 30.0
MOST_FORM_FIELDS = 20
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}")


def _without_nul(text: str) -> str:
    # PostgreSQL can't store it, and no name, address or token has one.
    if "\0" in text:
        raise ValueError("a NUL character")
    return text


Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_without_nul)]
Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
ClassId = Annotated[int, Field(json_schema_extra={"minimum": 0, "maximum": MOST_CLASSES - 1})]
File = Annotated[bytes, WithJsonSchema({"type": "string", "format": "binary"})]
"""The one file of a multipart body; `uploads` reads such bodies, these models only describe them."""


class Body(BaseModel):
    """A JSON object with exactly the fields that are declared, each of exactly its type."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


B = TypeVar("B", bound=Body)


def _shown(example: Any, **limits: str | float) -> Any:
    """How a field looks in the OpenAPI document: an example, and limits that a service checks, with its own words."""
    return Field(examples=[example], json_schema_extra={**limits})


NAME: dict[str, str | float] = {"minLength": 1, "maxLength": LONGEST_NAME, "pattern": r"^[^/\\\x00-\x1f\x7f]+$"}
PASSWORD: dict[str, str | float] = {"minLength": SHORTEST_PASSWORD, "maxLength": LONGEST_PASSWORD, "format": "password"}
CAMERA_URL: dict[str, str | float] = {"minLength": 1, "maxLength": LONGEST_URL}


class Registration(Body):
    username: Annotated[Text, _shown("olga", **NAME)]
    password: Annotated[Text, _shown("a long enough secret", **PASSWORD)]


class SignInForm(Body):
    username: Annotated[Text, _shown("olga")]
    password: Annotated[Text, _shown("a long enough secret", format="password")]


class Refresh(Body):
    refresh_token: Annotated[Text, _shown("0f3a….kL9w…")]


class NewStatus(Body):
    status: Annotated[AccountStatus, _shown("approved")]


class NewRole(Body):
    role: Annotated[Role, _shown("operator")]


class NewPassword(Body):
    current_password: Annotated[Text, _shown("a long enough secret", format="password")]
    new_password: Annotated[Text, _shown("another long secret", **PASSWORD)]


class NewDevice(Body):
    name: Annotated[Text, _shown("Gate", **NAME)]
    rtsp_url: Annotated[Text, _shown("rtsp://user:password@192.168.1.20/live", **CAMERA_URL)]


class DeviceEdit(Body):
    """What is left out stays as it is. `***` in the address keeps the stored password."""

    name: Annotated[Text | None, _shown("Gate, north")] = None
    rtsp_url: Annotated[Text | None, _shown("rtsp://***:***@192.168.1.20/live")] = None


class DeviceCheck(Body):
    """An address, or a camera that is there already, or both: that camera at another address."""

    rtsp_url: Annotated[Text | None, _shown("rtsp://user:password@192.168.1.20/live")] = None
    device_id: Annotated[Id | None, _shown(None)] = None


class NewAlgorithm(Body):
    name: Annotated[Text, _shown("People", **NAME)]
    weight_file: File


class NewVersion(Body):
    weight_file: File


class ActiveVersion(Body):
    version: Annotated[Id, _shown(1)]


class Optimization(Body):
    """The camera whose pictures a version is optimised for."""

    device_id: Annotated[Id, _shown(1)]


class TestOptions(Body):
    """A test's options. What is left out has its default. A recorded video has no highest rate."""

    confidence: Annotated[float, _shown(0.25, minimum=0, maximum=1)] = 0.25
    iou: Annotated[float, _shown(0.7, minimum=0, maximum=1)] = 0.7
    classes: Annotated[Annotated[tuple[ClassId, ...], Field(max_length=MOST_CLASSES)] | None, _shown([0, 2])] = None
    keyframe_interval: Annotated[int, _shown(30, minimum=1, maximum=100_000)] = 30
    draw_labels: bool = True

    def given(self) -> dict[str, Any]:
        """Only what the client wrote."""
        return self.model_dump(exclude_unset=True)


class Options(TestOptions):
    """A task's options. What is left out keeps its value, or the default for a new task."""

    max_fps: Annotated[Annotated[float, _shown(10, minimum=0.1, maximum=240)] | None, _shown(10)] = None


class NewTest(Body):
    name: Annotated[Text, _shown("Gate, last night", **NAME)]
    algorithm_id: Annotated[Id, _shown(1)]
    video_file: File
    options: TestOptions | None = None


class NewTask(Body):
    name: Annotated[Text, _shown("Gate people", **NAME)]
    device_id: Annotated[Id, _shown(1)]
    algorithm_id: Annotated[Id, _shown(1)]
    options: Options | None = None
    auto_start: bool = False


class TaskEdit(Body):
    """What is left out stays as it is."""

    options: Options | None = None
    auto_start: Annotated[bool | None, _shown(True)] = None


async def read_json(request: web.Request, model: type[B]) -> B:
    """The JSON body as `model`. Raises InvalidInput naming the field, TooLarge, or HttpError 415."""
    return _checked(await _read(request, JSON_TYPE), model)


async def read_sign_in(request: web.Request) -> SignInForm:
    """The form of an OAuth2 password grant; `grant_type`, `scope` and `client_*` are taken and ignored."""
    raw = await _read(request, FORM_TYPE)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS, errors="strict")
        fields = _once(pairs)
        return SignInForm.model_validate({name: value for name, value in fields.items() if not _ignored(name)})
    except ValidationError as error:
        raise invalid_field(error, SignInForm) from None
    except ValueError:
        raise InvalidInput("invalid_form", _("The form can't be read. Send it in UTF-8.")) from None


def form_number(text: str, field: str) -> int:
    """A text field of a form that is the number of an object."""
    if not _NUMBER.fullmatch(text) or not 0 < int(text) <= LARGEST_NUMBER:
        raise InvalidInput("invalid_field", _EXPECTED["greater"], field=field, name=field)
    return int(text)


def form_object(text: str | None, field: str, model: type[B]) -> B | None:
    """A text field of a form that holds a JSON object; None where it is left out."""
    if text is None:
        return None
    return _checked(text.encode("utf-8", "surrogatepass"), model, within=f"{field}.")


def _checked(raw: bytes, model: type[B], within: str = "") -> B:
    try:
        found = model.model_validate_json(raw)
    except ValidationError as error:
        raise invalid_field(error, model, within) from None
    # Pydantic has taken the last of two fields of one name without a word. Only names are looked at this second time,
    # in what has been found to be JSON and not too deep.
    json.loads(raw.decode(), object_pairs_hook=_once, parse_int=len, parse_float=len, parse_constant=len, strict=False)
    return found


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a dictionary. Raises InvalidInput where a name is there twice."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise repeated_field(name)
        fields[name] = value
    return fields


def repeated_field(name: str) -> InvalidInput:
    shown = quotable(name)
    return InvalidInput("repeated_field", _("The field “{name}” is there twice."), field=shown, name=shown)


def path_number(request: web.Request, name: str, missing: str) -> int:
    """A number in the path; NotFound with code `missing` for anything that can't be the number of an object."""
    text = request.match_info[name]
    if not _NUMBER.fullmatch(text) or int(text) > LARGEST_NUMBER:
        raise NotFound(missing, _("There is no such object."))
    return int(text)


def object_in_path(request: web.Request) -> int | None:
    """The number of the object that the path is about; None where it names none."""
    numbers = (text for name, text in request.match_info.items() if name.endswith("_id"))
    text = next(numbers, "")
    return int(text) if _NUMBER.fullmatch(text) and int(text) <= LARGEST_NUMBER else None


def query_number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise InvalidInput(
            "bad_parameter",
            _("The parameter “{name}” is a whole number from {least} to {most}."),
            field=name,
            name=name,
            least=least,
            most=most,
        )
    return int(text)


async def welcome_body(request: web.Request) -> None:
    """Ask a client that waits for it to send its body: only now, when it is known who it is."""
    if request.version == HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


async def _read(request: web.Request, content_type: str) -> bytes:
    if request.content_type != content_type:
        raise wrong_content_type(content_type)
    if (request.content_length or 0) > LARGEST_BODY:
        raise TooLarge("body_too_large", _("The body of the request is too large."))
    await welcome_body(request)
    try:
        async with asyncio.timeout(BODY_LIMIT_S):
            return await request.read()
    except TimeoutError:
        raise too_slow() from None


def _ignored(field: str) -> bool:
    return field in ("grant_type", "scope") or field.startswith("client_")


_FIELD_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MISSING = _("The field “{name}” is missing.")
_UNKNOWN = _("The field “{name}” is not known here. Please leave it out.")
_UNUSABLE = _("The field “{name}” has a value that can't be used.")
_EXPECTED = {
    "int": _("The field “{name}” must be a whole number."),
    "float": _("The field “{name}” must be a number."),
    "finite": _("The field “{name}” must be a number."),
    "bool": _("The field “{name}” must be true or false."),
    "string": _("The field “{name}” must be a text of at most {longest} characters."),
    "enum": _("The field “{name}” must be one of: {allowed}."),
    "tuple": _("The field “{name}” must be a list."),
    "greater": _("The field “{name}” must be a whole number above 0."),
    "less": _("The field “{name}” is too large a number."),
}


def quotable(name: str) -> str:
    """A field's name as an answer may repeat it: what is no name could be anything, a password too."""
    return name if _FIELD_NAME.fullmatch(name) else "?"


def invalid_field(error: ValidationError, model: type[Body], within: str = "") -> InvalidInput:
    """The first thing that is wrong with a body, as a sentence that names the field and not its value.

    `within`: what stands before the field's name, where the body is itself a field.
    """
    first = error.errors(include_input=False, include_url=False)[0]
    kind = first["type"]
    if within and kind in ("json_invalid", "model_type"):
        name = within.rstrip(".")
        return InvalidInput("invalid_field", _UNUSABLE, field=name, name=name)
    if kind == "json_invalid":
        return InvalidInput("invalid_json", _("The body is not JSON that can be read."))
    if kind == "model_type":
        return InvalidInput("invalid_json", _("The body must be a JSON object."))
    field = quotable(within + ".".join(str(part) for part in first["loc"]))
    code, sentence = {
        "missing": ("missing_field", _MISSING),
        "extra_forbidden": ("unknown_field", _UNKNOWN),
    }.get(kind, ("invalid_field", _EXPECTED.get(kind.partition("_")[0], _UNUSABLE)))
    return InvalidInput(
        code, sentence, field=field, name=field, longest=LONGEST_TEXT, allowed=", ".join(_words(model, first["loc"]))
    )


def _words(model: type[Body], place: tuple[int | str, ...]) -> list[str]:
    """The words that a field of a body may be, where it is one of few. pydantic has them in an English sentence."""
    field = model.model_fields.get(str(place[0])) if place else None
    kind = field.annotation if field else None
    return [str(word.value) for word in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []
