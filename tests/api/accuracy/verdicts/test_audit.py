"""The audit queue through HTTP, on a real database."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.audit import next_task
from api.accuracy.verdicts.model import AuditRound
from api.accuracy.verdicts.reviewed_store import list_reviewed
from tests.api.databases import rows
from tests.api.town import Centre

TRUE = {"verdict": {"value": "true"}}
FALSE = {"verdict": {"reason_code": "picture_fault"}}
VALUES = st.sampled_from([VerdictValue.TRUE, VerdictValue.FALSE, VerdictValue.UNSURE])


async def queue_of(centre: Centre, name: str) -> dict[str, object]:
    answer = await (await centre.client_of(name)).get("/v1/accuracy/audit")
    assert answer.status_code == 200, answer.text
    queue: dict[str, object] = answer.json()
    return queue


async def judge(
    centre: Centre, name: str, incident: UUID, body: dict[str, dict[str, str]], *, status: int = 200
) -> None:
    page = await centre.client_of(name)
    answer = await page.post(f"/v1/accuracy/audit/{incident}", json=body)
    assert answer.status_code == status, answer.text


@pytest.fixture
async def incident(centre: Centre) -> UUID:
    incident = await centre.raise_alert(score=0.4)
    centre.clock.advance(minutes=11)
    return incident


async def test_an_auditor_sees_the_picture_and_no_score_decision_or_verdict(
    centre: Centre, incident: UUID
) -> None:
    queue = await queue_of(centre, "chief")

    item = queue["next"]
    assert isinstance(item, dict)
    assert (item["incident"], queue["waiting"]) == (str(incident), 1)
    assert item["evidence"][0]["kind"] == "snapshot"
    assert item["reasons"][0] == "waiting_or_event"
    assert not item.keys() & {"score", "probability", "decision", "state", "level", "verdicts"}


async def test_a_false_verdict_is_given_twice_and_a_third_rater_decides(
    centre: Centre, incident: UUID
) -> None:
    await judge(centre, "chief", incident, FALSE)
    centre.clock.advance(minutes=11)
    assert (await queue_of(centre, "chief"))["next"] is None

    await judge(centre, "desk", incident, TRUE)
    async with centre.engine.connect() as connection:
        since, until = centre.clock.at.min.replace(tzinfo=centre.clock.at.tzinfo), centre.clock.at
        [found] = await list_reviewed(connection, since=since, until=until)

    assert (found.value, found.source, found.is_blind) == ("true", "audit", True)
    assert found.inclusion_probability == 1.0
    stored = "SELECT round, inclusion_probability, verdict IS NULL FROM audit_task ORDER BY round"
    assert await rows(centre.engine, stored) == [(1, 1, False), (2, 1, False), (3, 1, True)]


async def test_nobody_audits_what_they_have_reviewed(centre: Centre, incident: UUID) -> None:
    page = await centre.client_of("desk")
    version = (await page.get(f"/v1/incidents/{incident}")).json()["version"]
    confirmed = await page.post(f"/v1/incidents/{incident}/confirm", json={"version": version})
    assert confirmed.status_code == 200

    assert (await queue_of(centre, "desk"))["next"] is None
    await judge(centre, "desk", incident, TRUE, status=404)
    assert (await queue_of(centre, "chief"))["waiting"] == 1


async def test_a_repeated_answer_counts_once(centre: Centre, incident: UUID) -> None:
    await judge(centre, "chief", incident, TRUE)
    await judge(centre, "chief", incident, FALSE)

    assert await rows(centre.engine, "SELECT value, stage FROM verdict") == [("true", "audit")]


async def test_a_verdict_hit_in_error_is_taken_back_within_a_minute(
    centre: Centre, incident: UUID
) -> None:
    page = await centre.client_of("chief")
    await judge(centre, "chief", incident, FALSE)
    undone = await page.post(f"/v1/accuracy/audit/{incident}/undo")
    assert undone.json()["next"]["incident"] == str(incident)
    await judge(centre, "chief", incident, TRUE)
    centre.clock.advance(minutes=2)
    late = await page.post(f"/v1/accuracy/audit/{incident}/undo")

    assert (late.status_code, late.json()["code"]) == (404, "nothing_to_undo")
    stored = "SELECT round, inclusion_probability < 1, verdict IS NULL FROM audit_task"
    first, *later = await rows(centre.engine, f"{stored} ORDER BY round")
    assert first == (1, False, False)
    assert all(task == (2, True, True) for task in later)  # the second rater of "false" is gone
    values = await rows(centre.engine, "SELECT value FROM verdict ORDER BY at, id")
    assert values == [("false",), ("withdrawn",), ("true",)]


async def test_nothing_is_taken_back_once_another_rater_has_followed(
    centre: Centre, incident: UUID
) -> None:
    await judge(centre, "chief", incident, FALSE)
    centre.clock.advance(minutes=11)
    await judge(centre, "desk", incident, FALSE)

    page = await centre.client_of("chief")
    undone = await page.post(f"/v1/accuracy/audit/{incident}/undo")

    assert undone.status_code == 404


async def test_audits_are_for_the_desks_and_auditors_of_the_area(
    centre: Centre, incident: UUID
) -> None:
    worker = await centre.client_of("east-1")
    assert (await worker.get("/v1/accuracy/audit")).status_code == 403
    assert (await queue_of(centre, "desk-elsewhere"))["next"] is None
    await judge(centre, "desk-elsewhere", incident, TRUE, status=404)


async def test_an_incident_is_not_audited_while_it_may_change(centre: Centre) -> None:
    await centre.raise_alert(score=0.4)

    assert await queue_of(centre, "chief") == {"next": None, "waiting": 0}


@given(first=VALUES, second=VALUES, number=st.integers(0, 2**128 - 1))
def test_an_audit_ends_with_agreement_or_a_decision(
    first: VerdictValue, second: VerdictValue, number: int
) -> None:
    incident, given_verdicts = UUID(int=number), {AuditRound.FIRST: first}

    asked = next_task(incident, given_verdicts)
    assert asked is not None or first is VerdictValue.TRUE
    decision = next_task(incident, {**given_verdicts, AuditRound.SECOND: second})
    assert (decision is None) == (first is second)
    assert next_task(incident, dict.fromkeys(AuditRound, first)) is None


def test_a_tenth_of_the_true_verdicts_is_given_twice() -> None:
    given_verdicts = {AuditRound.FIRST: VerdictValue.TRUE}
    n = sum(next_task(UUID(int=number), given_verdicts) is not None for number in range(2000))

    assert 150 <= n <= 250
