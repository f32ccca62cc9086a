"""A camera with a reflecting sign: its repeats end, and what else it shows still calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from msgspec.structs import replace
from sqlalchemy import text

from api.ingest.batch import Ingest
from pipeline.geometry.shapes import Box
from tests.api.alerts import ALERT_NODE, alert_message, signed_message
from tests.api.databases import rows
from tests.api.town import EAST, Centre

SIGN = Box(0.40, 0.30, 0.10, 0.16)
REPEATS, TRUE_ALERTS = 40, 120


@dataclass(frozen=True, slots=True)
class Sight:
    """What an alert shows, and whether it is true."""

    name: str
    box: Box
    is_true: bool


def sights(series: str, seed: int) -> list[Sight]:
    """Draw reflections of the sign, and people, some of whom stand right before it."""
    draw = np.random.default_rng(seed)

    def shaken(box: Box, by: float) -> Box:
        moved = (value * (1 + draw.uniform(-by, by)) for value in (box.x, box.y, box.w, box.h))
        return Box(*map(float, moved))

    repeats = [Sight(f"{series}s{n}", shaken(SIGN, 0.05), False) for n in range(REPEATS)]
    people = []
    for n in range(TRUE_ALERTS):
        near = n % 6 == 0
        x, y = (0.42, 0.26) if near else (draw.uniform(0, 0.9), draw.uniform(0, 0.5))
        box = shaken(Box(x * 0.95, y * 0.95, 0.08, 0.36), 0.04)
        people.append(Sight(f"{series}p{n}", box, True))
    both = [*repeats, *people]
    return [both[n] for n in draw.permutation(len(both))]


async def raise_all(centre: Centre, seen: Sequence[Sight]) -> None:
    messages = []
    for seq, sight in enumerate(seen, start=1):
        message = alert_message(sight.name, seq=seq, zone=sight.name, at=centre.clock(), score=0.9)
        data = replace(message.data, boxes=(sight.box,))
        messages.append(signed_message(replace(message, data=data)))
    await Ingest(centre.engine).store_batch(messages, now=centre.clock())


async def judge_all(centre: Centre, seen: Sequence[Sight]) -> None:
    """Let the desk judge what it has not, by the truth."""
    insert = text("""
        INSERT INTO verdict (incident, value, stage, reason, actor, at)
        SELECT i.id, CASE WHEN i.zone = ANY (CAST(:true AS text[])) THEN 'true' ELSE 'false' END,
            'review', CASE WHEN i.zone = ANY (CAST(:true AS text[])) THEN '' ELSE 'this_spot' END,
            (SELECT id FROM account WHERE name = 'desk'), i.created_at
        FROM incident i WHERE NOT EXISTS (SELECT FROM verdict v WHERE v.incident = i.id)
    """)
    async with centre.engine.begin() as connection:
        await connection.execute(insert, {"true": [each.name for each in seen if each.is_true]})


async def test_false_at_this_spot_ends_the_repeats_and_hardly_anything_else(
    centre: Centre,
) -> None:
    async with centre.engine.begin() as connection:
        insert = "INSERT INTO camera (node, name, area_code) VALUES (:node, 'north-gate', :area)"
        await connection.execute(text(insert), {"node": str(ALERT_NODE), "area": EAST})
    desk = await centre.client_of("desk")
    before = sights("a", seed=1)
    await raise_all(centre, before)
    await judge_all(centre, before)

    [source] = (await desk.get("/v1/accuracy/proposals")).json()["items"]
    proposal = source["proposals"][0]
    effect = proposal["effect"]
    assert (source["camera"], proposal["change"]) == ("north-gate", "suppress_region")
    assert effect["n_false_removed"] >= 0.9 * effect["false_total"] == 0.9 * REPEATS
    assert effect["n_true_lost"] <= 0.01 * effect["true_total"]
    by_name = "SELECT id FROM incident WHERE zone LIKE 'as%'"
    assert {UUID(id_) for id_ in effect["false_removed"]} <= {
        row[0] for row in await rows(centre.engine, by_name)
    }

    applied = await desk.post(
        "/v1/accuracy/proposals", json={"incident": proposal["incident"], "days": 7}
    )
    assert applied.status_code == 201, applied.text
    suppression = applied.json()
    assert suppression["prediction"]["false_removed"] == effect["n_false_removed"]
    assert suppression["reason"] == "this_spot"

    centre.clock.advance(hours=3)
    after = sights("b", seed=2)
    await raise_all(centre, after)
    counted = dict(
        await rows(
            centre.engine,
            "SELECT left(zone, 2), count(*) FILTER (WHERE decision = 'suppressed') FROM incident"
            " WHERE zone LIKE 'b%' GROUP BY 1",
        )
    )
    assert counted["bs"] >= 0.9 * REPEATS
    assert counted["bp"] <= 0.01 * TRUE_ALERTS
    await centre.pages.pop("desk").aclose()  # its login has ended unused
    desk = await centre.client_of("desk")
    [listed] = (await desk.get("/v1/suppressions")).json()["items"]
    assert listed["withheld"] == counted["bs"] + counted["bp"]
    assert (await desk.get("/v1/accuracy/proposals")).json()["items"] == []  # it is applied

    # It is undone in one step, and ends by itself.
    assert suppression["ends_at"].startswith("2026-11-30")
    await desk.post(f"/v1/suppressions/{suppression['id']}/end")
    centre.clock.advance(hours=3)
    await raise_all(centre, sights("c", seed=3)[:20])
    still = "SELECT count(*) FROM incident WHERE zone LIKE 'c%' AND decision = 'suppressed'"
    assert await rows(centre.engine, still) == [(0,)]


async def test_scorecards_say_what_to_mend_first(centre: Centre) -> None:
    desk = await centre.client_of("desk")
    seen = sights("a", seed=1)
    await raise_all(centre, seen)
    await judge_all(centre, seen)

    cards = (await desk.get("/v1/accuracy/scorecards")).json()["items"]

    assert [card["kind"] for card in cards] == ["camera", "scenario"]
    camera = cards[0]
    assert (camera["n"], camera["n_true"], camera["n_false"]) == (160, TRUE_ALERTS, REPEATS)
    assert camera["low"] < camera["true_share"] == 0.75 < camera["high"]
    assert camera["suggestions"][0]["proposals"][0]["change"] == "suppress_region"


async def test_only_what_was_judged_false_proposes_a_region(centre: Centre) -> None:
    desk, elsewhere = [await centre.client_of(name) for name in ("desk", "desk-elsewhere")]
    incident = await centre.raise_alert("a")

    unjudged = await desk.get(f"/v1/accuracy/proposals/{incident}")
    unknown = await desk.get("/v1/accuracy/proposals/00000000-0000-0000-0000-000000000000")
    foreign = await elsewhere.post("/v1/accuracy/proposals", json={"incident": str(incident)})

    assert (unjudged.status_code, unjudged.json()["code"]) == (422, "not_false")
    assert unknown.status_code == foreign.status_code == 404
