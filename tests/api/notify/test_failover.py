"""Which channel of a person is used when: order, failures, receipts, urgency and quiet hours."""

from datetime import timedelta

import pytest

from api.notify.channels.http_request import open_http_client
from api.notify.channels.web_push import WebPush
from api.notify.fakes.fake_service import Behaviour
from api.notify.fakes.push_service import FakePushService
from api.notify.model import FAILOVER
from pipeline.signal import Level
from tests.api.databases import rows
from tests.api.incidents.steps import act
from tests.api.notify.channels.services import (
    add_browser,
    add_channel,
    add_robot,
    execute,
    open_service,
)
from tests.api.notify.senders import running_sender, until_states
from tests.api.town import Centre

PHONE = "+8613800000000"
WAITING = """
    SELECT n.channel, n.due_at FROM notification n JOIN account c ON c.id = n.account
    WHERE c.name = 'east-1' AND n.state = 'pending' AND n.channel <> 'app' ORDER BY n.due_at, 1
"""


async def dispatch(centre: Centre, *, level: Level = Level.MAJOR) -> None:
    await centre.raise_alert(level, level=level)
    await centre.clock_engine.process_due()
    centre.live.signal.send()


async def waiting(centre: Centre) -> list[tuple[str, timedelta]]:
    """List the channels of east-1 that wait, and for how long."""
    found = await rows(centre.engine, WAITING)
    return [(channel, due_at - centre.clock()) for channel, due_at in found]


async def set_quiet_hours(centre: Centre, name: str, starts_at: str, ends_at: str) -> None:
    await execute(
        centre,
        """
        INSERT INTO quiet_hours SELECT id, CAST(CAST(:s AS text) AS time),
            CAST(CAST(:e AS text) AS time), 'UTC' FROM account WHERE name = :name
        """,
        s=starts_at,
        e=ends_at,
        name=name,
    )


async def two_channels(centre: Centre, name: str = "east-1") -> None:
    """Give an account a webhook first, and SMS second."""
    await add_channel(centre, name, "webhook", "http://127.0.0.1:9/", position=1)
    await add_channel(centre, name, "sms", PHONE, position=2)


async def test_the_second_channel_waits_for_a_receipt_on_the_first(centre: Centre) -> None:
    await two_channels(centre)
    await dispatch(centre)

    assert await waiting(centre) == [("webhook", timedelta(0)), ("sms", FAILOVER)]


async def test_what_is_critical_goes_to_all_channels_at_once(centre: Centre) -> None:
    await two_channels(centre)
    await dispatch(centre, level=Level.CRITICAL)

    assert await waiting(centre) == [("sms", timedelta(0)), ("webhook", timedelta(0))]


async def test_a_channel_that_is_off_is_left_out(centre: Centre) -> None:
    await two_channels(centre)
    await execute(centre, "UPDATE channel SET is_enabled = false WHERE kind = 'webhook'")
    await dispatch(centre)

    assert await waiting(centre) == [("sms", timedelta(0))]


async def test_a_receipt_in_the_app_ends_the_other_channels_of_this_person_only(
    centre: Centre,
) -> None:
    await two_channels(centre)
    await two_channels(centre, "east-2")
    await dispatch(centre)
    worker = await centre.client_of("east-1")
    [notification] = (await worker.get("/v1/notifications")).json()["items"]
    await worker.post(f"/v1/notifications/{notification['id']}/delivered")

    assert await waiting(centre) == []
    others = "SELECT count(*) FROM notification WHERE state = 'pending' AND channel <> 'app'"
    assert await rows(centre.engine, others) == [(2,)]


async def test_an_action_acknowledges_and_ends_all_channels(centre: Centre) -> None:
    await two_channels(centre)
    await dispatch(centre)
    worker = await centre.client_of("east-1")
    [order] = (await worker.get("/v1/orders", params={"mine": True})).json()["items"]
    await worker.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})
    acknowledged = """
        SELECT c.name, count(n.acknowledged_at) FROM notification n
        JOIN account c ON c.id = n.account WHERE n.channel = 'app' GROUP BY 1 ORDER BY 1
    """

    assert await waiting(centre) == []
    assert await rows(centre.engine, acknowledged) == [("east-1", 1), ("east-2", 0)]


async def test_a_channel_that_gives_up_starts_the_next_one_at_once(centre: Centre) -> None:
    async with (
        open_http_client() as client,
        open_service("sms", client) as sms,
        open_service("webhook", client) as webhook,
    ):
        await add_channel(centre, "east-1", "sms", PHONE, position=1)
        await add_channel(centre, "east-1", "webhook", f"{webhook.fake.url}/", position=2)
        sms.fake.behave(Behaviour.REFUSE)
        channels = {"sms": sms.channel, "webhook": webhook.channel}
        async with running_sender(centre, channels):
            await dispatch(centre)
            message = await webhook.fake.next()
            await until_states(centre, "webhook", [("sent", 1)])

    assert message.to == "east-1"


