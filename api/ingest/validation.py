"""Bytes → a message we believe: who sent it, is it whole, does it say what its topic says. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

import msgspec

from pipeline.errors import WireError
from pipeline.wire import AlertMessage, Node, alert_topic, decode, is_signed, parse_topic
from pipeline.wire.alert import MAX_BYTES, Name, Ordinal

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message as it came off the wire.

    Args:
        signature: Empty where none came.
        decided_at: When the box decided, by its clock; ``None`` where it does not say.
    """

    topic: str
    payload: bytes
    signature: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """A message that is whole, and from whom it says."""

    arrival: Arrival
    node: Node
    message: AlertMessage

    @cached_property
    def content(self) -> bytes:
        """What it says, without the envelope; equal in every replay."""
        return msgspec.json.encode(self.message.data)

    @cached_property
    def hash(self) -> bytes:
        """Of the content."""
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A message for the quarantine.

    Args:
        node: Who sent it; ``None`` unless its signature proves it.
        boot_id: With ``seq``, what to tell the node; ``None`` where it cannot be read.
    """

    arrival: Arrival
    reason: str
    node: Node | None = None
    boot_id: str | None = None
    seq: int | None = None

    @property
    def hash(self) -> bytes:
        """Of all its bytes."""
        return hashlib.sha256(self.arrival.payload).digest()


class _Numbers(msgspec.Struct):
    """The two fields a rejection must name, read even where all else is broken."""

    bootid: Name
    seq: Ordinal


@lru_cache(maxsize=4096)
def sender(topic: str) -> Node | None:
    """Name the node whose topic this is, or ``None`` if it is nobody's."""
    try:
        node, parts = parse_topic(topic)
    except WireError:
        return None
    return node if parts[:2] == ("up", "alert") else None


def admit(arrival: Arrival, keys: Mapping[str, bytes]) -> Admitted | Refused:
    """Believe ``arrival``, or say why not.

    Args:
        keys: By node; who is missing is not enrolled.

    Returns:
        A refusal names its node only when the signature is the node's own, so that nobody
        else can make us answer in its name.
    """
    node = sender(arrival.topic)
    if node is None:
        return Refused(arrival=arrival, reason="the topic is no node's alert topic")
    key = keys.get(str(node))
    if key is None:
        return Refused(arrival=arrival, reason=f"{node} is not enrolled")
    if not is_signed(key, arrival.topic, arrival.payload, arrival.signature):
        return Refused(arrival=arrival, reason=f"the signature is not {node}'s")
    try:
        message = decode(arrival.payload)
        arrival.payload.decode()  # fields that nobody knows are not looked at by the decoder
    except (WireError, UnicodeDecodeError) as error:
        return refuse(arrival, node, str(error))
    if message.source.strip("/") != str(node) or _topic_of(message, node) != arrival.topic:
        return refuse(arrival, node, "node, scenario or camera are not those of the topic")
    return Admitted(arrival=arrival, node=node, message=message)


def refuse(arrival: Arrival, node: Node, reason: str) -> Refused:
    """Refuse a message that is truly from ``node``, so that it does not send it again."""
    shown = reason.replace("\0", "?")[:REASON_LENGTH]
    numbers = _numbers(arrival.payload)
    if numbers is None:
        return Refused(arrival=arrival, reason=shown, node=node)
    return Refused(
        arrival=arrival, reason=shown, node=node, boot_id=numbers.bootid, seq=numbers.seq
    )


def _numbers(payload: bytes) -> _Numbers | None:
    if len(payload) > MAX_BYTES:
        return None
    try:
        return msgspec.json.decode(payload, type=_Numbers)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _topic_of(message: AlertMessage, node: Node) -> str:
    data = message.data
    return alert_topic(node, scenario=data.scenario, camera=data.camera)
