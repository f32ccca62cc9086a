"""Every role calls every route, on rows of its own area, of another one, and of nobody.

The routes come from the table of permissions, the bodies from the OpenAPI document.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.authentication import hash_token
from api.accounts.model import Role
from api.accounts.permissions import PERMISSIONS, Subtree
from api.app import ROUTERS
from api.openapi import document
from tests.api.alerts import ALERT_NODE
from tests.api.town import EAST, NOWHERE, SNAPSHOT, Centre, sha256

OWN, FOREIGN, ABOVE = "510107", "510108", "5101"
ROUTES = [
    route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.name not in {"phone", "console", "stream"}
]
OPENAPI: dict[str, Any] = json.loads(document())
TEXTS = {
    "uuid": "0196f000-0000-7000-8000-000000000000",
    "date-time": "2026-11-23T12:30:00Z",
    "area": EAST,
    "ends_at": "2026-11-23T13:30:00Z",
    "photos": "0" * 64,
}
ANY_AREA = {"find_areas"}
"""Names of areas above are part of the path of each area."""


@dataclass(frozen=True)
class Seeded:
    """The rows of an area that nobody else may see, by path parameter, and those of nobody."""

    path: dict[str, str]
    own: frozenset[str]
    nobody: frozenset[str]


async def test_a_role_that_is_not_admitted_gets_403_and_a_stranger_401(centre: Centre) -> None:
    seeded = await _seed(centre)
    clients = {role: await _client(centre, role, OWN) for role in Role}
    for route in ROUTES:
        permission = PERMISSIONS[route.name]
        if permission.works_without_login:
            continue
        answer = await _call(centre.anonymous_client(), route, seeded)
        assert answer.status_code == 401, route.path
        for role in set(Role) - permission.roles:
            answer = await _call(clients[role], route, seeded)
            refused = (answer.status_code, answer.json().get("code"))
            assert refused == (403, "not_for_your_role"), (role, route.path)


async def test_no_route_shows_or_changes_what_lies_in_another_area(centre: Centre) -> None:
    seeded = await _seed(centre)
    shown: set[str] = set()
    for role in Role:
        own = await _client(centre, role, OWN)
        foreign = await _client(centre, role, FOREIGN)
        for route in _bounded_routes(role):
            answer = await _call(foreign, route, seeded)
            where = (role, route.name, answer.text)
            assert not _found(answer, seeded.own), where
            if set(route.param_convertors) - {"scenario"}:
                assert answer.status_code in {403, 404}, where
            assert "GET" in _methods(route) or not answer.is_success, where
            if "GET" in _methods(route):
                shown |= _found(await _call(own, route, seeded), seeded.own)
    assert shown == seeded.own  # each of them is found by those whom it concerns


async def test_what_belongs_to_nobody_is_seen_at_the_top_only(centre: Centre) -> None:
    seeded = await _seed(centre)
    shown: set[str] = set()
    for role in Role:
        top, below = await _client(centre, role, ABOVE), await _client(centre, role, OWN)
        for route in _bounded_routes(role):
            if "GET" not in _methods(route) or route.name in ANY_AREA:
                continue
            answer = await _call(below, route, seeded)
            assert not _found(answer, seeded.nobody), (role, route.name, answer.text)
            shown |= _found(await _call(top, route, seeded), seeded.nobody)
    assert shown == seeded.nobody


async def test_without_a_desk_above_nothing_of_nobody_is_stranded(centre: Centre) -> None:
    seeded = await _seed(centre)
    async with centre.engine.begin() as connection:
        await connection.execute(
            text("UPDATE account SET active = false WHERE area_code = :area"), {"area": ABOVE}
        )
    client = await _client(centre, Role.OPERATOR, OWN)
    assert _found(await client.get("/v1/incidents"), seeded.nobody)


def _bounded_routes(role: Role) -> list[APIRoute]:
    return [
        route
        for route in ROUTES
        if PERMISSIONS[route.name].subtree is Subtree.AREA
        and role in PERMISSIONS[route.name].roles
        and route.name != "put_evidence"
    ]


def _methods(route: APIRoute) -> set[str]:
    return (route.methods or set()) - {"HEAD"}


def _found(answer: httpx.Response, marks: frozenset[str]) -> set[str]:
    """Return the marks in a successful answer; a refusal may repeat what was asked for."""
    return {mark for mark in marks if answer.is_success and mark in answer.text}


async def _client(centre: Centre, role: Role, area: str) -> httpx.AsyncClient:
    """Return a client with a login of a role in an area."""
    token = f"{role}-{area}"
    async with centre.engine.begin() as connection:
        insert = """
            WITH a AS (INSERT INTO account (name, role, area_code, password_hash)
                VALUES (:name, :role, :area, '') ON CONFLICT (name) DO UPDATE SET active = true
                RETURNING id)
            INSERT INTO login (token_hash, account, expires_at, created_at, used_at)
            SELECT :hash, id, CAST(:now AS timestamptz) + interval '1 hour', :now, :now FROM a
            ON CONFLICT DO NOTHING
        """
        row = {"name": token, "role": role, "area": area, "hash": hash_token(token)}
        await connection.execute(text(insert), {**row, "now": centre.clock()})
    client = centre.anonymous_client()
    client.cookies.set("gridwatch_login", token)
    return client


async def _call(client: httpx.AsyncClient, route: APIRoute, seeded: Seeded) -> httpx.Response:
    """Call a route with the seeded objects in its path, and a body that its schema allows."""
    path = re.sub(r"{(\w+)(?::path)?}", lambda match: seeded.path[match[1]], route.path)
    [method] = _methods(route)
    operation = OPENAPI["paths"].get(route.path, {}).get(method.lower(), {})
    params = {
        parameter["name"]: str(_example(parameter["schema"], parameter["name"]))
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and parameter.get("required")
    }
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = _example(content["schema"], "") if content else None
    if isinstance(body, dict):
        body |= {name: seeded.path[name] for name in ("node", "incident") if name in body}
    if route.name == "read_duty":
        params |= {"lon": "104.005", "lat": "30.605"}
    return await client.request(method, path, params=params, json=body)


def _example(schema: dict[str, Any], name: str) -> object:
    """Return a small value that a schema allows."""
    if "$ref" in schema:
        schema = OPENAPI["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    for several in ("enum", "anyOf", "oneOf"):
        if several in schema:
            first = schema[several][0]
            return first if several == "enum" else _example(first, name)
    return _example_of_type(schema, name)


def _example_of_type(schema: dict[str, Any], name: str) -> object:
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {})
        chosen = set(schema.get("required", ())) | {"reason"} & set(properties)
        return {key: _example(properties[key], key) for key in chosen}
    if kind == "array":
        return [_example(schema["items"], name)] * schema.get("minItems", 0)
    numbers = {"integer": 1, "number": 1, "boolean": True}
    if kind in numbers:
        return schema.get("minimum", numbers[kind])
    return TEXTS.get(name) or TEXTS.get(schema.get("format", ""), "1234")


async def _insert(connection: AsyncConnection, table: str, values: str, **params: object) -> str:
    """Insert a row and return its id."""
    statement = text(f"INSERT INTO {table} VALUES {values} RETURNING id")  # noqa: S608
    return str(await connection.scalar(statement, params))


async def _seed(centre: Centre) -> Seeded:
    """Put rows into one area, and some into none; a desk above sees both."""
    incident = await centre.raise_alert("own")
    nobodys = await centre.raise_alert("nobody", camera="nowhere", location=NOWHERE)
    await centre.clock_engine.process_due()
    chief = await centre.client_of("chief")
    async with centre.engine.begin() as connection:
        rows = {
            "node": str(ALERT_NODE),
            "area": EAST,
            "now": centre.clock(),
            "sha": sha256(SNAPSHOT),
        }
        for statement in (
            """INSERT INTO camera (node, name, area_code, state) VALUES
               (:node, 'own-camera', :area, 'live')
               ON CONFLICT DO NOTHING""",
            "UPDATE camera SET area_code = :area WHERE node = :node",
            """INSERT INTO node (name, key, enrolled_at)
               VALUES ('nobody/lost/node', '\\x00', CAST(:now AS timestamptz))""",
            """INSERT INTO camera (node, name) VALUES ('nobody/lost/node', 'nobody-camera')""",
            """INSERT INTO fleet_alarm (kind, node, camera, since, detail) VALUES
               ('camera_offline', :node, 'own-camera', :now, '{}'),
               ('camera_offline', 'nobody/lost/node', 'nobody-camera', :now, '{}')""",
            """INSERT INTO quarantine (received_at, topic, payload, hash, reason_code, reason, node)
               VALUES (:now, 'own-topic', '', '\\x01', 'unreadable', '', :node),
                      (:now, 'nobody-topic', '', '\\x02', 'unreadable', '', '')""",
            """INSERT INTO evidence (sha256, media_type, bytes, node, stored_at)
               VALUES (:sha, 'image/jpeg', 10, :node, :now)""",
            """INSERT INTO account (name, role, area_code, password_hash)
               VALUES ('city', 'operator', '5101', '')""",
        ):
            parts = {name: value for name, value in rows.items() if f":{name}" in statement}
            await connection.execute(text(statement), parts)
        order = await connection.scalar(text("SELECT id FROM work_order LIMIT 1"))
        shift = await connection.scalar(
            text(
                "SELECT s.id FROM shift s JOIN account c ON c.id = s.account AND c.name = 'east-1'"
            )
        )
        notification = await connection.scalar(text("SELECT id FROM notification LIMIT 1"))
        hold = await _insert(
            connection,
            "legal_hold (reason, authority, incident, placed_by, placed_at, review_at)",
            "('r', 'court', :incident, 'chief', :now, :now)",
            incident=incident,
            now=centre.clock(),
        )
        request = await _insert(
            connection,
            "erasure_request (reference, reason, incidents, recorded_by, recorded_at, due_at)",
            "('own-letter', 'r', ARRAY[CAST(:incident AS uuid)], 'desk', :now, :now)",
            incident=incident,
            now=centre.clock(),
        )
        finding = await _insert(
            connection,
            "access_finding (kind, actor, area_code, hour, n_views, usual, found_at)",
            "('volume', 'own-actor', :area, :now, 300, 9, :now)",
            area=EAST,
            now=centre.clock(),
        )
    node = str(ALERT_NODE).replace("/", ".")
    command = (await chief.post(f"/v1/nodes/{node}/commands", json={"kind": "ping"})).json()["id"]
    suppression = await chief.post(
        "/v1/suppressions",
        json={
            "target": {"area_code": EAST},
            "reason": "own-reason",
            "ends_at": "2026-11-23T13:00:00Z",
            "kind": "suppression",
        },
    )
    assert suppression.status_code == 201, suppression.text
    path = {
        "incident": str(incident),
        "order": str(order),
        "shift": str(shift),
        "notification": str(notification),
        "node": node,
        "command": command,
        "suppression": suppression.json()["id"],
        "sha256": sha256(SNAPSHOT),
        "code": EAST,
        "account": "east-1",
        "scenario": "crowd_gathering",
        "boot_id": "1",
        "device": TEXTS["uuid"],
        "session": TEXTS["uuid"],
        "hold": hold,
        "request": request,
        "finding": finding,
        "path": "",
    }
    own = {hold, "own-letter", "own-actor"}
    own |= {str(incident), str(order), str(shift), command, "own-reason", "own-camera", "own-topic"}
    nobody = {str(nobodys), "nobody/lost/node", "nobody-camera", "nobody-topic"}
    return Seeded(path, frozenset(own), frozenset(nobody))