async def test_a_device_that_has_unsubscribed_is_forgotten_and_another_one_rings(
    centre: Centre,
) -> None:
    async with (
        open_http_client() as client,
        FakePushService() as service,
        open_service("sms", client) as sms,
    ):
        old = await add_browser(centre, "east-1", service)
        await add_browser(centre, "east-1", service)
        await add_channel(centre, "east-1", "sms", PHONE, position=2)
        service.unsubscribe(old["endpoint"])
        channels = {"push": WebPush(client, contact=""), "sms": sms.channel}
        async with running_sender(centre, channels):
            await dispatch(centre)
            message = await service.next()
            await until_states(centre, "push", [("failed", 1), ("sent", 1)])
            assert await waiting(centre) == [("sms", FAILOVER)]
            centre.clock.advance(seconds=FAILOVER.total_seconds())
            centre.live.signal.send()
            assert (await sms.fake.next()).to == PHONE

    assert message.content["kind"] == "dispatch"
    assert await rows(centre.engine, "SELECT count(*) FROM push_subscription") == [(1,)]


async def test_the_last_device_that_unsubscribes_starts_the_next_channel_at_once(
    centre: Centre,
) -> None:
    async with (
        open_http_client() as client,
        FakePushService() as service,
        open_service("sms", client) as sms,
    ):
        old = await add_browser(centre, "east-1", service)
        await add_channel(centre, "east-1", "sms", PHONE, position=2)
        service.unsubscribe(old["endpoint"])
        channels = {"push": WebPush(client, contact=""), "sms": sms.channel}
        async with running_sender(centre, channels):
            await dispatch(centre)
            assert (await sms.fake.next()).to == PHONE


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "until"),
    [("11:00", "13:30", timedelta(minutes=90)), ("11:00", "06:00", timedelta(hours=18))],
)
async def test_in_quiet_hours_only_the_app_hears_of_what_is_not_critical(
    centre: Centre, starts_at: str, ends_at: str, until: timedelta
) -> None:
    await two_channels(centre)
    await set_quiet_hours(centre, "east-1", starts_at, ends_at)
    await dispatch(centre)

    assert await waiting(centre) == [("sms", until), ("webhook", until)]
    assert "east-1" in await centre.notified_accounts()


async def test_quiet_hours_never_mute_what_is_critical_or_about_life_and_limb(
    centre: Centre,
) -> None:
    await two_channels(centre)
    await set_quiet_hours(centre, "east-1", "11:00", "13:00")
    await dispatch(centre, level=Level.CRITICAL)
    critical = await waiting(centre)
    await execute(centre, "DELETE FROM notification")
    await centre.raise_alert("b", camera="b", scenario="fall", level=Level.MAJOR)
    await centre.clock_engine.process_due()

    assert {wait for _, wait in critical} == {timedelta(0)}
    assert {wait for _, wait in await waiting(centre)} == {timedelta(0)}


async def test_outside_of_quiet_hours_nothing_waits(centre: Centre) -> None:
    await two_channels(centre)
    await set_quiet_hours(centre, "east-1", "13:00", "06:00")
    await dispatch(centre)

    assert await waiting(centre) == [("webhook", timedelta(0)), ("sms", FAILOVER)]


async def test_a_group_gets_one_message_per_event_from_its_level_upwards(centre: Centre) -> None:
    await add_robot(centre, "wecom", "http://127.0.0.1:9/", level="major")
    await add_robot(centre, "feishu", "http://127.0.0.1:9/", level="critical")
    await dispatch(centre)
    centre.clock.advance(seconds=150)
    await centre.clock_engine.process_due()
    found = await rows(
        centre.engine,
        "SELECT channel, kind, account FROM notification WHERE robot IS NOT NULL ORDER BY 1",
    )

    assert found == [("wecom", "dispatch", None)]


async def test_a_group_is_nobody_who_could_be_recalled(centre: Centre) -> None:
    await add_robot(centre, "wecom", "http://127.0.0.1:9/")
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    await execute(centre, "UPDATE notification SET state = 'sent', sent_at = created_at")
    await act(centre, incident, "recall", to="desk", reason="not_needed")
    page = await centre.client_of("desk")
    detail = (await page.get(f"/v1/incidents/{incident}")).json()
    found = await rows(
        centre.engine,
        "SELECT channel, account IS NULL FROM notification WHERE kind = 'recall' ORDER BY 1",
    )

    assert found == [("app", False), ("app", False)]
    assert "wecom" in {item["account"] for item in detail["notifications"]}
    assert await rows(
        centre.engine,
        "SELECT count(*) FROM event_log WHERE topic = 'order' AND account IS NULL "
        "AND area_code IS NULL",
    ) == [(0,)]
