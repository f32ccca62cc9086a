"""A node that publishes signed alerts of its cameras, and waits for the receipts of the centre."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import TypedDict, Unpack
from uuid import UUID

from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import Clock, Evidence, Location, Node, alert_topic, encode_alert
from pipeline.wire.alert import AlertMessage, make_alert_message
from tests.api.nodes import NodeClient

CLOCK = Clock(offset_ms=0, uncertainty_ms=20, basis="system")
NUMBERS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An alert as its node knows it, in its newest revision."""

    alert: Alert
    location: Location | None

    @property
    def id(self) -> UUID:
        """The id of the alert."""
        return self.alert.id


class AlertValues(TypedDict, total=False):
    """What a test may say about a new alert."""

    camera: str
    location: Location
    scenario: str
    level: Level
    score: float
    zone: str


class RevisionValues(TypedDict, total=False):
    """What a test may say about a further revision."""

    level: Level
    score: float
    closes: bool


def open_episode(*, at: datetime, node: Node, **values: Unpack[AlertValues]) -> Episode:
    """Return a new alert in its first revision: of a crowd, unless the values say otherwise."""
    alert = Alert(
        id=make_alert_id(f"{node}|{next(NUMBERS)}", at),
        rev=1,
        change=Change.OPENED,
        scenario=values.get("scenario", "crowd_gathering"),
        scenario_rev=1,
        camera=values["camera"],
        zone=values.get("zone", "gate"),
        subject=None,
        level=values.get("level", Level.MAJOR),
        score=values.get("score", 0.9),
        opened_at=at,
        observed_at=at,
        closed_at=None,
        close_reason=None,
        measures={"people": 9.0},
        message=Text(zh="九人聚集", en="nine people stand together"),
        boxes=(),
    )
    return Episode(alert=alert, location=values.get("location"))


def next_revision(episode: Episode, *, at: datetime, **values: Unpack[RevisionValues]) -> Episode:
    """Return the next revision of an alert."""
    alert = episode.alert
    closes = values.get("closes", False)
    revised = replace(
        alert,
        rev=alert.rev + 1,
        change=Change.CLOSED if closes else Change.UPDATED,
        observed_at=at,
        closed_at=at if closes else None,
        close_reason=CloseReason.CLEARED if closes else None,
        level=values.get("level", alert.level),
        score=values.get("score", alert.score),
    )
    return replace(episode, alert=revised)


class AlertNode:
    """A connected node."""

    def __init__(self, client: NodeClient) -> None:
        self.client = client
        self._boot_id = f"connection-{next(NUMBERS)}"
        self._seqs = count(1)
        self._acked = 0

    def publish(self, *episodes: Episode, evidence: tuple[Evidence, ...] = ()) -> None:
        """Publish alerts in their newest revision; wait until the centre has stored them."""
        seq = 0
        for episode in episodes:
            message = self.message(episode, evidence)
            seq = message.seq
            alert = message.data
            topic = alert_topic(self.client.node, scenario=alert.scenario, camera=alert.camera)
            self.client.publish_raw(topic, encode_alert(message))
        self.wait_for_receipt(seq)

    def wait_for_receipt(self, seq: int) -> None:
        """Wait until the centre has acknowledged everything up to a number."""
        while self._acked < seq:
            receipt = self.client.next_receipt(timeout=20)
            if receipt.boot_id == self._boot_id:
                self._acked = receipt.acked_seq

    def message(self, episode: Episode, evidence: tuple[Evidence, ...] = ()) -> AlertMessage:
        """Return the next message of the node, about an alert."""
        return make_alert_message(
            episode.alert,
            node=self.client.node,
            boot_id=self._boot_id,
            seq=next(self._seqs),
            clock=CLOCK,
            location=episode.location,
            evidence=evidence,
        )
