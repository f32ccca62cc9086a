"""One cause gives one incident, a flood of reviews ten rows; no call to a worker is put off."""

from datetime import datetime, timedelta

from msgspec.structs import replace as struct_replace

from api.ingest.batch import Ingest
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Location
from tests.api.alerts import alert_message, noon_plus, signed_message
from tests.api.databases import rows
from tests.api.incidents.system_incidents.test_actions import accept_order
from tests.api.town import IN_EAST, IN_WEST, Centre


def opened_at(message: AlertMessage, at: datetime) -> AlertMessage:
    """Return a message of an alert that was opened at a time."""
    return struct_replace(message, data=struct_replace(message.data, opened_at=at))


async def test_a_power_cut_gives_one_parent_for_the_street(centre: Centre) -> None:
    for n in range(20):
        at = noon_plus(n)
        centre.clock.at = at
        await centre.raise_alert(
            f"{n}", scenario="camera_lost", camera=f"camera-{n}", at=at, score=0.9
        )

    shown = await rows(
        centre.engine,
        "SELECT key, n_alerts FROM incident WHERE root IS NULL AND starts_with(key, 'storm|')",
    )
    assert shown == [("storm|camera|510107001", 20)]
    counted = await rows(
        centre.engine, "SELECT count(*) FILTER (WHERE root IS NULL), count(*) FROM incident"
    )
    assert counted == [(1, 21)]
    page = await centre.client_of("desk")
    queue = (await page.get("/v1/incidents", params={"open": True})).json()["items"]
    assert "power cut" in queue[0]["because"]["en"]


async def test_a_critical_failure_raises_the_incident_of_its_power_cut(centre: Centre) -> None:
    for n in range(6):
        level = Level.CRITICAL if n == 5 else Level.MINOR
        await centre.raise_alert(
            f"{n}", scenario="camera_lost", camera=f"camera-{n}", score=0.9, level=level
        )

    shown = "SELECT key, level FROM incident WHERE root IS NULL"
    assert await rows(centre.engine, shown) == [("storm|camera|510107001", "critical")]


async def test_a_power_cut_leaves_alone_what_a_worker_has_taken_up(centre: Centre) -> None:
    await centre.raise_alert("0", scenario="camera_lost", camera="camera-0", score=0.9)
    await centre.clock_engine.process_due()
    await accept_order(centre, "east-1")

    for n in range(1, 6):
        await centre.raise_alert(f"{n}", scenario="camera_lost", camera=f"camera-{n}", score=0.9)

    shown = "SELECT id, state, n_alerts FROM incident WHERE root IS NULL ORDER BY id"
    assert [row[1:] for row in await rows(centre.engine, shown)] == [("accepted", 1), ("filed", 5)]


async def test_a_live_alert_leaves_the_flood_of_reviews_in_which_its_place_waits(
    centre: Centre,
) -> None:
    for n in range(8):
        await centre.raise_alert(f"{n}", scenario="loitering", zone=f"zone-{n}", score=0.3)
    [(parent, child)] = await rows(
        centre.engine, "SELECT root, id FROM incident WHERE zone = 'zone-7'"
    )

    live = await centre.raise_alert("live", scenario="loitering", zone="zone-7", score=0.95)
    same = await centre.raise_alert("6", scenario="loitering", zone="zone-6", score=0.95, rev=2)
    await centre.clock_engine.process_due()

    dispatched = "SELECT id, n_alerts FROM incident WHERE state = 'dispatched' ORDER BY id"
    assert await rows(centre.engine, dispatched) == [(live, 1), (same, 1)]
    floods = "SELECT id, state, n_alerts FROM incident WHERE starts_with(key, 'storm|')"
    assert await rows(centre.engine, floods) == [(parent, "new", 3)]
    recurrences = (
        "SELECT recurrence_of FROM incident WHERE state = 'dispatched' AND zone = 'zone-7'"
    )
    assert await rows(centre.engine, recurrences) == [(child,)]


async def test_a_backlog_that_contains_a_live_alert_of_a_place_calls_for_that_place_alone(
    centre: Centre,
) -> None:
    centre.clock.at = noon_plus(1800)
    late = [
        alert_message(
            f"{n}", seq=n + 1, scenario="loitering", zone=f"zone-{n}", score=0.95, location=IN_EAST
        )
        for n in range(9)
    ]
    live = opened_at(
        alert_message(
            "live", seq=20, scenario="loitering", zone="zone-8", score=0.95, at=centre.clock()
        ),
        centre.clock(),
    )

    batch = [signed_message(message) for message in (*late, live)]
    await Ingest(centre.engine).store_batch(batch, now=centre.clock())

    called = "SELECT zone, n_alerts FROM incident WHERE root IS NULL AND state = 'filed'"
    assert await rows(centre.engine, called) == [("zone-8", 2)]


