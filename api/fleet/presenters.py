"""Records of boxes, their configurations and commands as payloads."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

import msgspec

from api.accounts.store import Account
from api.fleet.alarm_store import AlarmRecord
from api.fleet.control import desired_config
from api.fleet.control.command_store import CommandRecord
from api.fleet.control.config_store import ConfigRevision
from api.fleet.health_rules import SequenceGap
from api.fleet.queries import CameraRecord, NodeRecord
from api.fleet.schemas import (
    Alarm,
    Camera,
    CameraFigures,
    Command,
    Config,
    ConfigDetail,
    ConfigState,
    Gap,
    Node,
    NodeDetail,
    NodeHealth,
    Refused,
    Reported,
    TestStep,
)

_NODE = ("name", "state", "state_at", "boot_id", "software", "enrolled_at", "seen_at", "skew_s")
_FIGURES = ("fps_in", "fps_inferred", "gate_ratio", "lag_s", "last_frame_age_s", "reconnects")
_HEALTH = ("outbox_rows", "outbox_oldest_s", "upload_files", "disk_free_mb", "temperature_c")
_COMMAND = ("id", "node", "kind", "camera", "author", "at", "expires_at", "sent_at", "replied_at")


def alarm_payload(record: AlarmRecord) -> Alarm:
    """Show an alarm that is open."""
    told = asdict(record)
    del told["ended_at"]
    return Alarm.model_validate(told)


def camera_payload(record: CameraRecord) -> Camera:
    """Show a camera."""
    figures = record.health
    told = {name: getattr(record, name) for name in CameraRecord.__slots__ if name != "health"}
    shown = {name: getattr(figures, name) for name in _FIGURES} if figures else None
    return Camera(**told, health=CameraFigures.model_validate(shown) if shown else None)


def node_payload(record: NodeRecord, amiss: Iterable[AlarmRecord], me: Account) -> Node:
    """Show a box to the account it was read for."""
    return Node.model_validate(_node_fields(record, amiss, me))


def node_detail_payload(
    record: NodeRecord, amiss: Iterable[AlarmRecord], holes: Iterable[SequenceGap], me: Account
) -> NodeDetail:
    """Show a box with its gaps."""
    gaps = [Gap(boot_id=one.boot_id, missing=one.missing, since=one.since) for one in holes]
    return NodeDetail.model_validate({**_node_fields(record, amiss, me), "gaps": gaps})


def config_detail_payload(record: NodeRecord, past: Sequence[ConfigRevision]) -> ConfigDetail:
    """Show what is wanted of a box beside what it says it does."""
    told = record.reported
    reported = told and Reported(
        rev=told.rev, config=msgspec.json.decode(told.config), received_at=told.received_at
    )
    history = [_config(one) for one in past]
    return ConfigDetail(
        state=_config_state(record),
        wanted=history[0] if history else None,
        reported=reported,
        history=history,
    )


def command_payload(record: CommandRecord, *, is_here: bool, now: datetime) -> Command:
    """Show a question to a box with its answer.

    Args:
        is_here: Whether the picture that it took has arrived.
    """
    reply = record.reply
    return Command.model_validate(
        {
            **{name: getattr(record, name) for name in _COMMAND},
            "state": record.state or ("waiting" if now < record.expires_at else "unanswered"),
            "reason": reply.reason if reply else "",
            "results": reply.results if reply else {},
            "steps": [_step(one) for one in reply.steps] if reply else [],
            "snapshot": snapshot_sha256(record),
            "snapshot_available": is_here,
        }
    )


def snapshot_sha256(record: CommandRecord) -> str | None:
    """Name the picture that a box took because it was asked to."""
    taken = record.reply.evidence if record.reply else ()
    return next((one.sha256 for one in taken if one.kind == "snapshot"), None)


def _node_fields(
    record: NodeRecord, amiss: Iterable[AlarmRecord], me: Account
) -> dict[str, object]:
    may = desired_config.allowed_actions(me, list(record.areas))
    return {
        **{name: getattr(record, name) for name in _NODE},
        "id": record.name.replace("/", "."),
        "health": _health(record),
        "config": _config_state(record),
        "alarms": [alarm_payload(one) for one in amiss if one.node == record.name],
        "actions": sorted(may),
    }


def _health(record: NodeRecord) -> NodeHealth | None:
    said = record.health
    if said is None or record.health_at is None:
        return None
    figures = {name: getattr(said, name) for name in _HEALTH}
    return NodeHealth(told_at=said.at, received_at=record.health_at, **figures)


def _config_state(record: NodeRecord) -> ConfigState:
    told = record.reported
    facts = (told.rev, told.seen_rev, told.outcome) if told else None
    return ConfigState(
        standing=desired_config.config_status(record.wanted_rev, facts).value,
        wanted_rev=record.wanted_rev,
        wanted_at=record.wanted_at,
        rev=told.rev if told else 0,
        seen_rev=told.seen_rev if told else 0,
        refused=[Refused(key=one.key, reason=one.reason) for one in told.refused] if told else [],
    )


def _config(wanted: ConfigRevision) -> Config:
    plain = {name: getattr(wanted, name) for name in ("rev", "sha256", "author", "note", "at")}
    return Config(**plain, config=msgspec.json.decode(wanted.config))


def _step(step: object) -> TestStep:
    return TestStep.model_validate(msgspec.structs.asdict(step))  # type: ignore[arg-type]
