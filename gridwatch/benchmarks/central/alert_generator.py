"""Generate alerts of many nodes and zones; each alert is opened and closed."""

import hashlib
from datetime import datetime, timedelta
from itertools import count

from gridwatch.benchmarks.central.load_generator import NodeLoad
from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import Clock, Location, Node, alert_topic, encode_alert
from pipeline.wire.alert import make_alert_message

NODES = [Node("bench", "site", f"box-{n}") for n in range(4)]
PLACE = Location(lon=104.05, lat=30.64)
"""Of every other node."""
LOCATIONS = {node: Location(lon=104.05 + 0.01 * n, lat=30.64) for n, node in enumerate(NODES)}
"""Two nodes are about 1 km apart, so that their cameras do not see the same matter."""
ZONES_PER_NODE = 50
"""Zones of each node: as many incidents are open at once."""
REPEAT_EVERY = 20
"""One message in this many is sent twice."""
CLOCK = Clock(offset_ms=0, uncertainty_ms=0, basis="system")


def node_key(node: Node) -> bytes:
    """Return the key of a node; it is the same in every run and used only here."""
    return hashlib.sha256(str(node).encode()).digest()


class AlertGenerator:
    """Generates alerts without duplicates, except those of ``REPEAT_EVERY``.

    Args:
        at: Time of all alerts.
    """

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._numbers = count(1)
        self._rounds = count(1)
        self.alerts = 0
        self.messages = 0

    def batches(self, messages: int) -> list[NodeLoad]:
        """Make ``messages`` messages, spread over the nodes; repeats come on top."""
        boot_id = f"round-{next(self._rounds)}"
        return [self._batch(node, boot_id, messages // len(NODES)) for node in NODES]

    def batch_of(self, node: Node, messages: int, *, boot_id: str) -> NodeLoad:
        """Make ``messages`` messages of one node; repeats come on top."""
        return self._batch(node, boot_id, messages)

    def next_alert(self, node: Node, *, boot_id: str, seq: int) -> tuple[str, bytes]:
        """Make the opening message of the next alert; return topic and payload."""
        batch = NodeLoad(str(node), node_key(node), [], [], [])
        self._add(batch, self._alert(next(self._numbers), node, Change.OPENED), boot_id, seq)
        return batch.topics[0], batch.payloads[0]

    def _batch(self, node: Node, boot_id: str, messages: int) -> NodeLoad:
        batch = NodeLoad(str(node), node_key(node), [], [], [])
        seq = 0
        while seq < messages:
            number = next(self._numbers)
            self.alerts += 1
            for change in (Change.OPENED, Change.CLOSED)[: messages - seq]:
                seq += 1
                self.messages += 1
                self._add(batch, self._alert(number, node, change), boot_id, seq)
        return batch

    def _add(self, batch: NodeLoad, alert: Alert, boot_id: str, seq: int) -> None:
        node = Node.parse(batch.node)
        message = make_alert_message(
            alert,
            node=node,
            boot_id=boot_id,
            seq=seq,
            clock=CLOCK,
            location=LOCATIONS.get(node, PLACE),
        )
        for _ in range(2 if seq % REPEAT_EVERY == 0 else 1):
            batch.topics.append(alert_topic(node, scenario=alert.scenario, camera=alert.camera))
            batch.payloads.append(encode_alert(message))
            batch.seqs.append(seq)

    def _alert(self, number: int, node: Node, change: Change) -> Alert:
        is_over = change is Change.CLOSED
        return Alert(
            id=make_alert_id(f"{node}|{number}", self._at),
            rev=2 if is_over else 1,
            change=change,
            scenario="crowd_gathering",
            scenario_rev=1,
            camera="north-gate",
            zone=f"zone-{number % ZONES_PER_NODE}",
            subject=None,
            level=Level.MAJOR,
            score=0.5 + number % 40 / 100,
            opened_at=self._at,
            observed_at=self._at + timedelta(seconds=is_over),
            closed_at=self._at + timedelta(seconds=1) if is_over else None,
            close_reason=CloseReason.CLEARED if is_over else None,
            measures={"people": 8.0 + number % 5, "radius_m": 2.0},
            message=Text(zh="8 人聚集，相邻不超过 2 米", en="8 people, neighbours within 2 m"),
            boxes=tuple(Box(0.05 + i / 20, 0.5, 0.03, 0.1) for i in range(8)),
        )
