"""A person's pictures are erased when another account grants it, and a hold prevails."""

import httpx

from api.retention.cleaner import RetentionCleaner
from tests.api.databases import rows, scalar
from tests.api.evidence.test_routes import node_upload
from tests.api.retention.steps import place_hold, view_snapshot
from tests.api.town import SNAPSHOT, Centre


async def record_request(centre: Centre, incident: object, *, by: str = "desk") -> httpx.Response:
    page = await centre.client_of(by)
    body = {"reference": "letter 2026-31", "reason": "a bystander", "incidents": [str(incident)]}
    return await page.post("/v1/erasure-requests", json=body)


async def decide(
    centre: Centre, request: str, *, by: str = "chief", decision: str = "granted"
) -> httpx.Response:
    page = await centre.client_of(by)
    body = {"decision": decision, "reason": "checked"}
    return await page.post(f"/v1/erasure-requests/{request}/decision", json=body)


async def test_granting_deletes_the_pictures_at_once_and_leaves_a_record(centre: Centre) -> None:
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    incident = await centre.raise_alert()
    recorded = await record_request(centre, incident)
    assert recorded.status_code == 201, recorded.text

    decided = await decide(centre, recorded.json()["id"])

    assert decided.status_code == 200, decided.text
    assert decided.json() | {"decision": "granted", "n_erased": 1} == decided.json()
    assert await view_snapshot(centre) == 404
    cleaner = RetentionCleaner(centre.engine, centre.app.state.evidence, keep={}, now=centre.clock)
    assert await cleaner.delete_bytes() == 1
    query = "SELECT erasure::text, bytes_deleted_at IS NOT NULL FROM deleted_evidence"
    assert await rows(centre.engine, query) == [(recorded.json()["id"], True)]
    logged = "SELECT count(*) FROM audit_log WHERE action IN ('request_erasure', 'decide_erasure')"
    assert await scalar(centre.engine, logged) == 2


async def test_who_records_a_request_does_not_decide_it(centre: Centre) -> None:
    incident = await centre.raise_alert()
    request = (await record_request(centre, incident, by="chief")).json()["id"]

    answer = await decide(centre, request, by="chief")

    assert (answer.status_code, answer.json()["code"]) == (403, "another_person_decides")


async def test_a_hold_prevails_over_an_erasure_request(centre: Centre) -> None:
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    incident = await centre.raise_alert()
    hold = (await place_hold(centre, {"incident": str(incident)})).json()["id"]
    request = (await record_request(centre, incident)).json()["id"]

    answer = await decide(centre, request)

    assert (answer.status_code, answer.json()["code"]) == (422, "held")
    assert hold in answer.json()["detail"]
    assert await view_snapshot(centre) == 200
    assert (await decide(centre, request, decision="refused")).status_code == 200
    assert (await decide(centre, request)).json()["code"] == "already_decided"


async def test_operators_record_and_supervisors_hold_and_decide(centre: Centre) -> None:
    incident = await centre.raise_alert()
    request = await record_request(centre, incident)

    assert request.status_code == 201
    assert (await decide(centre, request.json()["id"], by="desk")).status_code == 403
    assert (await record_request(centre, incident, by="east-1")).status_code == 403
    assert (await record_request(centre, incident, by="desk-elsewhere")).status_code == 404
    target: dict[str, object] = {"incident": str(incident)}
    assert (await place_hold(centre, target, by="desk")).status_code == 403


async def test_an_unknown_incident_is_refused(centre: Centre) -> None:
    unknown = "00000000-0000-7000-8000-000000000000"
    assert (await record_request(centre, unknown)).status_code == 404
