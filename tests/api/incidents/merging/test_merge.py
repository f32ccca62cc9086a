from uuid import UUID

import pytest

from api.errors import ConflictError, NotFoundError
from api.incidents.merging.merge import merge_incidents
from api.incidents.merging.split import split_incident
from pipeline.signal import Level
from tests.api.alerts import noon_plus
from tests.api.databases import rows
from tests.api.town import IN_EAST, IN_WEST, Centre

BY_HAND: dict[str, object] = {"reason": "by_hand"}


async def merge(centre: Centre, child: UUID, root: UUID) -> UUID:
    async with centre.engine.begin() as connection:
        return await merge_incidents(connection, child, root, reason=BY_HAND, now=centre.clock())


async def split(centre: Centre, child: UUID) -> UUID:
    async with centre.engine.begin() as connection:
        return await split_incident(connection, child, now=centre.clock())


async def two_incidents(centre: Centre, *, scores: tuple[float, float] = (0.9, 0.9)) -> list[UUID]:
    """Open one incident in the east and one in the west, far apart."""
    return [
        await centre.raise_alert("a", score=scores[0], location=IN_EAST),
        await centre.raise_alert("b", score=scores[1], location=IN_WEST, camera="west-gate"),
    ]


async def read(centre: Centre, incident: UUID, columns: str) -> tuple[object, ...]:
    """Return some columns of an incident."""
    statement = f"SELECT {columns} FROM incident WHERE id = '{incident}'"  # noqa: S608
    [row] = await rows(centre.engine, statement)
    return tuple(row)


async def test_a_merged_incident_keeps_its_alerts_and_its_root_counts_them(
    centre: Centre,
) -> None:
    root, child = await two_incidents(centre)

    assert await merge(centre, child, root) == root

    stored = await read(centre, child, "state, root, merge_reason")
    assert stored == ("merged", root, {"reason": "by_hand"})
    assert await read(centre, root, "n_alerts") == (2,)
    alerts = "SELECT incident, count(*) FROM alert GROUP BY incident ORDER BY incident"
    assert await rows(centre.engine, alerts) == [(root, 1), (child, 1)]


async def test_the_gravest_alert_of_both_leads_the_root(centre: Centre) -> None:
    root = await centre.raise_alert("a", score=0.95, level=Level.MINOR)
    child = await centre.raise_alert(
        "b", score=0.9, camera="west-gate", location=IN_WEST, scenario="fall"
    )

    await merge(centre, child, root)

    assert await read(centre, root, "scenario, level, score") == ("fall", "major", 0.95)


async def test_alerts_of_the_key_of_a_child_go_to_its_root(centre: Centre) -> None:
    root, child = await two_incidents(centre)
    await merge(centre, child, root)

    centre.clock.advance(minutes=2)
    assert await centre.raise_alert("c", camera="west-gate", location=IN_WEST) == child

    stored = await rows(
        centre.engine, "SELECT id, n_alerts FROM incident ORDER BY n_alerts DESC, id"
    )
    assert stored == [(root, 3), (child, 2)]


async def test_the_order_of_a_child_is_cancelled_and_that_of_the_root_goes_on(
    centre: Centre,
) -> None:
    root, child = await two_incidents(centre)
    await centre.clock_engine.process_due()

    await merge(centre, child, root)

    orders = await rows(centre.engine, "SELECT incident, state FROM work_order ORDER BY state")
    assert orders == [(child, "cancelled"), (root, "dispatched")]


async def test_a_split_restores_the_child_with_its_alerts_and_its_call(centre: Centre) -> None:
    root, child = await two_incidents(centre)
    await merge(centre, child, root)

    assert await split(centre, child) == root

    stored = await rows(
        centre.engine,
        "SELECT id, state, root, n_alerts, takes_alerts FROM incident ORDER BY id",
    )
    assert stored == [(root, "filed", None, 1, True), (child, "filed", None, 1, True)]
    await centre.clock_engine.process_due()
    assert await read(centre, child, "state") == ("dispatched",)
    audit = "SELECT incident, action FROM audit_log ORDER BY seq"
    actions = [action for incident, action in await rows(centre.engine, audit) if incident == child]
    assert actions == ["open", "file", "merge", "split", "dispatch"]


