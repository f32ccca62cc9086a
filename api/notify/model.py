"""The channels of a person, and what a notification is for."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

FAILOVER = timedelta(seconds=30)
"""How long a channel has for a receipt before the next one of the person is tried."""
PHONE_NUMBER = r"^\+?[0-9]{3,20}$"
MAX_TEST_AGE = timedelta(days=30)
"""A channel counts as tested for so long after its last receipt."""


class ChannelKind(StrEnum):
    """How a notification is delivered to a person; stored and shown under this name."""

    APP = "app"
    """The open page; everybody has it."""
    PUSH = "push"
    """Web Push to the devices of the person."""
    SMS = "sms"
    WEBHOOK = "webhook"


class RobotKind(StrEnum):
    """A chat whose robot posts to a group; stored and shown under this name."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


class NotificationState(StrEnum):
    """How far a notification has got; stored and shown under this name."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class NotificationKind(StrEnum):
    """What a notification is for; stored and shown under this name."""

    DISPATCH = "dispatch"
    """A new work order, or one that has reached the next level."""
    REMINDER = "reminder"
    """The recipient has not acted yet."""
    ESCALATION = "escalation"
    """Others have not acted: the recipient is asked to see to it."""
    NOBODY_ON_DUTY = "nobody_on_duty"
    """Nobody on duty could be notified: the recipient has to dispatch by hand."""
    WORSENING = "worsening"
    """The level of an incident that the recipient holds has risen."""
    REWORK = "rework"
    """The work of the recipient was not accepted."""
    HELP = "help"
    """The recipient is asked to help with an order, which somebody else may have accepted."""
    VERIFICATION = "verification"
    """The recipient has to verify the work, as the only operator has done it."""
    RECALL = "recall"
    """The recipient is no longer needed."""
    PROPOSAL = "proposal"
    """Another person has proposed to cancel the incident: the recipient has to decide."""
    NOTICE = "notice"
    """The matter that the recipient works on has ended by itself."""
    TEST = "test"
    """Somebody tests the channels of the recipient; it is about no incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A browser that receives Web Push for a person.

    Args:
        tested_at: When it last confirmed a notification.
    """

    id: UUID
    name: str
    created_at: datetime
    tested_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalChannel:
    """A channel of a person beside the app.

    Args:
        address: A phone number or the address of a webhook; empty for Web Push.
        tested_at: When a receipt last came back on it.
        failed_at: When a notification was given up; ``None`` once one has been sent since.
        devices: Of Web Push only.
    """

    kind: ChannelKind
    address: str = ""
    is_enabled: bool = True
    tested_at: datetime | None = None
    failed_at: datetime | None = None
    devices: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Hours of the day in which a person hears at once only of what is critical."""

    starts_at: time
    ends_at: time
    time_zone: str = "Asia/Shanghai"
