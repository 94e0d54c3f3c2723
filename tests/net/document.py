"""Holds answers against the OpenAPI document: status, content type and body must be there as they were given."""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from siapp.net.openapi import document
from siapp.net.policy import POLICY

UNDOCUMENTED = {401, 404, 405, 426}
"""What an address answers that no operation of the document has: another method, a WebSocket's address, nothing."""
FAULT_OF_SIAPP = 500
_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def check(method: str, path: str, status: int, content_type: str, body: Any) -> None:
    """Raises AssertionError where the document knows no such answer. `path`: without query; `body`: decoded JSON."""
    answer = f"{method} {path} -> {status} {content_type} {body!r:.500}"
    responses = _responses(method, path)
    if responses is None or status == FAULT_OF_SIAPP:
        assert status in {*UNDOCUMENTED, FAULT_OF_SIAPP}, f"not in the document: {answer}"
        responses = {str(status): _PROBLEM}
    assert str(status) in responses, f"a status that is not in the document: {answer}"
    content = responses[str(status)].get("content", {})
    assert content_type in content if content else not body, f"a type that is not in the document: {answer}"
    schema = content.get(content_type, {}).get("schema")
    if schema is not None and method != "HEAD":
        _check_schema(schema, body, answer)


def _check_schema(schema: dict[str, Any], body: Any, answer: str) -> None:
    errors = [f"{error.json_path}: {error.message}" for error in _validator(json.dumps(schema)).iter_errors(body)]
    assert not errors, f"{answer}\nis not as the document says: {errors}"


@cache
def _validator(schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": document()["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker(["date-time"]))


@cache
def _responses(method: str, path: str) -> dict[str, Any] | None:
    """The answers of the operation behind a path; the one with the fewest variable parts, as in the router."""
    rows = [row for row in POLICY if not row.socket and re.fullmatch(row.pattern, path)]
    row = min(rows, key=lambda row: len(row.parameters), default=None)
    operations = document()["paths"][row.path] if row else {}
    operation = operations.get("get" if method == "HEAD" else method.lower())
    return operation["responses"] if operation else None
