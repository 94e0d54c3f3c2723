"""The OpenAPI document: valid, whole, and the same that routes, bodies and answers go by."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from siapp.net import openapi
from siapp.net.codes import CODES, STATUS_OF
from siapp.net.handlers import all_handlers
from siapp.net.openapi import document, example_of
from siapp.net.operations import MULTIPART, OPERATIONS, TAGS, Operation
from siapp.net.policy import POLICY, Row, Rule, Who, bind
from siapp.net.problem import STATUS
from siapp.net.sockets.wire import CloseCode
from tests.net import document as held
from tests.net.conftest import Site

ROWS = [row for row in POLICY if not row.socket]


def operation_of(row: Row) -> dict[str, Any]:
    return dict(document()["paths"][row.path][row.method.lower()])


def schema_errors(schema: dict[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": document()["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


async def test_the_document_is_valid_openapi_and_open_to_everybody(site: Site) -> None:
    given = await site.good("GET", "/openapi.json", None)
    validate(given)
    assert given == json.loads(json.dumps(document()))


async def test_the_document_is_sent_once_and_kept_by_the_client(site: Site) -> None:
    async with site.session.get("/openapi.json") as response:
        etag = response.headers["ETag"]
    assert (await site.ask("GET", "/openapi.json", None, headers={"If-None-Match": etag}))[0] == 304


def test_every_row_is_an_operation_and_no_socket_is() -> None:
    listed = {(method.upper(), path) for path, methods in document()["paths"].items() for method in methods}
    assert listed == {(row.method, row.path) for row in ROWS}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation_of(row)["operationId"] for row in ROWS]
    assert len(set(names)) == len(names)


def test_every_socket_and_close_code_is_told_of_in_the_text() -> None:
    text = document()["info"]["description"]
    assert all(row.path in text for row in POLICY if row.socket)
    assert all(f"- {code.value}: " in text for code in CloseCode)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_an_operation_says_who_may_use_it(row: Row) -> None:
    operation = operation_of(row)
    assert bool(operation["security"]) == (row.who is not Who.OPEN)
    assert ("401" in operation["responses"]) == (row.who is not Who.OPEN or "/token" in row.path)
    assert row.rule.value in operation["description"]


def examples_in(part: Any) -> list[tuple[dict[str, Any], object]]:
    """Every schema in the document that stands beside an example, with it."""
    if isinstance(part, list):
        return [found for item in part for found in examples_in(item)]
    if not isinstance(part, dict):
        return []
    own = [(part["schema"], part["example"])] if "schema" in part and "example" in part else []
    return own + [found for item in part.values() for found in examples_in(item)]


def test_every_example_fits_its_schema() -> None:
    examples = examples_in(document()["paths"])
    faults = [(value, schema_errors(schema, value)) for schema, value in examples if schema_errors(schema, value)]
    assert len(examples) > 100 and not faults


@pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS.values() if one.body and one.media != MULTIPART],
    ids=lambda one: one.summary,
)
def test_the_example_of_a_body_is_taken_by_the_code(operation: Operation) -> None:
    assert operation.body is not None
    operation.body.model_validate_json(json.dumps(example_of(operation.body)))


def test_every_documented_code_has_one_status() -> None:
    assert len(STATUS_OF) == sum(len(codes) for codes in CODES.values())
    assert set(STATUS.values()) <= set(CODES)


def test_every_code_belongs_to_some_operation() -> None:
    used = {code for row in ROWS for code in openapi.codes_of(row, OPERATIONS[row.handler])}
    assert set(STATUS_OF) - used == {"method_not_allowed", "upgrade_required"}


def test_every_documentation_belongs_to_a_handler() -> None:
    assert set(OPERATIONS) == set(all_handlers())
    assert {name.partition(".")[0] for name in OPERATIONS} == {*TAGS, "sockets"}


def test_a_row_without_documentation_stops_the_program() -> None:
    documented = {name for name in OPERATIONS if name != "devices.add"}
    with pytest.raises(RuntimeError, match="POST /devices has no documentation"):
        bind(POLICY, all_handlers(), documented)


@pytest.mark.parametrize(
    "row",
    [
        Row("GET", "/odd", Who.SIGNED_IN, "devices.get", Rule.ANY),
        Row("GET", "/odd/{device_id}", Who.SIGNED_IN, "devices.get"),
    ],
)
def test_a_rule_that_does_not_fit_its_path_stops_the_program(row: Row) -> None:
    with pytest.raises(RuntimeError, match="does not fit"):
        bind((*POLICY, row), all_handlers(), OPERATIONS)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "application/json", {"items": [], "total": 0, "more": True}),
        (200, "application/json", {"items": []}),
        (200, "text/html", "<html>"),
        (201, "application/json", {"items": [], "total": 0}),
        (403, "application/problem+json", {}),
    ],
)
def test_an_answer_outside_the_document_fails_the_test_that_gets_it(status: int, kind: str, body: object) -> None:
    held.check("GET", "/devices", 200, "application/json", {"items": [], "total": 0})
    with pytest.raises(AssertionError):
        held.check("GET", "/devices", status, kind, body)
