"""Validate incoming bytes: the sender, the encoding, and that content and topic agree. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from uuid import UUID

import msgspec

from api.quarantine.budget import UNKNOWN_SENDER
from api.quarantine.model import QuarantineCode
from pipeline.errors import WireError
from pipeline.wire import (
    AlertMessage,
    Node,
    alert_topic,
    decode_alert,
    parse_topic,
    verify_signature,
)
from pipeline.wire.address import MAX_TOPIC_LENGTH
from pipeline.wire.alert import MAX_BYTES, Ordinal
from pipeline.wire.limits import Name, storable_text

MAX_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A message as it was received.

    Args:
        signature: Empty if the message has none.
        decided_at: When the node decided on the alert, by its clock; ``None`` if unknown.
    """

    topic: str
    payload: bytes
    signature: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ValidAlert:
    """An alert message that is complete and signed by its node."""

    incoming: IncomingMessage
    node: Node
    message: AlertMessage

    @property
    def key(self) -> tuple[UUID, int]:
        """Alert id and revision, which make a message unique."""
        return self.message.data.alert_id, self.message.data.rev

    @property
    def camera(self) -> tuple[str, str]:
        """Node and camera."""
        return str(self.node), self.message.data.camera

    @cached_property
    def content(self) -> bytes:
        """The alert as JSON, without the envelope; equal in every replay."""
        return msgspec.json.encode(self.message.data)

    @cached_property
    def hash(self) -> bytes:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedMessage:
    """A message for the quarantine.

    Args:
        reason: The code in words, perhaps with more detail.
        node: The sender; ``None`` unless the signature proves it.
        boot_id: With ``seq``, what the receipt names; ``None`` if it cannot be read.
    """

    incoming: IncomingMessage
    code: QuarantineCode
    reason: str
    node: Node | None = None
    boot_id: str | None = None
    seq: int | None = None

    @property
    def sender(self) -> str:
        """The enrolled node that signed it, or ``UNKNOWN_SENDER``."""
        return str(self.node) if self.node else UNKNOWN_SENDER

    @property
    def hash(self) -> bytes:
        """SHA-256 of the whole payload."""
        return hashlib.sha256(self.incoming.payload).digest()


class _Position(msgspec.Struct):
    """The two fields a rejection must name, read even if the rest is broken."""

    bootid: Name
    seq: Ordinal


def sender_of_topic(topic: str) -> Node | None:
    """Return the node that an alert topic belongs to, or ``None`` for any other topic."""
    return None if len(topic) > MAX_TOPIC_LENGTH else _sender(topic)


@lru_cache(maxsize=4096)
def _sender(topic: str) -> Node | None:
    try:
        node, parts = parse_topic(topic)
    except WireError:
        return None
    return node if parts[:2] == ("up", "alert") else None


def validate_message(
    incoming: IncomingMessage, keys: Mapping[str, bytes], *, now: datetime
) -> ValidAlert | RejectedMessage:
    """Check a message.

    Args:
        keys: Signing keys by node; a node without a key is not enrolled.
        now: The time at the centre; an alert more than ten years from it is rejected.

    Returns:
        A rejection names its node only if the signature is the node's own, so that nobody else
        can make the centre answer in its name.
    """
    node = sender_of_topic(incoming.topic)
    if node is None:
        reason = "the topic is no node's alert topic"
        return RejectedMessage(incoming=incoming, code=QuarantineCode.WRONG_TOPIC, reason=reason)
    key = keys.get(str(node))
    if key is None:
        reason = f"{node} is not enrolled"
        return RejectedMessage(incoming=incoming, code=QuarantineCode.NOT_ENROLLED, reason=reason)
    if not verify_signature(key, incoming.topic, incoming.payload, incoming.signature):
        reason = f"the signature is not {node}'s"
        code = QuarantineCode.INVALID_SIGNATURE
        return RejectedMessage(incoming=incoming, code=code, reason=reason)
    try:
        message = decode_alert(incoming.payload, now=now)
    except WireError as error:
        return reject_message(incoming, node, QuarantineCode.UNREADABLE, str(error))
    if message.source.strip("/") != str(node) or _topic_of(message, node) != incoming.topic:
        reason = "node, scenario or camera are not those of the topic"
        return reject_message(incoming, node, QuarantineCode.TOPIC_MISMATCH, reason)
    return ValidAlert(incoming=incoming, node=node, message=message)


def reject_message(
    incoming: IncomingMessage, node: Node, code: QuarantineCode, reason: str
) -> RejectedMessage:
    """Reject a message that ``node`` has signed, so that the node does not send it again."""
    shown = storable_text(reason, max_length=MAX_REASON_LENGTH)
    position = _position(incoming.payload)
    if position is None:
        return RejectedMessage(incoming=incoming, code=code, reason=shown, node=node)
    return RejectedMessage(
        incoming=incoming,
        code=code,
        reason=shown,
        node=node,
        boot_id=position.bootid,
        seq=position.seq,
    )


def _position(payload: bytes) -> _Position | None:
    if len(payload) > MAX_BYTES:
        return None
    try:
        return msgspec.json.decode(payload, type=_Position)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _topic_of(message: AlertMessage, node: Node) -> str:
    data = message.data
    return alert_topic(node, scenario=data.scenario, camera=data.camera)
