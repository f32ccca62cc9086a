"""Bytes → a message we believe: who sent it, is it whole, does it say what its topic says. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

import msgspec

from pipeline.errors import WireError
from pipeline.wire import (
    AlertMessage,
    Node,
    alert_topic,
    decode_alert,
    parse_topic,
    verify_signature,
)
from pipeline.wire.alert import MAX_BYTES, Name, Ordinal

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
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
class ValidAlert:
    """A message that is whole, and from whom it says."""

    incoming: IncomingMessage
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
class RejectedMessage:
    """A message for the quarantine.

    Args:
        node: Who sent it; ``None`` unless its signature proves it.
        boot_id: With ``seq``, what to tell the node; ``None`` where it cannot be read.
    """

    incoming: IncomingMessage
    reason: str
    node: Node | None = None
    boot_id: str | None = None
    seq: int | None = None

    @property
    def hash(self) -> bytes:
        """Of all its bytes."""
        return hashlib.sha256(self.incoming.payload).digest()


class _Numbers(msgspec.Struct):
    """The two fields a rejection must name, read even where all else is broken."""

    bootid: Name
    seq: Ordinal


@lru_cache(maxsize=4096)
def sender_of_topic(topic: str) -> Node | None:
    """Name the node whose topic this is, or ``None`` if it is nobody's."""
    try:
        node, parts = parse_topic(topic)
    except WireError:
        return None
    return node if parts[:2] == ("up", "alert") else None


def validate_message(
    incoming: IncomingMessage, keys: Mapping[str, bytes]
) -> ValidAlert | RejectedMessage:
    """Believe ``incoming``, or say why not.

    Args:
        keys: By node; who is missing is not enrolled.

    Returns:
        A refusal names its node only when the signature is the node's own, so that nobody
        else can make us answer in its name.
    """
    node = sender_of_topic(incoming.topic)
    if node is None:
        return RejectedMessage(incoming=incoming, reason="the topic is no node's alert topic")
    key = keys.get(str(node))
    if key is None:
        return RejectedMessage(incoming=incoming, reason=f"{node} is not enrolled")
    if not verify_signature(key, incoming.topic, incoming.payload, incoming.signature):
        return RejectedMessage(incoming=incoming, reason=f"the signature is not {node}'s")
    try:
        message = decode_alert(incoming.payload)
        incoming.payload.decode()  # fields that nobody knows are not looked at by the decoder
    except (WireError, UnicodeDecodeError) as error:
        return reject_message(incoming, node, str(error))
    if message.source.strip("/") != str(node) or _topic_of(message, node) != incoming.topic:
        return reject_message(incoming, node, "node, scenario or camera are not those of the topic")
    return ValidAlert(incoming=incoming, node=node, message=message)


def reject_message(incoming: IncomingMessage, node: Node, reason: str) -> RejectedMessage:
    """Refuse a message that is truly from ``node``, so that it does not send it again."""
    shown = reason.replace("\0", "?")[:REASON_LENGTH]
    numbers = _numbers(incoming.payload)
    if numbers is None:
        return RejectedMessage(incoming=incoming, reason=shown, node=node)
    return RejectedMessage(
        incoming=incoming, reason=shown, node=node, boot_id=numbers.bootid, seq=numbers.seq
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
