"""The OpenAPI 3.1 document, made from the policy table and the documentation of its handlers."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from siapp import __version__
from siapp.core.specs import WIDEST_REMOTE
from siapp.net import answers
from siapp.net.bodies import JSON_TYPE
from siapp.net.codes import CODES, STATUS_OF
from siapp.net.openapi_text import CLOSE_CODES, INTRODUCTION
from siapp.net.operations import MULTIPART, OPERATIONS, PATH_WORDS, TAGS, Content, Model, Operation
from siapp.net.policy import POLICY, Row, Rule, Who
from siapp.net.problem import CONTENT_TYPE as PROBLEM_TYPE
from siapp.net.sockets.channel import CLOCK_S
from siapp.net.sockets.wire import CloseCode

Json = dict[str, Any]

SECURITY: tuple[Json, ...] = ({"bearer": []}, {"password": []})
ACCESS_KEY: Json = {"access": []}
SOCKET_MODELS: tuple[Model, ...] = (answers.Detections, answers.VideoFormat)
"""Not in any path, but told of in the text."""
_REFERENCE = "#/components/schemas/{model}"
_NOT_SIGNED_IN = ("not_signed_in", "invalid_token", "token_expired", "session_ended")
_BAD_JSON = ("invalid_json", "body_too_large")
_BAD_FORM = ("invalid_form", "body_too_large")
_BAD_UPLOAD = ("invalid_form", "file_too_large", "disk_full", "quota_exceeded")
_BAD_BODY = (
    "body_too_slow",
    "wrong_content_type",
    "missing_field",
    "unknown_field",
    "repeated_field",
    "invalid_field",
    "value_out_of_range",
)


@cache
def document() -> Json:
    """The whole document. Made once; nobody changes it."""
    rows = [row for row in POLICY if not row.socket]
    paths: dict[str, Json] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, OPERATIONS[row.handler])
    return {
        "openapi": "3.1.0",
        "info": {"title": "siapp", "version": __version__, "description": _introduction()},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.values()],
        "paths": paths,
        "components": {"schemas": _schemas(rows), "securitySchemes": _security_schemes()},
    }


def codes_of(row: Row, operation: Operation) -> Iterator[str]:
    """Every problem code that a route may answer with: its own, and what follows from its row and its body."""
    yield from operation.codes
    yield from ("bad_request", "host_not_allowed")
    if row.who is not Who.OPEN:
        yield from _NOT_SIGNED_IN
    if row.by_key:
        yield "access_ended"
    if row.who not in (Who.OPEN, Who.SIGNED_IN):
        yield "forbidden"
    if row.who is not Who.OPEN or operation.body:
        yield "database_unavailable"
    if row.rule.names_object:
        yield "not_found"
        yield from (PATH_WORDS[name].missing for name in row.parameters)
    if row.method != "GET":
        yield "cross_site"
    if row.method != "GET" and row.rule is not Rule.OWN_ACCOUNT:
        yield "conflict"
    if operation.query:
        yield "bad_parameter"
    if operation.body:
        yield from _BAD_BODY
        yield from {JSON_TYPE: _BAD_JSON, MULTIPART: _BAD_UPLOAD}.get(operation.media, _BAD_FORM)


def example_of(model: Model) -> Json:
    """An object of `model` made from the examples of its fields."""
    return {field.alias or name: _example(field) for name, field in model.model_fields.items()}


def _example(field: FieldInfo) -> Any:
    if field.examples:
        return field.examples[0]
    return _sample(field.annotation) if field.is_required() else field.default


def _sample(kind: Any) -> Any:
    """A value of a type that has no example of its own: a model, a list, a literal, an enum, or a plain type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return example_of(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next(iter(kind)).value
    inner = get_args(kind)
    if get_origin(kind) is list:
        return [_sample(inner[0])]
    if inner:
        return inner[0] if get_origin(kind) is Literal else _sample(inner[0])
    return kind()


def _operation(row: Row, operation: Operation) -> Json:
    tag, _text = TAGS[row.handler.partition(".")[0]]
    who = "Open to everybody." if row.who.role is None else f"For the role {row.who.role} and above."
    if row.metrics_token:
        who += " Or with the token of the setting SIAPP_METRICS_TOKEN as the bearer token, without an account."
    described: Json = {
        "operationId": row.handler.replace(".", "_"),
        "summary": operation.summary,
        "description": " ".join(filter(None, (operation.note, who, f"It concerns {row.rule.value}."))),
        "tags": [tag],
        "parameters": [*_path_parameters(row), *_query_parameters(operation)],
        "responses": {**_good(operation), **_problems(codes_of(row, operation))},
        "security": _security(row),
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {operation.media: _body(operation, operation.body)}}
    return described


def _security(row: Row) -> list[Json]:
    """Any one of these lets a caller in."""
    if row.who.role is None:
        return []
    return [*SECURITY, ACCESS_KEY] if row.by_key else list(SECURITY)


def _path_parameters(row: Row) -> Iterator[Json]:
    for name in row.parameters:
        word = PATH_WORDS[name]
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": word.text,
            "schema": word.schema,
            "example": word.example,
        }


