"""Merge two incidents by hand and split them again, through HTTP."""

from uuid import UUID

from tests.api.incidents.steps import (
    act,
    act_on_order,
    notifications,
    open_orders,
    read,
    request,
    show_notifications,
)
from tests.api.town import IN_WEST, Centre


async def two_dispatched(centre: Centre) -> tuple[UUID, UUID]:
    """Return an incident in the east, called to two workers, and one in the west, to the head."""
    east = await centre.raise_alert("a")
    west = await centre.raise_alert("b", camera="west-gate", location=IN_WEST)
    await centre.clock_engine.process_due()
    return east, west


async def test_a_merged_incident_frees_its_worker_and_is_split_again(centre: Centre) -> None:
    east, west = await two_dispatched(centre)
    await show_notifications(centre, "east-1")
    await act_on_order(centre, (await open_orders(centre, "head"))[0]["id"], "accept", name="head")
    merged = await act(centre, east, "merge", into=str(west), reason="same_matter")

    assert (merged["state"], merged["root"]) == ("merged", str(west))
    assert [order["state"] for order in merged["orders"]] == ["cancelled"]
    assert await open_orders(centre, "east-1") == []
    assert "recall" in await notifications(centre, "east-1")
    split = await act(centre, east, "split", reason="other_matter")
    assert (split["state"], split["root"]) == ("filed", None)
    assert (await read(centre, west))["state"] == "accepted"


async def test_the_incident_that_a_person_works_on_stands_for_both(centre: Centre) -> None:
    east, west = await two_dispatched(centre)
    [order] = [
        item for item in await open_orders(centre, "head") if item["incident"]["id"] == str(west)
    ]
    await act_on_order(centre, order["id"], "accept", name="head")
    after = await act(centre, west, "merge", into=str(east), reason="same_matter", key="page-1")

    assert (after["state"], after["root"]) == ("accepted", None)
    assert (await read(centre, east))["root"] == str(west)
    again = await request(
        centre, west, "merge", into=str(east), reason="same_matter", key="page-1", version=1
    )
    assert again.status_code == 200


async def test_two_incidents_that_persons_work_on_are_linked_and_not_merged(centre: Centre) -> None:
    east, west = await two_dispatched(centre)
    for incident, name in ((east, "east-1"), (west, "head")):
        for item in await open_orders(centre, name):
            if item["incident"]["id"] == str(incident):
                await act_on_order(centre, item["id"], "accept", name=name)
    answers = [
        await request(centre, east, "merge", into=str(west), reason="same_matter") for _ in range(2)
    ]

    codes = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert codes == [(409, "both_taken")] * 2
    for incident, other in ((east, west), (west, east)):
        shown = await read(centre, incident)
        linked = [(item["incident"], item["reason"]["reason"]) for item in shown["suggestions"]]
        assert linked == [(str(other), "both_taken")]
        assert shown["history"][-1]["action"] == "link"


async def test_an_incident_is_not_merged_with_itself_or_with_one_of_elsewhere(
    centre: Centre,
) -> None:
    east, _ = await two_dispatched(centre)
    itself = await request(centre, east, "merge", into=str(east), reason="x")
    unknown = await request(centre, east, "merge", into=str(UUID(int=1)), reason="x")

    assert (itself.status_code, unknown.status_code) == (404, 404)


async def test_an_open_incident_is_not_split(centre: Centre) -> None:
    east, _ = await two_dispatched(centre)
    answer = await request(centre, east, "split")

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
