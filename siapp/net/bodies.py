"""What comes in: bodies, path numbers and query values, each checked for shape before a service sees it."""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http import HttpVersion11
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from siapp.core.domain import AccountStatus
from siapp.core.errors import InvalidInput, NotFound, TooLarge
from siapp.core.i18n import _
from siapp.net.problem import too_slow, wrong_content_type

LARGEST_BODY = 1 << 20
LONGEST_TEXT = 4096
LARGEST_NUMBER = 2**31 - 1
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


class Body(BaseModel):
    """A JSON object with exactly the fields that are declared, each of exactly its type."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


B = TypeVar("B", bound=Body)


class Registration(Body):
    username: Text
    password: Text


class SignInForm(Body):
    username: Text
    password: Text


class Refresh(Body):
    refresh_token: Text


class NewStatus(Body):
    status: AccountStatus


class NewDevice(Body):
    name: Text
    rtsp_url: Text


class DeviceEdit(Body):
    name: Text | None = None
    rtsp_url: Text | None = None


class DeviceCheck(Body):
    rtsp_url: Text | None = None
    device_id: Id | None = None


class ActiveVersion(Body):
    version: Id


class Optimization(Body):
    """The camera whose pictures a version is optimised for."""

    device_id: Id


class Options(Body):
    """A task's options. What is left out keeps its value, or the default for a new task."""

    confidence: float = 0.25
    iou: float = 0.7
    classes: Annotated[tuple[int, ...], Field(max_length=10_000)] | None = None
    max_fps: float | None = None
    keyframe_interval: int = 30
    draw_labels: bool = True

    def given(self) -> dict[str, Any]:
        """Only what the client wrote."""
        return self.model_dump(exclude_unset=True)


class NewTask(Body):
    name: Text
    device_id: Id
    algorithm_id: Id
    options: Options | None = None
    auto_start: bool = False


class TaskEdit(Body):
    options: Options | None = None
    auto_start: bool | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list."""

    limit: int
    offset: int


async def read_json(request: web.Request, model: type[B]) -> B:
    """The JSON body as `model`. Raises InvalidInput naming the field, TooLarge, or HttpError 415."""
    raw = await _read(request, JSON_TYPE)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise invalid_field(error) from None


async def read_sign_in(request: web.Request) -> SignInForm:
    """The form of an OAuth2 password grant; `grant_type`, `scope` and `client_*` are taken and ignored."""
    raw = await _read(request, FORM_TYPE)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS, errors="strict")
        return SignInForm.model_validate({name: value for name, value in pairs if not _ignored(name)})
    except ValidationError as error:
        raise invalid_field(error) from None
    except ValueError:
        raise InvalidInput("invalid_form", _("The form can't be read. Send it in UTF-8.")) from None


def path_number(request: web.Request, name: str) -> int:
    """A number in the path; NotFound for anything that can't be the number of an object."""
    text = request.match_info[name]
    if not _NUMBER.fullmatch(text) or int(text) > LARGEST_NUMBER:
        raise NotFound("not_found", _("There is no such object."))
    return int(text)


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


def query_window(request: web.Request) -> Window:
    return Window(query_number(request, "limit", 100, 1, 500), query_number(request, "offset", 0, 0, LARGEST_NUMBER))


def query_status(request: web.Request) -> AccountStatus | None:
    text = request.query.get("status")
    try:
        return AccountStatus(text) if text is not None else None
    except ValueError:
        raise InvalidInput(
            "bad_parameter",
            _("The parameter “{name}” is one of: {allowed}."),
            field="status",
            name="status",
            allowed=", ".join(AccountStatus),
        ) from None


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


def invalid_field(error: ValidationError) -> InvalidInput:
    """The first thing that is wrong with a body, as a sentence that names the field and not its value."""
    first = error.errors(include_input=False, include_url=False)[0]
    kind = first["type"]
    if kind == "json_invalid":
        return InvalidInput("invalid_json", _("The body is not JSON that can be read."))
    if kind == "model_type":
        return InvalidInput("invalid_json", _("The body must be a JSON object."))
    field = ".".join(str(part) for part in first["loc"])[:100]
    code, sentence = {
        "missing": ("missing_field", _MISSING),
        "extra_forbidden": ("unknown_field", _UNKNOWN),
    }.get(kind, ("invalid_field", _EXPECTED.get(kind.partition("_")[0], _UNUSABLE)))
    allowed = first.get("ctx", {}).get("expected", "")
    return InvalidInput(code, sentence, field=field, name=field, longest=LONGEST_TEXT, allowed=allowed)
