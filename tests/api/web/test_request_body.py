"""No request takes much memory or time by its body."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.openapi import document
from api.web import request_body
from api.web.request_body import MAX_BODY_BYTES, MAX_JSON_DEPTH, json_depth
from tests.api.town import Centre

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": "' + b"x" * MAX_BODY_BYTES + b'"}', 413, "too_large"),
        (b'{"name": ' + b"[" * 500 + b"]" * 500 + b"}", 422, "too_deep"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, 422, "too_deep"),
    ],
    ids=["large", "lists", "objects"],
)
async def test_a_body_without_bounds_is_refused_before_anybody_is_asked(
    centre: Centre, body: bytes, status: int, code: str
) -> None:
    answer = await centre.anonymous_client().post("/v1/login", content=body, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_body_without_a_length_is_bounded_too(centre: Centre) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 100_000

    answer = await centre.anonymous_client().post("/v1/login", content=endless(), headers=JSON)

    assert answer.status_code == 413


async def test_a_body_that_does_not_arrive_ends_the_request(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "BODY_TIMEOUT_S", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await centre.anonymous_client().post("/v1/login", content=stuck(), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (408, "too_slow")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_read_as_json(centre: Centre, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    body = b'{"name": "desk", "password": "x"}'
    answer = await centre.anonymous_client().post("/v1/login", content=body, headers=headers)

    assert answer.status_code == 422


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner, max_size=4)))
def test_text_in_strings_does_not_count_as_depth(value: object) -> None:
    written = json.dumps([value, *['[{\\"['] * 2 * MAX_JSON_DEPTH], ensure_ascii=False)

    assert json_depth(written.encode()) == 1 + _depth(value)


def _depth(value: object) -> int:
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def test_every_value_that_a_request_may_contain_has_a_bound() -> None:
    api = json.loads(document())
    schemas = api["components"]["schemas"]
    unbounded = [
        problem
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
        for where, schema in _inputs(operation)
        for problem in _unbounded(schema, f"{method} {path} {where}", schemas)
        if problem not in FREE_FORM
    ]

    assert unbounded == []


FREE_FORM = {"put /v1/nodes/{node}/config body.config: object"}
"""A configuration; bounded by the size and depth of the body."""


def _inputs(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    parameters = [(p["name"], p["schema"]) for p in operation.get("parameters", [])]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return parameters + ([("body", body["schema"])] if body else [])


def _unbounded(schema: dict[str, Any], where: str, schemas: dict[str, Any]) -> list[str]:
    if "$ref" in schema:
        return _unbounded(schemas[schema["$ref"].rpartition("/")[2]], where, schemas)
    found = [
        problem
        for kind in ("anyOf", "oneOf", "allOf")
        for part in schema.get(kind, [])
        for problem in _unbounded(part, where, schemas)
    ]
    if "items" in schema:
        found += _unbounded(schema["items"], f"{where}[]", schemas)
    for name, part in schema.get("properties", {}).items():
        found += _unbounded(part, f"{where}.{name}", schemas)
    return found if _is_bounded(schema) else [*found, f"{where}: {schema['type']}"]


def _is_bounded(schema: dict[str, Any]) -> bool:
    match schema.get("type"):
        case "string":
            pattern = schema.get("pattern", "*")
            has_fixed_length = not any(sign in pattern for sign in ("*", "+", ",}"))
            return has_fixed_length or not schema.keys().isdisjoint(
                {"maxLength", "enum", "const", "format"}
            )
        case "array":
            return not schema.keys().isdisjoint({"maxItems", "prefixItems"})
        case "integer" | "number":
            return not schema.keys().isdisjoint({"maximum", "exclusiveMaximum"})
        case "object":
            return "properties" in schema
        case _:
            return True
