"""Outbox to centre over real brokers: nothing is lost, and only receipts delete rows."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.control.clock import CentreClock
from edge.enrolment.key_holder import KeyHolder
from edge.health.counters import Counters
from edge.outbox import publisher as publisher_module
from edge.outbox.mqtt import Broker
from edge.outbox.outbox import Outbox
from edge.outbox.publisher import Publisher
from edge.outbox.retry import RetryPolicy
from pipeline.geometry.shapes import Box
from pipeline.wire import (
    AlertMessage,
    CameraState,
    Receipt,
    Status,
    decode_message,
    encode_message,
    sign,
)
from tests.brokers import RunningBroker, free_port, mosquitto
from tests.edge.nodes import CENTRAL, KEY, LOGINS, NODE
from tests.edge.small_centre import small_centre
from tests.messages import NOON, make_message
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

FAST_RETRY = RetryPolicy(initial_s=0.3, max_s=0.6)
SLOW_RETRY = RetryPolicy(initial_s=60, max_s=60)


@contextmanager
def publishing(
    outbox: Outbox, port: int, *, key: bytes = KEY, retry: RetryPolicy = FAST_RETRY
) -> Iterator[tuple[Publisher, Counters]]:
    counters, stop = Counters(), threading.Event()
    publisher = Publisher(
        broker=Broker(host="127.0.0.1", port=port),
        node=NODE,
        keys=KeyHolder.of(key),
        outbox=outbox,
        counters=counters,
        clock=CentreClock(now=lambda: NOON, monotonic=time.monotonic),
        retry=retry,
    )
    thread = threading.Thread(target=publisher.run, args=(stop,))
    thread.start()
    try:
        yield publisher, counters
    finally:
        stop.set()
        publisher.wake()
        thread.join(10)
        assert not thread.is_alive()


def an_outbox(tmp_path: Path, alerts: int = 0, boot: str = "boot-a") -> Outbox:
    outbox = Outbox(tmp_path / "box", boot)
    for number in range(1, alerts + 1):
        outbox.put([make_message(number)], decided_at=NOON)
    return outbox


def is_empty(outbox: Outbox) -> Callable[[], bool]:
    return lambda: outbox.depth().messages == 0


def test_every_alert_arrives_signed_and_its_receipt_deletes_it(
    tmp_path: Path, broker: RunningBroker
) -> None:
    outbox = an_outbox(tmp_path, alerts=50)
    with (
        small_centre(broker.port, CENTRAL, KEY) as centre,
        publishing(outbox, broker.port, retry=SLOW_RETRY) as (_, counters),
    ):
        outbox.put([make_message(51)], decided_at=NOON)
        wait_until(is_empty(outbox))

    assert [message.seq for message in centre.received] == list(range(1, 52))
    assert centre.forged == 0
    assert centre.properties[0]["decided_at"] == NOON.isoformat()
    assert counters.total("published") == 51


def test_an_alert_without_a_receipt_is_kept_and_sent_again(
    tmp_path: Path, broker: RunningBroker
) -> None:
    answers = iter([None, None, ""])
    outbox = an_outbox(tmp_path, alerts=1)
    with (
        small_centre(broker.port, CENTRAL, KEY, answer=lambda _: next(answers)) as centre,
        publishing(outbox, broker.port) as (_, counters),
    ):
        centre.wait(lambda c: len(c.received) == 2)
        assert outbox.depth().messages == 1
        wait_until(is_empty(outbox))

    assert counters.total("resent") == 2
    assert len(set(centre.payloads)) == 1, "resent with the same bytes"


def test_a_rejected_alert_is_kept_and_not_sent_again(tmp_path: Path, broker: RunningBroker) -> None:
    def reject_the_first(message: AlertMessage) -> str:
        return "conflict" if message.seq == 1 else ""

    outbox = an_outbox(tmp_path, alerts=3)
    with (
        small_centre(broker.port, CENTRAL, KEY, answer=reject_the_first) as centre,
        publishing(outbox, broker.port, retry=SLOW_RETRY) as (_, counters),
    ):
        wait_until(is_empty(outbox))
        outbox.put([make_message(4)], decided_at=NOON)
        wait_until(is_empty(outbox))

    assert outbox.depth().rejected == 1
    assert [message.seq for message in centre.received] == [1, 2, 3, 4]
    assert counters.total("published") == 4


def test_no_alert_is_lost_when_a_broker_restarts_empty(
    tmp_path: Path, broker: RunningBroker
) -> None:
    outbox = an_outbox(tmp_path, alerts=200)
    with publishing(outbox, broker.port) as (publisher, _):
        wait_until(lambda: publisher.is_connected)
        broker.kill()
        outbox.put([make_message(201)], decided_at=NOON)
        broker.start_again()
        with small_centre(broker.port, CENTRAL, KEY) as centre:
            wait_until(is_empty(outbox), seconds=30)

    assert centre.revisions == {make_message(number).id for number in range(1, 202)}


def test_a_node_that_is_refused_after_a_good_session_tries_ever_more_rarely(
    tmp_path: Path, broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[int] = []

    def short_delay(attempt: int) -> float:
        attempts.append(attempt)
        return 0.01

    monkeypatch.setattr(publisher_module, "_reconnect_delay", short_delay)
    outbox = an_outbox(tmp_path, alerts=1)
    with publishing(outbox, broker.port):
        with small_centre(broker.port, CENTRAL, KEY):
            wait_until(is_empty(outbox), seconds=30)
        broker.kill()
        wait_until(lambda: len(attempts) >= 5)

    assert attempts[:5] == [0, 1, 2, 3, 4]


def test_a_forged_receipt_deletes_nothing(tmp_path: Path, broker: RunningBroker) -> None:
    outbox = an_outbox(tmp_path, alerts=2)
    with (
        small_centre(broker.port, CENTRAL, bytes(32)) as centre,
        publishing(outbox, broker.port) as (_, counters),
    ):
        centre.wait(lambda c: c.forged == 2)  # the node has subscribed to receipts by then
        forged = encode_message(Receipt(boot_id="boot-a", acked_seq=2))
        topic = NODE.topic("down", "receipt")
        centre.send(topic, forged, sign(bytes(32), topic, forged))
        wait_until(lambda: counters.total("receipts_forged") == 1)

    assert outbox.depth().messages == 2


def test_a_message_without_a_subscriber_does_not_count_as_delivered(tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path, alerts=1)
    (tmp_path / "broker").mkdir()
    with (
        mosquitto(tmp_path / "broker", LOGINS) as broker,
        publishing(outbox, broker.port) as (_, counters),
    ):
        wait_until(lambda: counters.total("publishes_refused") >= 2)
        assert outbox.depth().messages == 1
        with small_centre(broker.port, CENTRAL, KEY):
            wait_until(is_empty(outbox))


def test_a_publish_refused_by_the_broker_is_counted_and_kept(tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path, alerts=1)
    (tmp_path / "broker").mkdir()
    closed = f"user {NODE}\ntopic read gw/v1/{NODE}/down/#\n"
    with (
        mosquitto(tmp_path / "broker", LOGINS, acl=closed) as broker,
        publishing(outbox, broker.port) as (_, counters),
    ):
        wait_until(lambda: counters.total("publishes_refused") >= 1)

    assert outbox.depth().messages == 1


def test_a_message_that_is_too_long_for_the_broker_delays_no_other(tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path)
    box = Box(0.1, 0.2, 0.1, 0.5)
    message = make_message(1)
    long = replace(message, data=replace(message.data, boxes=(box,) * 200))
    outbox.put([long], decided_at=NOON)
    for number in range(2, 12):
        outbox.put([make_message(number)], decided_at=NOON)
    (tmp_path / "broker").mkdir()
    with (
        mosquitto(tmp_path / "broker", LOGINS, more=["max_packet_size 3000"]) as broker,
        small_centre(broker.port, CENTRAL, KEY) as centre,
        publishing(outbox, broker.port) as (_, counters),
    ):
        wait_until(lambda: len(centre.revisions) == 10 and outbox.depth().messages == 1)

    assert counters.total("publishes_refused") == 1
    assert counters.total("broker_connections") == 1


def test_a_node_with_a_wrong_key_is_rejected_and_keeps_its_alerts(
    tmp_path: Path, broker: RunningBroker
) -> None:
    outbox = an_outbox(tmp_path, alerts=1)
    with publishing(outbox, broker.port, key=bytes(32)) as (publisher, counters):
        wait_until(lambda: counters.total("broker_disconnects") >= 2)
        assert not publisher.is_connected

    assert outbox.depth().messages == 1
    assert counters.total("broker_connections") == 0


def test_without_a_broker_alerts_wait_and_stopping_is_quick(tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path, alerts=3)
    with publishing(outbox, free_port()) as (_, counters):
        wait_until(lambda: counters.total("broker_disconnects") >= 1)
        started_at = time.monotonic()

    assert time.monotonic() - started_at < 3
    assert outbox.depth().messages == 3


def test_the_status_is_online_then_stopped_and_offline_after_a_kill(
    tmp_path: Path,
) -> None:
    outbox = an_outbox(tmp_path)
    topic, camera = NODE.topic("up", "status"), NODE.topic("up", "camera", "north-gate")
    state = CameraState(state="online", since=NOON)
    (tmp_path / "broker").mkdir()
    with (
        mosquitto(tmp_path / "broker", LOGINS) as broker,
        small_centre(broker.port, CENTRAL, KEY) as centre,
    ):
        with publishing(outbox, broker.port) as (publisher, _):
            publisher.report("camera", "north-gate", payload=encode_message(state))
            centre.wait(lambda c: topic in c.reports and camera in c.reports)
            assert decode_message(centre.reports[topic], Status) == Status(
                state="online", boot_id="boot-a"
            )
            assert decode_message(centre.reports[camera], CameraState) == state
        centre.wait(lambda c: decode_message(c.reports[topic], Status).state == "stopped")
        assert centre.unsigned == 0
