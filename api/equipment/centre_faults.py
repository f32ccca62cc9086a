"""Call a person for what is wrong with the centre itself: backup, audit log, retention. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.incidents.system_incidents.model import Addressee, SystemIncident, equipment_key
from pipeline.signal import Level
from pipeline.text import Text


class CentreFaultKind(StrEnum):
    """What may be wrong; stands where other incidents have their scenario."""

    BACKUP_OVERDUE = "backup_overdue"
    AUDIT_LOG_CHANGED = "audit_log_changed"
    ERASURE_OVERDUE = "erasure_overdue"
    DISK_FULL = "disk_full"
    HOLD_REVIEW_DUE = "hold_review_due"
    ACCESS_NOT_REVIEWED = "access_not_reviewed"


@dataclass(frozen=True, slots=True)
class CentreFault:
    """Something that is wrong with the centre.

    Args:
        n: How many times, where that is said.
    """

    kind: CentreFaultKind
    since: datetime
    n: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreCall:
    """How a person is called for one kind.

    Args:
        after: How long it lasts before somebody is called.
        message: May contain ``{n}``.
    """

    level: Level
    after: timedelta
    title: Text
    message: Text


CENTRE_CALLS: Mapping[CentreFaultKind, CentreCall] = {
    CentreFaultKind.BACKUP_OVERDUE: CentreCall(
        level=Level.MAJOR,
        after=timedelta(hours=1),
        title=Text(zh="备份超期", en="Backup overdue"),
        message=Text(
            zh="中心未能按期完成备份，请检查备份磁盘和密钥",
            en="The centre has not been backed up in time: check the backup disk and the key",
        ),
    ),
    CentreFaultKind.AUDIT_LOG_CHANGED: CentreCall(
        level=Level.CRITICAL,
        after=timedelta(0),
        title=Text(zh="审计日志被篡改", en="Audit log changed"),
        message=Text(
            zh="审计日志有 {n} 处与校验链不符，请运行 gridwatch central audit verify 并保全数据库",
            en="The audit log differs from its chain in {n} places: run "
            "gridwatch central audit verify, and preserve the database",
        ),
    ),
    CentreFaultKind.ERASURE_OVERDUE: CentreCall(
        level=Level.MINOR,
        after=timedelta(0),
        title=Text(zh="删除申请超期", en="Erasure request overdue"),
        message=Text(
            zh="{n} 件个人信息删除申请超期未决定",
            en="{n} requests to erase pictures have not been decided in time",
        ),
    ),
    CentreFaultKind.HOLD_REVIEW_DUE: CentreCall(
        level=Level.MINOR,
        after=timedelta(0),
        title=Text(zh="证据保全待复核", en="Legal hold to review"),
        message=Text(
            zh="{n} 项证据保全到期，请复核后延期或解除",
            en="{n} legal holds are due for review: extend or release them",
        ),
    ),
    CentreFaultKind.DISK_FULL: CentreCall(
        level=Level.MAJOR,
        after=timedelta(0),
        title=Text(zh="证据磁盘已满", en="Disk full"),
        message=Text(
            zh="中心磁盘空间不足，已停止接收图片和录像；告警不受影响，请扩容或缩短保存期限",
            en="The disk is nearly full: pictures and clips are refused, alerts are not. Add space "
            "or shorten the terms of retention",
        ),
    ),
    CentreFaultKind.ACCESS_NOT_REVIEWED: CentreCall(
        level=Level.MINOR,
        after=timedelta(hours=72),
        title=Text(zh="异常查阅未核查", en="Unusual access not reviewed"),
        message=Text(
            zh="{n} 条异常查阅记录 3 天内未核查，请联系审计员",
            en="{n} records of unusual access have waited for three days: ask the auditor",
        ),
    ),
}
CENTRE_TITLES: Mapping[str, Text] = {kind.value: call.title for kind, call in CENTRE_CALLS.items()}


def centre_incidents(faults: Iterable[CentreFault], *, now: datetime) -> list[SystemIncident]:
    """Return one incident for each fault that has lasted long enough to call somebody."""
    return [
        _incident(fault) for fault in faults if now - fault.since >= CENTRE_CALLS[fault.kind].after
    ]


def _incident(fault: CentreFault) -> SystemIncident:
    call = CENTRE_CALLS[fault.kind]
    return SystemIncident(
        key=equipment_key(fault.kind, "centre"),
        code=fault.kind,
        level=call.level,
        message=call.message.format(n=fault.n),
        since=fault.since,
        addressee=Addressee.DESK,
    )
