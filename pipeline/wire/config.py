"""The desired configuration of a node, and its report about it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from pipeline.wire.alert import Count, Key, Ordinal, Sha256
from pipeline.wire.display_names import NodeNames
from pipeline.wire.failure_reason import Params, Reason
from pipeline.wire.limits import Sentence

Tables = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]
"""JSON with the tables of ``edge.toml`` that may be set from afar, under the same names."""


class DesiredConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The whole desired configuration; retained, signed, applied completely or not at all.

    Args:
        rev: Incremented by one; a revision older than the applied one is ignored.
        sha256: Checksum of the bytes of ``config`` in the message.
        config: ``{"model": {…}, "camera": [{"name": …, "enabled": …, "zone": […], …}]}``, all
            cameras that are to run. ``edge.toml`` decides about a missing key.
    """

    rev: Ordinal
    sha256: Sha256
    config: Tables

    def __post_init__(self) -> None:
        """Check the checksum."""
        if self.sha256 != _hash(self.config):
            raise ValueError("sha256 is not that of config")

    @classmethod
    def of(cls, rev: int, tables: Mapping[str, object]) -> Self:
        """Create revision ``rev`` of tables with JSON values."""
        config = msgspec.Raw(msgspec.json.encode(tables, order="sorted"))
        return cls(rev=rev, sha256=_hash(config), config=config)


class ConfigRejection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a key was rejected: ``camera[north-gate].zone[steps].points[#2]``, and what to do."""

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
    """What a node runs, and the outcome of the last desired revision; retained, signed.

    Args:
        rev: The applied revision; 0 for its own ``edge.toml``.
        sha256: Checksum of the applied ``config``; ``None`` for its own file.
        seen_rev: The last revision received; 0 for none.
        outcome: Of the last revision: applied; applied except for the cameras in ``refused``;
            rejected, without any change.
        config: The whole running configuration, without logins and secrets.
        names: Display names; a node of the version before sends none.
    """

    rev: Count
    sha256: Sha256 | None
    seen_rev: Count
    outcome: Literal["success", "partial", "failure"]
    refused: tuple[ConfigRejection, ...] = ()
    config: Tables
    names: NodeNames | msgspec.UnsetType = msgspec.UNSET


def _hash(config: msgspec.Raw) -> str:
    return sha256(bytes(config)).hexdigest()