async def test_a_flood_of_reviews_gives_a_desk_ten_rows_in_ten_minutes(centre: Centre) -> None:
    scenarios = ["loitering", "intrusion", "object_left", "illegal_parking", "off_post"]
    for n in range(40):
        at = noon_plus(10 * n)
        centre.clock.at = at
        scenario = scenarios[n % len(scenarios)]
        await centre.raise_alert(
            f"{n}", scenario=scenario, zone=f"zone-{n}", at=at, score=0.2 + n / 400
        )

    opened = await rows(centre.engine, "SELECT created_at FROM incident WHERE root IS NULL")
    times: list[datetime] = [at for (at,) in opened]
    assert len(times) <= 10
    assert await rows(centre.engine, "SELECT count(*) FROM alert") == [(40,)]
    assert max(times) - min(times) < timedelta(minutes=10)


async def test_confirming_a_flood_of_reviews_dispatches_each_incident_by_itself(
    centre: Centre,
) -> None:
    for n in range(8):
        await centre.raise_alert(
            f"{n}", scenario="loitering", zone=f"zone-{n}", score=0.3 + n / 400
        )
    [(parent, version)] = await rows(
        centre.engine, "SELECT id, version FROM incident WHERE starts_with(key, 'storm|')"
    )
    children = "SELECT count(*) FROM incident WHERE root IS NOT NULL"
    [(n_children,)] = await rows(centre.engine, children)
    page = await centre.client_of("desk")
    path = f"/v1/incidents/{parent}/confirm"

    headers = {"Idempotency-Key": "confirm-the-flood"}
    answers = [await page.post(path, json={"version": version}, headers=headers) for _ in range(2)]
    await centre.clock_engine.process_due()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["state"] == "closed"
    assert await rows(centre.engine, children) == [(0,)]
    dispatched = "SELECT count(*), sum(n_alerts) FROM incident WHERE state = 'dispatched'"
    assert await rows(centre.engine, dispatched) == [(n_children, n_children)]
    verdicts = "SELECT value, count(*) FROM verdict GROUP BY value"
    assert await rows(centre.engine, verdicts) == [("true", n_children)]


async def test_two_views_of_one_matter_in_a_flood_are_confirmed_as_one_incident(
    centre: Centre,
) -> None:
    for n in range(5):
        await centre.raise_alert(f"{n}", scenario="loitering", zone=f"zone-{n}", score=0.3)
    nearby = Location(lon=IN_WEST.lon, lat=IN_WEST.lat + 0.0001)
    for camera, place in (("pond", IN_WEST), ("bench", nearby)):
        await centre.raise_alert(
            camera, scenario="loitering", camera=camera, location=place, score=0.3
        )
    [(parent, version)] = await rows(
        centre.engine, "SELECT id, version FROM incident WHERE starts_with(key, 'storm|')"
    )

    page = await centre.client_of("desk")
    answer = await page.post(f"/v1/incidents/{parent}/confirm", json={"version": version})

    assert answer.status_code == 200, answer.text
    views = (
        "SELECT camera, state, n_alerts FROM incident WHERE camera IN ('pond', 'bench') ORDER BY id"
    )
    assert await rows(centre.engine, views) == [("pond", "filed", 2), ("bench", "merged", 1)]


async def test_no_alert_files_the_parent_of_a_flood_of_reviews(centre: Centre) -> None:
    centre.clock.at = noon_plus(1800)
    late = [
        alert_message(
            f"{n}", seq=n + 1, scenario="loitering", zone=f"zone-{n}", score=0.95, location=IN_EAST
        )
        for n in range(9)
    ]
    batch = [signed_message(message) for message in late]
    await Ingest(centre.engine).store_batch(batch, now=centre.clock())

    for rev, change in ((1, Change.OPENED), (2, Change.UPDATED), (3, Change.CLOSED)):
        await centre.raise_alert(
            "live",
            scenario="loitering",
            zone="zone-9",
            score=0.3,
            at=centre.clock(),
            rev=rev,
            change=change,
        )

    parents = "SELECT state, n_alerts FROM incident WHERE starts_with(key, 'storm|')"
    assert await rows(centre.engine, parents) == [("new", 6)]
