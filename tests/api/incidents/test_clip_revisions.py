"""A further revision adds a clip to an alert, and changes nothing else."""

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.batch import Ingest
from pipeline.alert import Change
from pipeline.wire import AlertMessage, Evidence
from tests.api.alerts import alert_message, enroll, noon_plus, signed_message

CLIP = Evidence(
    sha256="c" * 64,
    kind="clip",
    media_type="video/mp4",
    bytes=9,
    redacted=True,
    status="pending",
)


def with_clip(message: AlertMessage) -> AlertMessage:
    data = msgspec.structs.replace(message.data, evidence=(CLIP,))
    return msgspec.structs.replace(message, data=data)


@pytest.mark.parametrize("archived", [False, True], ids=["still open", "closed meanwhile"])
async def test_a_revision_that_adds_a_clip_does_not_change_the_incident(
    database: AsyncEngine, *, archived: bool
) -> None:
    await enroll(database)
    ingest = Ingest(database)
    closed = alert_message(rev=2, seq=2, change=Change.CLOSED, at=noon_plus(4))
    again = with_clip(alert_message(rev=3, seq=3, change=Change.CLOSED, at=noon_plus(4)))
    await ingest.store_batch([signed_message(alert_message())], now=noon_plus(1))
    await ingest.store_batch([signed_message(closed)], now=noon_plus(5))
    async with database.begin() as connection:
        if archived:
            await connection.execute(text("UPDATE incident SET state = 'closed'"))
        what = text("SELECT id, state, n_alerts, is_open, version, is_over FROM incident")
        before = (await connection.execute(what)).all()

    await ingest.store_batch([signed_message(again)], now=noon_plus(9))

    async with database.connect() as connection:
        assert (await connection.execute(what)).all() == before
        stored = text("SELECT rev, closed_at, data #>> '{evidence,0,kind}' FROM alert")
        assert (await connection.execute(stored)).all() == [(3, noon_plus(4), "clip")]
