"""What the centre wants of a box, and what the box makes of it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from pipeline.wire.alert import Count, Key, Ordinal, Sentence, Sha256
from pipeline.wire.reason import Params, Reason

Tables = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]
"""JSON with the tables of ``edge.toml`` that may be set from afar, under the same names."""


class DesiredConfig(msgspec.Struct, frozen=True, kw_only=True):
    """All that is wanted, not what has changed; retained, signed, obeyed whole or not at all.

    Args:
        rev: One more each time; what is older than what a box has obeyed is left aside.
        sha256: Of the bytes of ``config`` as they stand in the message.
        config: ``{"model": {…}, "camera": [{"name": …, "enabled": …, "zone": […], …}]}``, all
            cameras that are to run. A key that is left out is as ``edge.toml`` has it.
    """

    rev: Ordinal
    sha256: Sha256
    config: Tables

    def __post_init__(self) -> None:
        """Refuse what was altered on its way."""
        if self.sha256 != _hash(self.config):
            raise ValueError("sha256 is not that of config")

    @classmethod
    def of(cls, rev: int, tables: Mapping[str, object]) -> Self:
        """Make revision ``rev`` of ``tables``, whose values are JSON's."""
        config = msgspec.Raw(msgspec.json.encode(tables, order="sorted"))
        return cls(rev=rev, sha256=_hash(config), config=config)


class ConfigRejection(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one key: ``camera[north-gate].zone[steps].points[#2]``, and the mend."""

    key: Annotated[str, Meta(max_length=500)]
    reason: Sentence
    reason_code: Key | msgspec.UnsetType = msgspec.UNSET
    reason_params: Params | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(cls, key: str, reason: Reason) -> Self:
        """Make the rejection of a key."""
        return cls(
            key=key[:500],
            reason=str(reason),
            reason_code=reason.code,
            reason_params=dict(reason.params),
        )


class ReportedConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a box does now, and what became of the last revision it was sent; retained, signed.

    Args:
        rev: What it obeys; 0 for its own ``edge.toml``.
        sha256: Of the ``config`` it obeys; ``None`` for its own file.
        seen_rev: The last revision it was sent; 0 for none.
        outcome: Of that one: obeyed; obeyed but for cameras that ``refused`` names; left aside,
            and all is as it was.
        config: What runs, whole; without logins and secrets.
    """

    rev: Count
    sha256: Sha256 | None
    seen_rev: Count
    outcome: Literal["success", "partial", "failure"]
    refused: tuple[ConfigRejection, ...] = ()
    config: Tables


def _hash(config: msgspec.Raw) -> str:
    return sha256(bytes(config)).hexdigest()
