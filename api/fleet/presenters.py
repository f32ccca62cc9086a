"""Convert fleet records to response schemas."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import msgspec
from msgspec import UNSET

from api.accounts.store import Account
from api.fleet.alarm_store import AlarmRecord
from api.fleet.camera_reason_codes import reason_codes
from api.fleet.control.command_store import CommandRecord
from api.fleet.control.config_store import ConfigRevision
from api.fleet.control.desired_config import config_status
from api.fleet.control.permissions import allowed_actions
from api.fleet.health_rules import SequenceGap
from api.fleet.node_condition import (
    CameraPart,
    NodeParts,
    OpenAlarm,
    find_problems,
    worst_condition,
)
from api.fleet.queries import CameraRecord, NodeRecord
from api.fleet.schemas import (
    Alarm,
    Camera,
    CameraStats,
    Command,
    Config,
    ConfigDetail,
    ConfigState,
    Gap,
    Node,
    NodeDetail,
    NodeHealth,
    NodeProblem,
    RefusedKey,
    Reported,
    SelfTestStep,
)
from pipeline.text import Text
from pipeline.wire import Reply
from pipeline.wire.command import TestStep
from pipeline.wire.config import ConfigRejection

_NODE = (
    "name",
    "title",
    "address",
    "state",
    "state_at",
    "boot_id",
    "software",
    "enrolled_at",
    "seen_at",
    "skew_s",
)
_CAMERA = tuple(name for name in CameraRecord.__slots__ if name != "health")
_CAMERA_STATS = tuple(CameraStats.model_fields)
_NODE_HEALTH = ("outbox_rows", "outbox_oldest_s", "upload_files", "disk_free_mb", "temperature_c")
_COMMAND = ("id", "node", "kind", "camera", "author", "at", "expires_at", "sent_at", "replied_at")
_REVISION = ("rev", "sha256", "author", "note", "at")


def with_titles(alarm: AlarmRecord, title_of: Callable[[str], Text]) -> AlarmRecord:
    """Return an alarm with the titles of the scenarios that its detail names, in both languages."""
    scenarios = alarm.detail.get("scenarios")
    if not isinstance(scenarios, list):
        return alarm
    titles = [{"zh": title.zh, "en": title.en} for title in map(title_of, scenarios)]
    return replace(alarm, detail={**alarm.detail, "titles": titles})


def alarm_payload(record: AlarmRecord) -> Alarm:
    """Return an open alarm."""
    return Alarm.model_validate(record)


def camera_payload(record: CameraRecord) -> Camera:
    """Return a camera."""
    stats = None
    if record.health:
        stats = CameraStats.model_validate(_pick(record.health, _CAMERA_STATS))
    codes = reason_codes(record.reason)
    return Camera.model_validate({**_pick(record, _CAMERA), "reason_codes": codes, "health": stats})


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """What the payload of a node is made from, beside its own record.

    Args:
        cameras: At least the cameras of the node.
        alarms: At least the open alarms of the node.
        account: Who asks.
    """

    cameras: Sequence[CameraRecord]
    alarms: Sequence[AlarmRecord]
    account: Account
    now: datetime


def node_payload(record: NodeRecord, view: FleetView) -> Node:
    """Return a node as the account sees it."""
    return Node.model_validate(_node_fields(record, view))


def node_detail_payload(
    record: NodeRecord, view: FleetView, gaps: Iterable[SequenceGap]
) -> NodeDetail:
    """Return a node with its sequence gaps."""
    shown = [Gap(boot_id=gap.boot_id, missing=gap.missing, since=gap.since) for gap in gaps]
    return NodeDetail.model_validate({**_node_fields(record, view), "gaps": shown})


def config_detail_payload(record: NodeRecord, revisions: Sequence[ConfigRevision]) -> ConfigDetail:
    """Return the desired configuration of a node beside the one it reports.

    Args:
        revisions: Newest first.
    """
    reported = record.reported and Reported(
        rev=record.reported.rev,
        config=msgspec.json.decode(record.reported.config),
        received_at=record.reported.received_at,
    )
    history = [
        Config.model_validate(
            {**_pick(revision, _REVISION), "config": msgspec.json.decode(revision.config)}
        )
        for revision in revisions
    ]
    return ConfigDetail(
        state=_config_state(record),
        desired=history[0] if history else None,
        reported=reported,
        history=history,
    )


def command_payload(record: CommandRecord, *, now: datetime) -> Command:
    """Return a command with its reply."""
    reply = record.reply
    return Command.model_validate(
        {
            **_pick(record, _COMMAND),
            "state": record.state or ("waiting" if now < record.expires_at else "unanswered"),
            **_reason(reply),
            "results": reply.results if reply else {},
            "steps": [
                SelfTestStep.model_validate(
                    {**_pick(step, ("name", "passed", "took_ms")), **_reason(step)}
                )
                for step in (reply.steps if reply else ())
            ],
            "snapshot": record.snapshot_sha256,
            "snapshot_available": record.snapshot_available,
        }
    )


def _node_fields(record: NodeRecord, view: FleetView) -> dict[str, object]:
    alarms = [alarm for alarm in view.alarms if alarm.node == record.name]
    cameras = [camera for camera in view.cameras if camera.node == record.name]
    problems = find_problems(_node_parts(record, cameras, alarms), now=view.now)
    titles = {camera.name: camera.title for camera in cameras}
    return {
        **_pick(record, _NODE),
        "id": record.name.replace("/", "."),
        "health": _node_health(record),
        "config": _config_state(record),
        "alarms": [alarm_payload(alarm) for alarm in alarms],
        "actions": sorted(allowed_actions(view.account, list(record.areas))),
        "condition": worst_condition(problems),
        "problems": [
            NodeProblem.model_validate(
                {**asdict(problem), "camera_title": titles.get(problem.camera, problem.camera)}
            )
            for problem in problems
        ],
    }


def _node_parts(
    record: NodeRecord, cameras: Sequence[CameraRecord], alarms: Sequence[AlarmRecord]
) -> NodeParts:
    health = record.health
    return NodeParts(
        state=record.state,
        health_at=record.health_at,
        skew_s=record.skew_s,
        disk_free_mb=health.disk_free_mb if health else None,
        upload_files=health.upload_files if health else None,
        cameras=[
            CameraPart(
                name=camera.name,
                state=camera.state,
                reason=camera.reason,
                lag_s=camera.health.lag_s if camera.health else None,
            )
            for camera in cameras
        ],
        alarms=[
            OpenAlarm(kind=alarm.kind, camera=alarm.camera, detail=alarm.detail) for alarm in alarms
        ],
    )


def _node_health(record: NodeRecord) -> NodeHealth | None:
    health = record.health
    if health is None or record.health_at is None:
        return None
    fields = {**_pick(health, _NODE_HEALTH), "measured_at": health.at}
    return NodeHealth.model_validate({**fields, "received_at": record.health_at})


def _config_state(record: NodeRecord) -> ConfigState:
    reported = record.reported
    facts = (reported.rev, reported.seen_rev, reported.outcome) if reported else None
    refused = reported.refused if reported else ()
    return ConfigState(
        status=config_status(record.desired_rev, facts).value,
        desired_rev=record.desired_rev,
        desired_at=record.desired_at,
        rev=reported.rev if reported else 0,
        seen_rev=reported.seen_rev if reported else 0,
        refused=[
            RefusedKey.model_validate({"key": refusal.key, **_reason(refusal)})
            for refusal in refused
        ],
    )


def _reason(item: Reply | TestStep | ConfigRejection | None) -> dict[str, object]:
    """Return text, code and parameters; a node of an older version sends only the text."""
    code = item.reason_code if item else UNSET
    params = item.reason_params if item else UNSET
    return {
        "reason": item.reason if item else "",
        "reason_code": None if code is UNSET else code,
        "reason_params": {} if params is UNSET else params,
    }


def _pick(record: object, names: Iterable[str]) -> dict[str, object]:
    return {name: getattr(record, name) for name in names}
