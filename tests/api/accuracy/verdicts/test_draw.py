"""Which incidents are drawn for audits when they are opened."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.sampling import NEW_CAMERA, is_drawn, queue_position
from api.ingest.batch import Ingest
from tests.api.alerts import NOON, alert_message, signed_message
from tests.api.databases import rows


async def test_every_incident_of_a_new_camera_is_drawn(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch([signed_message(alert_message("a"))], now=NOON)

    stored = await rows(
        database,
        "SELECT round, inclusion_probability, audit_probability, position, incident"
        " FROM audit_task t JOIN incident i ON i.id = t.incident",
    )
    [(audit_round, drawn_with, recorded, position, incident)] = stored
    assert (audit_round, drawn_with, recorded) == (1, 1.0, 1.0)
    assert isinstance(incident, UUID)
    assert position == queue_position(incident, 1.0)


async def test_later_incidents_are_drawn_with_the_recorded_probability(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch([signed_message(alert_message("a"))], now=NOON)
    later = NOON + NEW_CAMERA
    messages = [
        signed_message(alert_message(f"b{n}", seq=n, at=later, zone=f"zone-{n}", score=score))
        for n, score in enumerate([0.9, 0.5, 0.05] * 20, start=2)
    ]
    await ingest.store_batch(messages, now=later)

    stored = await rows(
        database,
        "SELECT id, probability, audit_probability, t.incident IS NOT NULL FROM incident i"
        " LEFT JOIN audit_task t ON t.incident = i.id WHERE audit_probability < 1",
    )
    assert len(stored) == 60
    assert {round(recorded, 2) for _, _, recorded, _ in stored} == {0.05, 0.2, 0.03}
    assert all(drawn == is_drawn(id_, recorded) for id_, _, recorded, drawn in stored)


async def test_another_model_or_revision_makes_a_camera_new_again(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch([signed_message(alert_message("a"))], now=NOON)
    later = NOON + NEW_CAMERA
    message = alert_message("b", seq=2, at=later, zone="gate", scenario="fall")

    await ingest.store_batch([signed_message(message)], now=later)

    assert await rows(database, "SELECT audit_probability FROM incident") == [(1.0,), (1.0,)]
    seen = "SELECT scenario, first_at FROM camera_scenario ORDER BY first_at"
    assert await rows(database, seen) == [("crowd_gathering", NOON), ("fall", later)]


async def test_a_stronger_alert_never_lowers_the_chance_of_an_audit(
    ingest: Ingest, database: AsyncEngine
) -> None:
    await ingest.store_batch([signed_message(alert_message("a"))], now=NOON)
    later = NOON + NEW_CAMERA
    for seq, score in enumerate([0.5, 0.95], start=2):
        message = alert_message(f"b{seq}", seq=seq, at=later, zone="gate", score=score)
        await ingest.store_batch([signed_message(message)], now=later)

    stored = await rows(database, "SELECT audit_probability, score FROM incident WHERE zone='gate'")
    assert stored == [(0.2, 0.95)]