async def test_children_of_a_child_follow_it_into_a_merge_and_out_of_it(centre: Centre) -> None:
    root, child = await two_incidents(centre)
    grandchild = await centre.raise_alert("c", camera="far")
    await merge(centre, grandchild, child)
    await merge(centre, child, root)
    roots = "SELECT id, root FROM incident ORDER BY id"
    assert await rows(centre.engine, roots) == [(root, None), (child, root), (grandchild, root)]
    numbers = "SELECT n_alerts FROM incident ORDER BY id"
    assert await rows(centre.engine, numbers) == [(3,), (1,), (1,)]

    await split(centre, child)

    assert await rows(centre.engine, roots) == [(root, None), (child, None), (grandchild, child)]
    assert await rows(centre.engine, numbers) == [(1,), (2,), (1,)]


async def test_a_stored_root_takes_over_the_call_of_its_child(centre: Centre) -> None:
    root, child = await two_incidents(centre, scores=(0.05, 0.9))

    await merge(centre, child, root)

    stored = await read(centre, root, "state, decision, next_step")
    assert stored == ("filed", "push", "dispatch")


async def accept(centre: Centre, incident: UUID, worker: str) -> None:
    page = await centre.client_of(worker)
    orders = await rows(centre.engine, "SELECT incident, id, version FROM work_order")
    [(order, version)] = [(id_, version) for of, id_, version in orders if of == incident]
    answer = await page.post(f"/v1/orders/{order}/accept", json={"version": version})
    assert answer.status_code == 200, answer.text


async def test_what_a_person_has_taken_stands_for_both(centre: Centre) -> None:
    root, child = await two_incidents(centre)
    await centre.clock_engine.process_due()
    await accept(centre, child, "head")

    assert await merge(centre, child, root) == child

    assert await read(centre, root, "state") == ("merged",)


async def test_two_accepted_orders_are_never_merged(centre: Centre) -> None:
    root, child = await two_incidents(centre)
    await centre.clock_engine.process_due()
    await accept(centre, root, "east-1")
    await accept(centre, child, "head")

    with pytest.raises(ConflictError, match="both_taken"):
        await merge(centre, child, root)


async def test_only_open_incidents_are_merged_and_only_merged_ones_split(centre: Centre) -> None:
    root, child = await two_incidents(centre)
    await merge(centre, child, root)

    with pytest.raises(ConflictError, match="wrong_state"):
        await merge(centre, child, root)
    with pytest.raises(ConflictError, match="wrong_state"):
        await split(centre, root)
    with pytest.raises(NotFoundError):
        await merge(centre, UUID(int=1), root)
    with pytest.raises(NotFoundError):
        await merge(centre, root, root)
    with pytest.raises(NotFoundError):
        await split(centre, UUID(int=1))


async def test_a_child_whose_key_another_has_taken_gives_it_up(centre: Centre) -> None:
    root, child = await two_incidents(centre)
    await merge(centre, child, root)
    desk = await centre.client_of("desk")
    [version] = await read(centre, root, "version")
    body = {"version": version, "reason": "nothing there"}
    answer = await desk.post(f"/v1/incidents/{root}/reject", json=body)
    assert answer.status_code == 200, answer.text
    centre.clock.at = noon_plus(3 * 3600)
    newer = await centre.raise_alert("d", location=IN_WEST, camera="west-gate", at=centre.clock())

    await split(centre, child)

    holders = await rows(centre.engine, "SELECT id FROM incident WHERE is_open AND takes_alerts")
    assert holders == [(newer,)]
