"""A notification on its way to a channel, and what the channel answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.notify.keys import NotificationKeys, confirmation_code
from api.notify.model import NotificationKind
from pipeline.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingNotification:
    """A notification to send, with everything its message says.

    Args:
        key: Equal whenever the same notification is sent again.
        incident: ``None`` for a test.
        account: Name of the account or of the robot.
        lane: Notifications of one lane share a limit of requests: one that fails delays no other.
        p256dh: Public key of the browser, for Web Push; ``None`` if it has unsubscribed.
        auth: Secret of the browser, for Web Push.
        secret: Secret of the robot.
        attempts: Attempts so far, including this one.
        names: Display names of node, camera and zone, and the address; empty for a test.
    """

    id: UUID
    key: str
    kind: str
    order: UUID | None
    incident: UUID | None
    account: str
    language: str
    channel: str
    address: str
    lane: str
    p256dh: str | None
    auth: str | None
    secret: str | None
    attempts: int
    created_at: datetime
    scenario: str | None
    level: str
    because: Text
    area_path: tuple[str, ...]
    names: Mapping[str, str]
    lon: float | None
    lat: float | None
    exercise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notification with the name of its scenario and the keys of the centre."""

    notification: OutgoingNotification
    title: Text
    keys: NotificationKeys

    @property
    def receipt(self) -> str:
        """The token that confirms the message without a login."""
        return self.keys.receipt_token(self.notification.id)

    @property
    def code(self) -> str:
        """The four digits of a test; empty for any other message."""
        is_test = self.notification.kind == NotificationKind.TEST
        return confirmation_code(self.notification.id) if is_test else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The result of one attempt; ``error`` is empty if the channel accepted the message.

    Args:
        is_final: Whether another attempt cannot succeed.
        is_gone: Whether the device has unsubscribed.
        retry_after: How long the other side asks to wait.
    """

    error: str = ""
    is_final: bool = False
    is_gone: bool = False
    retry_after: timedelta | None = None

    @property
    def is_sent(self) -> bool:
        """Whether the channel accepted the message."""
        return not self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """The stored result of one attempt.

    Args:
        error: Why it failed; empty if the channel accepted it.
        at: When the channel answered.
        retry_at: When to try again; ``None`` gives up.
        is_gone: Whether the device is forgotten.
    """

    id: UUID
    error: str
    at: datetime
    retry_at: datetime | None
    is_gone: bool = False

    @property
    def is_given_up(self) -> bool:
        """Whether the channel is given up for this notification."""
        return bool(self.error) and self.retry_at is None
