"""Reject with the right verdict, silence the camera with it, and take a review back."""

import pytest

from api.accuracy.verdicts.reasons import VerdictReason, reasons_of
from api.incidents.correlation.context_store import View, get_histories
from tests.api.databases import rows, scalar
from tests.api.incidents.steps import (
    Item,
    accepted,
    act,
    act_on_order,
    dispatched,
    notifications,
    open_orders,
    read,
    request,
    show_notifications,
)
from tests.api.town import Centre

VERDICTS = {
    VerdictReason.NOTHING_THERE: "false",
    VerdictReason.THIS_SPOT: "false",
    VerdictReason.NORMAL_ACTIVITY: "benign",
    VerdictReason.ALREADY_KNOWN: "duplicate",
    VerdictReason.CANNOT_TELL: "unsure",
}


@pytest.mark.parametrize("code", VERDICTS)
async def test_the_reason_decides_about_the_verdict(centre: Centre, code: VerdictReason) -> None:
    incident = await centre.raise_alert(score=0.4)
    rejected = await act(centre, incident, "reject", reason_code=code)

    [verdict] = rejected["verdicts"]
    assert (rejected["state"], verdict["value"], verdict["reason"]) == (
        "rejected",
        VERDICTS[code],
        code,
    )


async def test_a_page_from_before_sends_the_code_as_its_reason(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    rejected = await act(centre, incident, "reject", reason="already_known")

    assert rejected["verdicts"][0]["value"] == "duplicate"


async def test_a_reason_in_words_stands_for_a_false_alarm(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    rejected = await act(centre, incident, "reject", reason="a flag in the wind")

    assert rejected["verdicts"][0]["value"] == "false"


async def test_a_page_learns_which_reasons_there_are(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    options = {item["action"]: item for item in (await read(centre, incident))["action_options"]}

    assert options["reject"]["needs_reason"]
    assert options["reject"]["reasons"] == list(reasons_of("crowd_gathering"))
    assert 3600 in options["reject"]["suppress_for_s"]
    assert not options["confirm"]["needs_reason"]


async def test_a_page_learns_how_long_a_review_can_be_taken_back(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    confirmed = await act(centre, incident, "confirm")
    centre.clock.advance(seconds=4)
    later = await read(centre, incident)
    centre.clock.advance(seconds=7)

    assert [_within_s(item)["undo"] for item in (confirmed, later)] == [10, 6]
    assert _within_s(confirmed)["reject"] is None
    assert "undo" not in _within_s(await read(centre, incident))


def _within_s(incident: Item) -> dict[str, float | None]:
    return {item["action"]: item["within_s"] for item in incident["action_options"]}


async def test_a_rejection_may_silence_the_camera_and_scenario(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    await act(centre, incident, "reject", reason_code="picture_fault", suppress_for_s=3600)

    query = "SELECT camera, scenario, incident, ends_at - starts_at FROM suppression"
    [(camera, scenario, of_incident, length)] = await rows(centre.engine, query)
    assert (camera, of_incident, length.total_seconds()) == ("north-gate", incident, 3600)
    assert scenario == (await read(centre, incident))["scenario"]


async def test_a_confirmation_is_taken_back_and_the_called_workers_are_told(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(score=0.4)
    await act(centre, incident, "confirm")
    await centre.clock_engine.process_due()
    await show_notifications(centre, "east-1")
    centre.clock.advance(seconds=9)
    undone = await act(centre, incident, "undo")

    assert (undone["state"], undone["next_step"]) == ("new", "review")
    assert "confirm" in undone["actions"]
    assert [verdict["value"] for verdict in undone["verdicts"]] == ["true", "withdrawn"]
    assert await open_orders(centre, "east-1") == []
    assert await notifications(centre, "east-1") == ["recall"]
    assert await notifications(centre, "east-2") == []  # nothing had reached this phone


async def were_false(centre: Centre, node: str) -> list[bool]:
    """Return what the verdicts say of the earlier incidents of a camera."""
    view = View(node=node, camera="north-gate", family="crowd", key="k", lon=None, lat=None)
    async with centre.engine.connect() as connection:
        histories = await get_histories(connection, [view], now=centre.clock())
    return [is_false for history in histories.values() for is_false in history.were_false]


async def test_a_rejection_that_was_taken_back_does_not_count_against_the_camera(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(score=0.4)
    node = (await act(centre, incident, "reject", reason_code="nothing_there"))["node"]
    rejected = await were_false(centre, node)
    await act(centre, incident, "undo")

    assert (rejected, await were_false(centre, node)) == ([True], [])


async def test_a_rejection_is_taken_back_with_its_order_and_silence(centre: Centre) -> None:
    incident, order = await accepted(centre)
    await act(centre, incident, "reject", reason_code="nothing_there", suppress_for_s=3600)
    assert await open_orders(centre, "east-1") == []
    undone = await act(centre, incident, "undo")

    assert (undone["state"], undone["responsible"]["account"]) == ("accepted", "east-1")
    assert [item["id"] for item in await open_orders(centre, "east-1")] == [order]
    assert (
        await scalar(centre.engine, "SELECT count(*) FROM suppression WHERE ends_at > now()") == 0
    )
    await act_on_order(centre, order, "start", name="east-1")


async def test_a_confirmation_that_only_added_a_verdict_is_taken_back(centre: Centre) -> None:
    incident, _ = await accepted(centre)
    await act(centre, incident, "confirm")
    undone = await act(centre, incident, "undo")

    assert undone["state"] == "accepted"
    assert "confirm" in undone["actions"]


async def test_a_review_is_taken_back_only_for_seconds_and_by_its_reviewer(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(score=0.4)
    await act(centre, incident, "reject", reason="a shadow")

    assert (await request(centre, incident, "undo", name="chief")).json()["code"] == "wrong_state"
    centre.clock.advance(seconds=11)
    assert (await request(centre, incident, "undo")).json()["code"] == "wrong_state"
    assert "undo" not in (await read(centre, incident))["actions"]


async def test_a_confirmation_stays_once_a_worker_has_accepted(centre: Centre) -> None:
    incident = await centre.raise_alert(score=0.4)
    await act(centre, incident, "confirm")
    await centre.clock_engine.process_due()
    [order] = await open_orders(centre, "east-1")
    await act_on_order(centre, order["id"], "accept", name="east-1")

    assert (await request(centre, incident, "undo")).status_code == 409


async def test_a_rejection_stays_once_the_camera_has_opened_another_incident(
    centre: Centre,
) -> None:
    incident, _ = await dispatched(centre)
    await act(centre, incident, "reject", reason="a shadow")
    other = await centre.raise_alert("b")
    assert other != incident
    answer = await request(centre, incident, "undo")

    assert (answer.status_code, answer.json()["code"]) == (409, "open_again")
