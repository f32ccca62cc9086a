"""One bad message, node or address affects only itself, and a centre recovers from any fault."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec
import psutil
import pytest

from edge.errors import BrokerError
from edge.outbox.mqtt import OutgoingMessage
from pipeline.wire import alert_topic, encode_alert, sign
from tests.api.signed_reports import camera_report, config_report, health_report, status_report
from tests.end_to_end.incidents.centre import (
    BAD_NODE,
    DATA_FOLDER,
    NODE,
    PROGRAM,
    ROOT,
    Json,
    RunningCentre,
)
from tests.end_to_end.incidents.node import AlertNode
from tests.end_to_end.incidents.quarter import Quarter
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

EDGES_OF_THE_CALENDAR = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "1970-01-01T00:00:00Z",
    "2500-01-01T00:00:00Z",
)
ODD_TOPIC_PARTS = (
    "\u00e9t\u00e9",
    "\U0001f600",
    "\u0085",
    "\u202e",
    "a" * 300,
    "'; DROP TABLE x",
    " ",
)
LISTS = ("incidents", "orders", "nodes", "cameras", "alarms", "quarantine", "stats", "health")


@pytest.fixture
def bad_node(second_centre: RunningCentre) -> Iterator[AlertNode]:
    with second_centre.connect(BAD_NODE) as connected:
        yield connected


@pytest.fixture
def quarter(second_centre: RunningCentre) -> Iterator[Quarter]:
    """A quarter with a connection of the good node."""
    with second_centre.connect() as node:
        yield Quarter(second_centre, node, second_centre.take_quarter())


def assert_others_are_served(quarter: Quarter) -> None:
    """Check that alerts of the good node are called, and that every list can be read."""
    quarter.open()
    quarter.wait_for_push("east-1", "dispatch")
    for path in LISTS:
        answer = quarter.centre.admin.request("GET", f"/v1/{path}")
        assert answer.status_code == 200, (path, answer.text)
    quarter.leave()


def quarantined_topics(quarter: Quarter) -> list[str]:
    """Return the topics of the messages that could not be accepted, newest first."""
    items = quarter.centre.admin.get("/v1/quarantine", limit=200)["items"]
    return [item["topic"] for item in items]


def alert_payload(quarter: Quarter, bad_node: AlertNode) -> tuple[str, Json]:
    """Return the topic and the payload of an alert of the bad node, to be changed."""
    episode = quarter.prepare()
    message = msgspec.structs.replace(bad_node.message(episode), source=f"/{BAD_NODE}")
    topic = alert_topic(BAD_NODE, scenario=episode.alert.scenario, camera=episode.alert.camera)
    return topic, msgspec.json.decode(encode_alert(message))


def publish_json(node: AlertNode, topic: str, payload: object) -> None:
    node.client.publish_raw(topic, msgspec.json.encode(payload))


def wait_for_refusals(node: AlertNode, seqs: set[int]) -> None:
    """Wait until the centre has refused all these messages."""
    missing = set(seqs)
    while missing:
        missing -= {rejection.seq for rejection in node.client.next_receipt(20).rejected}


def test_topics_with_odd_characters_are_quarantined_alone(
    quarter: Quarter, bad_node: AlertNode
) -> None:
    for part in ODD_TOPIC_PARTS:
        topic, payload = alert_payload(quarter, bad_node)
        publish_json(bad_node, f"{topic.rpartition('/')[0]}/{part}", payload)
        publish_json(bad_node, BAD_NODE.topic("up", "camera", part), {"state": "online"})
    assert_others_are_served(quarter)

    wait_until(lambda: len(quarantined_topics(quarter)) >= len(ODD_TOPIC_PARTS))


def test_a_topic_with_a_character_that_the_database_cannot_hold_stops_nobody(
    quarter: Quarter,
) -> None:
    with quarter.centre.connect(BAD_NODE) as bad_node:  # a broker may end the connection
        topic, payload = alert_payload(quarter, bad_node)
        publish_json(bad_node, f"{topic}\0", payload)
        publish_json(bad_node, BAD_NODE.topic("up", "config") + "\0", payload)
        assert_others_are_served(quarter)


def test_alerts_with_times_at_the_edge_of_the_calendar_are_refused_alone(
    quarter: Quarter, bad_node: AlertNode
) -> None:
    seqs = set()
    for at in EDGES_OF_THE_CALENDAR:
        for field in ("time", "opened_at", "observed_at", "closed_at"):
            topic, payload = alert_payload(quarter, bad_node)
            (payload if field == "time" else payload["data"])[field] = at
            if field == "closed_at":
                payload["type"] = "gridwatch.alert.closed"
                payload["data"]["close_reason"] = "cleared"
            publish_json(bad_node, topic, payload)
            seqs.add(payload["seq"])
    wait_for_refusals(bad_node, seqs)

    assert_others_are_served(quarter)


def test_alerts_with_impossible_values_are_refused_alone(
    quarter: Quarter, bad_node: AlertNode
) -> None:
    def set_data(**values: object) -> Callable[[Json], None]:
        return lambda payload: payload["data"].update(values)

    changes = [
        set_data(score=1e300),
        set_data(measures={"people": 1e308}),
        set_data(measures={"people\0": 1}),
        set_data(because={"zh": "\0", "en": "a"}),
        set_data(because={"zh": "a", "en": "a" * 100_000}),
        set_data(location={"lon": 1e300, "lat": 0}),
        set_data(clock={"offset_ms": 1e300, "uncertainty_ms": 0, "basis": "ntp"}),
        set_data(rev=2**70),
        set_data(level="enormous"),
        set_data(boxes=[[1e300, 0, 0, 0]]),
    ]
    seqs = set()
    for change in changes:
        topic, payload = alert_payload(quarter, bad_node)
        change(payload)
        publish_json(bad_node, topic, payload)
        seqs.add(payload["seq"])
    wait_until(lambda: len(quarantined_topics(quarter)) >= len(changes))

    assert_others_are_served(quarter)


def test_an_odd_user_property_does_no_harm(quarter: Quarter, bad_node: AlertNode) -> None:
    for decided_at in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "soon", ""):
        topic, payload = alert_payload(quarter, bad_node)
        publish_with(bad_node, topic, msgspec.json.encode(payload), decided_at=decided_at)

    assert_others_are_served(quarter)


def test_reports_with_impossible_values_harm_nobody_even_after_a_restart(
    quarter: Quarter, bad_node: AlertNode
) -> None:
    for raw in bad_reports():
        bad_node.client.publish_raw(*raw)
    bad_node.client.publish_raw(
        BAD_NODE.topic("up", "config"), config_payload().replace(b'"camera"', b'"\xff\xfe"')
    )
    assert_others_are_served(quarter)
    quarter.centre.stop()
    quarter.centre.start()
    with quarter.centre.connect() as node:
        again = Quarter(quarter.centre, node, quarter.centre.take_quarter())
        assert_others_are_served(again)


def bad_reports() -> Iterator[tuple[str, bytes]]:
    """Yield topics and payloads of reports of the bad node, each with one bad value."""
    reports = [
        health_report(rows=3, oldest_s=1.5),
        camera_report(),
        status_report(),
        config_report(2),
    ]
    for report in reports:
        topic = report.topic.replace(str(NODE), str(BAD_NODE))
        payload = msgspec.json.decode(report.payload)
        for key, value in payload.items():
            for bad in _bad_values(value):
                yield topic, msgspec.json.encode({**payload, key: bad})
        yield topic, report.payload[:-1]
        yield topic, b"\xff" + report.payload


def _bad_values(value: object) -> list[object]:
    if isinstance(value, bool | int | float):
        return [1e300, -1e300, 2**63, -1]
    if isinstance(value, str):
        return ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "\0", "a" * 10_000]
    if isinstance(value, dict):
        return [
            {"\0": 1},
            {"a": 1e300},
            {"north-gate": {"last_frame_age_s": 1e300, "lag_s": -1e300}},
        ]
    return [{}, 1e300]


def config_payload() -> bytes:
    return config_report(2).payload


def publish_with(node: AlertNode, topic: str, payload: bytes, **properties: str) -> None:
    properties["sig"] = sign(node.client.key, topic, payload)
    node.client.send(OutgoingMessage(topic=topic, payload=payload, properties=properties))


def test_a_node_that_sends_bad_messages_is_named(quarter: Quarter, bad_node: AlertNode) -> None:
    topic, payload = alert_payload(quarter, bad_node)
    for number in range(60):
        publish_json(bad_node, topic, {**payload, "specversion": str(number)})

    def is_named() -> bool:
        alarms = quarter.centre.admin.get("/v1/alarms")["items"]
        return (str(BAD_NODE), "invalid_messages") in {(a["node"], a["kind"]) for a in alarms}

    wait_until(is_named, 30)


def test_a_bad_webhook_address_is_refused_at_the_start(second_centre: RunningCentre) -> None:
    environment = {**second_centre.environment, "GRIDWATCH_WEBHOOK_URL": "http://127.0.0.1:99999/x"}
    command = [*PROGRAM, "central", "run"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert done.returncode == 2
    assert "GRIDWATCH_WEBHOOK_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_database_comes_back_by_itself(quarter: Quarter) -> None:
    pid = database_pid(quarter.centre)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: database_pid(quarter.centre) not in {0, pid}, 60)
    wait_until(quarter.centre.is_ready, 60)

    assert_others_are_served(quarter)


def database_pid(centre: RunningCentre) -> int:
    """Return the process of the database; 0 if it is not running."""
    file = centre.folder / DATA_FOLDER / "postgres" / "data" / "postmaster.pid"
    return int(file.read_text().splitlines()[0]) if file.exists() else 0


def test_a_full_disk_that_is_free_again_needs_no_restart(quarter: Quarter) -> None:
    data = quarter.centre.folder / DATA_FOLDER
    if not data.is_mount():
        pytest.skip("only a superuser can give the centre a disk of its own")
    filler = data / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(data).free)
    for _ in range(2000):
        message = quarter.node.message(quarter.prepare(score=0.01))
        topic = alert_topic(NODE, scenario=message.data.scenario, camera=message.data.camera)
        quarter.node.client.publish_raw(topic, encode_alert(message))
    wait_until(lambda: "No space left" in quarter.centre.log, 30)
    filler.unlink()
    wait_until(quarter.centre.is_ready, 60)

    with quarter.centre.connect() as node:
        assert_others_are_served(Quarter(quarter.centre, node, quarter.plan))


def test_a_killed_broker_comes_back_by_itself(quarter: Quarter) -> None:
    broker = broker_process(quarter.centre)
    broker.kill()
    broker.wait(10)
    wait_until(lambda: can_connect(quarter.centre), 30)
    wait_until(quarter.centre.is_ready, 30)

    with quarter.centre.connect() as node:
        assert_others_are_served(Quarter(quarter.centre, node, quarter.plan))


def broker_process(centre: RunningCentre) -> psutil.Process:
    """Return the process of the embedded broker."""
    children = psutil.Process(centre.process.pid).children()
    running = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    return next(child for child in running if any("iotcore" in word for word in child.cmdline()))


def can_connect(centre: RunningCentre) -> bool:
    """Return whether a node can connect to the broker."""
    with suppress(BrokerError), centre.connect(BAD_NODE):
        return True
    return False
