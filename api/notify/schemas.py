"""Channels, devices, receipts and the log of notifications in HTTP requests and answers."""

import re
from datetime import datetime, time
from typing import Annotated, Literal, Self
from uuid import UUID
from zoneinfo import available_timezones

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import Field, field_validator, model_validator

from api.address import InvalidAddressError, parse_webhook_address
from api.notify.keys import decode_base64url
from api.notify.model import (
    PHONE_NUMBER,
    ChannelKind,
    NotificationKind,
    NotificationState,
    RobotKind,
)
from api.web.schemas import NO_NUL, Payload

AccountName = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
PersonalKind = Literal[ChannelKind.PUSH, ChannelKind.SMS, ChannelKind.WEBHOOK]


class Notification(Payload):
    """A notification to you, in the app."""

    id: UUID
    kind: NotificationKind
    order: Annotated[UUID | None, Field(description="Null if it is about the incident alone")]
    incident: Annotated[UUID | None, Field(description="Null for a test")]
    state: NotificationState
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None = None


class PushPublicKey(Payload):
    """The ``applicationServerKey`` of this centre."""

    key: Annotated[str, Field(description="P-256 point, base64url without padding")]


class PushKeys(Payload):
    """The keys of a browser, as in ``PushSubscription.toJSON()``."""

    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]

    @field_validator("p256dh")
    @classmethod
    def _check_point(cls, value: str) -> str:
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode_base64url(value))
        except ValueError:
            raise ValueError("is no P-256 point in base64url") from None
        return value

    @field_validator("auth")
    @classmethod
    def _check_secret(cls, value: str) -> str:
        if len(decode_base64url(value)) != 16:
            raise ValueError("is not 16 bytes in base64url")
        return value


class PushSubscription(Payload):
    """A browser that wants notifications: ``PushSubscription.toJSON()`` and a name."""

    endpoint: Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
    keys: PushKeys
    expirationTime: Annotated[float | None, Field(le=2**53, description="Ignored")] = None  # noqa: N815
    device: Annotated[
        str, Field(max_length=100, pattern=NO_NUL, description="A name that its owner knows")
    ] = ""


class Device(Payload):
    """A browser that receives Web Push."""

    id: UUID
    name: str
    created_at: datetime
    tested_at: Annotated[datetime | None, Field(description="When it last confirmed a message")]


class Channel(Payload):
    """A way to reach a person beside the app."""

    kind: PersonalKind
    address: Annotated[str, Field(description="Phone number or webhook; empty for push")]
    enabled: bool
    tested_at: Annotated[datetime | None, Field(description="When a receipt last came back")]
    failed_at: Annotated[
        datetime | None, Field(description="When a message was given up; null once one was sent")
    ]
    devices: list[Device]


class QuietHours(Payload):
    """Hours in which only what is critical arrives at once; the rest waits for the end."""

    starts_at: time
    ends_at: Annotated[time, Field(description="Before starts_at: on the next day")]
    time_zone: Annotated[str, Field(max_length=60)] = "Asia/Shanghai"

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is no time zone: write one such as Asia/Shanghai")
        return value

    @model_validator(mode="after")
    def _check_hours(self) -> Self:
        if self.starts_at == self.ends_at or self.starts_at.tzinfo or self.ends_at.tzinfo:
            raise ValueError("write two different times without an offset, such as 22:00 and 06:00")
        return self


class Channels(Payload):
    """How a person is reached, in the order in which the channels are tried."""

    account: str
    channels: Annotated[list[Channel], Field(description="Beside the app, which everybody has")]
    quiet_hours: QuietHours | None


class ChannelRequest(Payload):
    """A channel of a person."""

    kind: PersonalKind
    address: Annotated[str, Field(max_length=2000, pattern=NO_NUL)] = ""
    enabled: bool = True

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        if self.kind is ChannelKind.PUSH and self.address:
            raise ValueError("push has devices and no address: leave it out")
        if self.kind is ChannelKind.SMS and not re.fullmatch(PHONE_NUMBER, self.address):
            raise ValueError("is no phone number: write digits, such as +8613800000000")
        if self.kind is ChannelKind.WEBHOOK and self.address:
            try:
                parse_webhook_address(self.address)
            except InvalidAddressError as error:
                raise ValueError(str(error)) from None
        return self


class ChannelsRequest(Payload):
    """All channels of a person, in the order in which they are tried; the others are removed."""

    channels: Annotated[list[ChannelRequest], Field(max_length=3)]
    quiet_hours: QuietHours | None = None

    @field_validator("channels")
    @classmethod
    def _check_kinds(cls, value: list[ChannelRequest]) -> list[ChannelRequest]:
        if len({channel.kind for channel in value}) != len(value):
            raise ValueError("name each channel once")
        return value


class LoggedNotification(Payload):
    """What became of a notification on one channel."""

    id: UUID
    kind: NotificationKind
    channel: ChannelKind | RobotKind
    device: Annotated[str, Field(description="Name of the device, for push")]
    address: str
    incident: UUID | None
    order: UUID | None
    scenario: str | None
    level: str | None
    state: NotificationState
    attempts: int
    error: Annotated[str, Field(description="Why the last attempt failed; empty if none did")]
    created_at: datetime
    due_at: Annotated[datetime, Field(description="When it is sent next, while it is pending")]
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    acknowledged_at: Annotated[
        datetime | None, Field(description="When the person acted on the incident")
    ]


class TestRequest(Payload):
    """Which channels are tested."""

    channel: Annotated[ChannelKind | None, Field(description="Default: all of them")] = None


class Confirmation(Payload):
    """The four digits in a test message."""

    code: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
