"""Incidents that wait: somebody is asked in every state, and nobody waits behind them."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from api.dispatch.clock_engine import ClockEngine
from api.dispatch.self_audit import SelfAudit
from pipeline.signal import Level
from tests.api.databases import rows, scalar
from tests.api.town import EAST, IN_EAST, Centre

STUCK_AREA = "510108"  # its desk has an operator, and nobody is ever on duty there

INSERT_FILED = text("""
    INSERT INTO incident (key, state, scenario, level, score, probability, decision, node, camera,
        zone, area_code, message, first_at, last_at, created_at, responsible_kind,
        responsible_area, next_step, due_at, next_action_at)
    SELECT 'test|' || :level || n, 'filed', 's', :level, 0.8, 0.9, 'push', 'n', 'c', 'z', :area,
        '{"zh": "", "en": ""}', :at, :at, :at, 'desk', :area, 'dispatch', :at, :at
    FROM generate_series(1, :n) AS n
""")


async def insert_filed(
    centre: Centre, n: int, *, area: str = STUCK_AREA, level: Level = Level.MAJOR
) -> None:
    """Insert incidents that wait for their dispatch since an hour ago."""
    params = {"n": n, "area": area, "level": level, "at": centre.clock() - timedelta(hours=1)}
    async with centre.engine.begin() as connection:
        await connection.execute(INSERT_FILED, params)


async def process_after(centre: Centre, **length: float) -> list[str]:
    """Advance the clock, process what is due, and return who was notified by that."""
    before = await centre.notified_accounts()
    centre.clock.advance(**length)
    await centre.clock_engine.process_due()
    return (await centre.notified_accounts())[len(before) :]


async def accept_order(centre: Centre, name: str = "east-1") -> str:
    """Accept the open order of an account and return its address."""
    phone = await centre.client_of(name)
    [order] = (await phone.get("/v1/orders", params={"mine": True, "open": True})).json()["items"]
    path = f"/v1/orders/{order['id']}"
    assert (await phone.post(f"{path}/accept", json={"version": 1})).status_code == 200
    return path


async def test_incidents_that_nobody_can_take_delay_no_other(centre: Centre) -> None:
    await insert_filed(centre, 1500)
    await centre.clock_engine.process_due()
    centre.clock.advance(seconds=10)  # all of them are tried again in this round
    await centre.raise_alert()
    await centre.clock_engine.process_batch()

    assert (await centre.notified_accounts())[-2:] == ["east-1", "east-2"]


async def test_a_desk_gets_one_notice_for_all_incidents_that_nobody_can_take(
    centre: Centre,
) -> None:
    await insert_filed(centre, 200)
    await centre.clock_engine.process_due()

    assert await centre.notified_accounts() == ["desk-elsewhere"]


async def test_a_critical_incident_overtakes_a_storm_of_minor_ones(centre: Centre) -> None:
    await insert_filed(centre, 200, area=EAST, level=Level.MINOR)
    await insert_filed(centre, 1, area=EAST, level=Level.CRITICAL)
    await centre.clock_engine.process_due()

    dispatched = (
        "SELECT i.level FROM work_order w JOIN incident i ON i.id = w.incident ORDER BY w.id"
    )
    levels = [level for (level,) in await rows(centre.engine, dispatched)]
    assert (levels[0], len(levels)) == ("critical", 201)


async def test_two_processes_dispatch_each_incident_once(centre: Centre) -> None:
    await insert_filed(centre, 300, area=EAST)
    engines = [ClockEngine(centre.engine, centre.live.signal, now=centre.clock) for _ in range(2)]
    counts = await asyncio.gather(*(engine.process_due() for engine in engines))

    assert sum(counts) == 300
    assert await scalar(centre.engine, "SELECT count(*) FROM work_order") == 300
    assert await scalar(centre.engine, "SELECT count(*) FROM notification") == 600


async def test_retries_go_on_after_a_restart_where_they_were(centre: Centre) -> None:
    await insert_filed(centre, 1)
    for _ in range(3):
        centre.clock.advance(minutes=1)
        centre.clock_engine = ClockEngine(centre.engine, centre.live.signal, now=centre.clock)
        await centre.clock_engine.process_due()

    [(step, next_action_at)] = await rows(
        centre.engine, "SELECT clock_step, next_action_at FROM incident"
    )
    assert step == 3
    assert next_action_at - centre.clock() == timedelta(seconds=40)


async def test_a_shift_that_begins_is_used_within_a_minute(centre: Centre) -> None:
    centre.clock.advance(hours=-4, minutes=-1)  # a minute before the first shift
    await insert_filed(centre, 1, area=EAST)
    await centre.clock_engine.process_due()
    notified = [await process_after(centre, seconds=20) for _ in range(6)]

    assert ["east-1", "east-2"] in notified


async def test_nobody_on_duty_reaches_the_desk_the_district_and_the_emergency_contact(
    centre: Centre,
) -> None:
    centre.clock_engine = ClockEngine(
        centre.engine, centre.live.signal, now=centre.clock, emergency_contacts=["west-1"]
    )
    centre.clock.advance(days=3)
    await insert_filed(centre, 1, area=EAST)
    await centre.clock_engine.process_due()
    first = await centre.notified_accounts()
    notified = [first, *[await process_after(centre, seconds=20) for _ in range(12)]]

    assert [names for names in notified if names] == [
        ["desk"],
        ["chief"],
        ["chief", "desk", "west-1"],
    ]


async def test_an_incident_that_nobody_reviews_reaches_the_emergency_contact(
    centre: Centre,
) -> None:
    centre.clock_engine = ClockEngine(
        centre.engine, centre.live.signal, now=centre.clock, emergency_contacts=["west-1"]
    )
    incident = await centre.raise_alert(score=0.3)
    notified = [await process_after(centre, minutes=2) for _ in range(4)]
    detail = (await (await centre.client_of("desk")).get(f"/v1/incidents/{incident}")).json()

    assert detail["state"] == "new"
    assert (detail["responsible"]["kind"], detail["next_step"]) == ("desk", "review")
    assert [names[0] for names in notified] == ["desk", "desk", "chief", "chief"]
    assert "west-1" in notified[-1]
    assert [await process_after(centre, minutes=15) for _ in range(3)] == [notified[-1]] * 3


async def test_whoever_is_asked_for_help_may_decide_like_the_desk(centre: Centre) -> None:
    centre.clock_engine = ClockEngine(
        centre.engine, centre.live.signal, now=centre.clock, emergency_contacts=["west-1"]
    )
    incident = await centre.raise_alert(score=0.3)
    page = await centre.client_of("west-1")
    path = f"/v1/incidents/{incident}"
    assert (await page.post(f"{path}/confirm", json={"version": 1})).status_code == 404
    for _ in range(4):
        await process_after(centre, minutes=2)
    confirmed = await page.post(f"{path}/confirm", json={"version": 1})

    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "filed")


async def test_a_worker_who_never_reports_is_reminded_and_then_others_are_asked(
    centre: Centre,
) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    path = await accept_order(centre)
    phone = await centre.client_of("east-1")
    assert (await phone.post(f"{path}/start", json={"version": 2})).status_code == 200
    notified = [await process_after(centre, hours=6) for _ in range(10)]

    assert [names for names in notified if names][:4] == [
        ["east-1"],  # at three quarters of the time
        ["east-1"],  # when it is over
        ["desk"],  # nobody is on duty for the street
        ["chief"],
    ]
    assert notified[-1]


async def test_work_that_nobody_verifies_is_asked_for(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    await set_state(centre, incident, "feedback")
    notified = [await process_after(centre, hours=12) for _ in range(5)]

    assert [names for names in notified if names] == [
        ["desk"],
        ["desk"],
        ["chief"],
        ["chief", "desk"],
    ]


async def test_the_self_audit_names_an_incident_whose_reminder_did_not_come(
    centre: Centre,
) -> None:
    incident = await centre.raise_alert(score=0.3, location=IN_EAST)
    audit = SelfAudit(centre.engine, now=centre.clock)
    centre.clock.advance(minutes=2)
    assert await audit.check() == []
    centre.clock.advance(minutes=2)
    assert await audit.check() == [incident]
    await centre.clock_engine.process_due()

    assert await audit.check() == []


async def set_state(centre: Centre, incident: UUID, state: str) -> None:
    """Put an incident and its order into a state whose clock starts now."""
    sql = """
        UPDATE work_order SET state = :state WHERE incident = :id;
    """
    start = """
        UPDATE incident SET state = :state, next_step = 'verify', responsible_kind = 'desk',
            responsible_area = area_code, clock_step = 0,
            due_at = CAST(:now AS timestamptz) + interval '24 h',
            next_action_at = CAST(:now AS timestamptz) + interval '24 h'
        WHERE id = :id
    """
    params = {"id": incident, "state": state}
    async with centre.engine.begin() as connection:
        await connection.execute(text(sql), params)
        await connection.execute(text(start), {**params, "now": centre.clock()})
