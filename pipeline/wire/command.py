"""Commands of the centre to a node, and the replies."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from pipeline.wire.alert import Evidence, Key, Ordinal
from pipeline.wire.failure_reason import Params
from pipeline.wire.limits import Amount, Label, Name, Number, Sentence, Timestamp


class CommandKind(StrEnum):
    """The commands; a node refuses one that it does not know in a reply."""

    PING = "ping"
    SNAPSHOT = "snapshot"
    SELF_TEST = "self_test"
    RESTART_CAMERA = "restart_camera"
    RESEND = "resend"
    ROTATE_KEY = "rotate_key"


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signed request; executed at most once, however often it arrives.

    Args:
        id: Unique, and the last part of its topic.
        kind: One of ``CommandKind``; any key is decoded, so that old nodes can refuse new kinds.
        at: When it was sent, by the clock of the centre.
        expires_at: By the same clock; from then on it is answered, not executed.
        camera: Camera of ``snapshot``, ``self_test`` and ``restart_camera``.
        boot_id: With ``first`` and ``last``, the rows that ``resend`` sends again.
    """

    id: Name
    kind: Key
    at: Timestamp
    expires_at: Timestamp
    camera: Name | None = None
    boot_id: Name | None = None
    first: Ordinal | None = None
    last: Ordinal | None = None

    def __post_init__(self) -> None:
        """Check that the command can be executed."""
        if self.expires_at <= self.at:
            raise ValueError("expires before it was sent")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError("last is before first")

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """Every time in the message."""
        return self.at, self.expires_at


class TestStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a self-test: capture, model, outbox, centre.

    Args:
        took_ms: Duration; ``None`` if the step was not reached.
    """

    __test__ = False  # not a pytest test class

    name: Key
    passed: bool
    took_ms: Amount | None
    reason: Sentence = ""
    reason_code: Key | msgspec.UnsetType = msgspec.UNSET
    reason_params: Params | msgspec.UnsetType = msgspec.UNSET


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a command; sent again, unchanged, each time the command arrives again.

    Args:
        state: ``refused`` is a command that makes no sense here, ``expired`` one that is too late.
        at: By the clock of the node.
        results: Figures, with the unit in the name.
        evidence: Pictures taken for it; uploaded as those of alerts are.
    """

    id: Name
    kind: Key
    state: Literal["done", "failed", "refused", "expired"]
    at: Timestamp
    reason: Sentence = ""
    results: dict[Label, Number] = {}
    steps: tuple[TestStep, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    reason_code: Key | msgspec.UnsetType = msgspec.UNSET
    reason_params: Params | msgspec.UnsetType = msgspec.UNSET

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """Every time in the message."""
        return (self.at,)
