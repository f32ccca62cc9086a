"""What the centre asks of a box now, and the answer."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pipeline.wire.alert import Evidence, Key, Name, Ordinal, Sentence, Timestamp
from pipeline.wire.reason import Params


class CommandKind(StrEnum):
    """What a box can be asked for; one that it does not know is refused in a reply."""

    PING = "ping"
    SNAPSHOT = "snapshot"
    SELF_TEST = "self_test"
    RESTART_CAMERA = "restart_camera"
    RESEND = "resend"


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request, signed; done at most once, however often it arrives.

    Args:
        id: New for each, and the last part of its topic.
        kind: One of ``CommandKind``; any key is read, so that old boxes can refuse new kinds.
        at: When it was sent, by the centre's clock.
        expires_at: By the same clock; from then on it is answered, not done.
        camera: Whom it is about: of ``snapshot``, ``self_test`` and ``restart_camera``.
        boot_id: With ``first`` and ``last``, which rows to send again: of ``resend``.
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
        """Refuse what could never be done."""
        if self.expires_at <= self.at:
            raise ValueError("expires before it was sent")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError("last is before first")


class TestStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a self-test, in the order of the way: capture, model, outbox, centre.

    Args:
        took_ms: How long it took; ``None`` where it was not reached.
    """

    __test__ = False  # no test of pytest

    name: Key
    passed: bool
    took_ms: Annotated[float, Meta(ge=0)] | None
    reason: Sentence = ""
    reason_code: Key | msgspec.UnsetType = msgspec.UNSET
    reason_params: Params | msgspec.UnsetType = msgspec.UNSET


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command; the same again each time the command arrives again.

    Args:
        state: Done; tried in vain; not tried, as it makes no sense here; come too late.
        at: By the box's clock.
        results: Figures, the unit in the name.
        evidence: Pictures taken for it; they travel as those of alerts do.
    """

    id: Name
    kind: Key
    state: Literal["done", "failed", "refused", "expired"]
    at: Timestamp
    reason: Sentence = ""
    results: dict[str, float] = {}
    steps: tuple[TestStep, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    reason_code: Key | msgspec.UnsetType = msgspec.UNSET
    reason_params: Params | msgspec.UnsetType = msgspec.UNSET