def _query_parameters(operation: Operation) -> Iterator[Json]:
    for parameter in operation.query:
        yield {"name": parameter.name, "in": "query", "description": parameter.text, "schema": parameter.schema}


def _body(operation: Operation, model: Model) -> Json:
    # A file has no example that could be written down.
    shown = {} if operation.media == MULTIPART else {"example": example_of(model)}
    return {"schema": _reference(model), **shown}


def _good(operation: Operation) -> dict[str, Json]:
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {kind: _shown(model) for kind, model in content.items()},
        }
        for status, content in operation.answers.items()
    }


def _shown(model: Model | None) -> Json:
    return {} if model is None else {"schema": _reference(model), "example": example_of(model)}


def _problems(codes: Iterable[str]) -> dict[str, Json]:
    by_status: dict[int, list[str]] = {}
    for code in sorted(set(codes)):
        by_status.setdefault(STATUS_OF[code], []).append(code)
    return {str(status): _problem(status, of_status) for status, of_status in sorted(by_status.items())}


def _problem(status: int, codes: list[str]) -> Json:
    schema = {
        "allOf": [_reference(answers.Problem)],
        "properties": {"status": {"const": status}, "code": {"enum": codes}},
    }
    text = "\n".join(f"- `{code}`: {CODES[status][code]}" for code in codes)
    return {
        "description": f"{HTTPStatus(status).phrase}\n\n{text}",
        "content": {PROBLEM_TYPE: {"schema": schema, "example": _problem_example(status, codes[0])}},
        **_headers(status),
    }


def _problem_example(status: int, code: str) -> Json:
    said = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": CODES[status][code]}
    return {**example_of(answers.Problem), **said}


def _headers(status: int) -> Json:
    match status:
        case 401:
            return {"headers": {"WWW-Authenticate": {"schema": {"const": "Bearer"}}}}
        case 429 | 503:
            seconds = {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 0}}
            return {"headers": {"Retry-After": seconds}}
        case _:
            return {}


def _schemas(rows: Iterable[Row]) -> Json:
    operations = [OPERATIONS[row.handler] for row in rows]
    taken = {operation.body for operation in operations if operation.body is not None}
    given = {model for operation in operations for model in _models(operation.answers)}
    given |= {answers.Problem, *SOCKET_MODELS}
    inputs = [(model, "validation") for model in sorted(taken, key=_name)]
    outputs = [(model, "serialization") for model in sorted(given, key=_name)]
    _by_model, definitions = models_json_schema([*inputs, *outputs], ref_template=_REFERENCE)  # type: ignore[list-item]
    return dict(sorted(definitions["$defs"].items()))


def _models(answers_by_status: Mapping[int, Content]) -> Iterator[Model]:
    for content in answers_by_status.values():
        yield from (model for model in content.values() if model is not None)


def _name(model: Model) -> str:
    return model.__name__


def _reference(model: Model) -> Json:
    return {"$ref": _REFERENCE.format(model=_name(model))}


def _security_schemes() -> Json:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "access": {
            "type": "apiKey",
            "in": "query",
            "name": "access",
            "description": "From POST /results/{task_name}/access, for `<img>` and `<video>`; good for ten minutes.",
        },
        "password": {
            "type": "oauth2",
            "flows": {"password": {"tokenUrl": "/token", "refreshUrl": "/token/refresh", "scopes": {}}},
        },
    }


def _introduction() -> str:
    sockets = [f"- `{row.path}`: {OPERATIONS[row.handler].summary}." for row in POLICY if row.socket]
    closes = [f"- {code.value}: {CLOSE_CODES[code]}" for code in CloseCode]
    return INTRODUCTION.format(
        sockets="\n".join(sockets), close_codes="\n".join(closes), widest=WIDEST_REMOTE, clock=f"{CLOCK_S:.0f}"
    )
