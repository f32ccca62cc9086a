"""How long each kind of data stays: default, least and most days, by profile. Pure.

A term below the least or above the most of its profile is refused at start.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.text import Text


class RowKind(StrEnum):
    """Kinds of rows with a retention time; the values appear in settings, logs and metrics."""

    EVENTS = "events"
    COMMANDS = "commands"
    ALARMS = "alarms"
    QUARANTINE = "quarantine"
    REQUEST_KEYS = "request_keys"
    MESSAGES = "messages"
    EVIDENCE = "evidence"
    INCIDENTS = "incidents"
    AUDIT = "audit"


class Profile(StrEnum):
    """Whose rules apply."""

    DEFAULT = "default"
    CN_799 = "cn-799"
    """State Council Order 799, the Regulation on public security video image information systems
    (公共安全视频图像信息系统管理条例), in force since 2025-04-01, and the Cybersecurity Law."""


@dataclass(frozen=True, slots=True)
class Term:
    """How long one kind stays, in days.

    Args:
        default: Unless a setting says otherwise.
        least: A shorter term is refused.
        most: A longer term is refused.
    """

    default: int
    least: int
    most: int


NAMES: Mapping[RowKind, Text] = {
    RowKind.EVENTS: Text(zh="实时页面事件", en="events of live pages"),
    RowKind.COMMANDS: Text(zh="节点指令及应答", en="commands to nodes, and their replies"),
    RowKind.ALARMS: Text(zh="已结束的设备告警", en="fleet alarms that have ended"),
    RowKind.QUARANTINE: Text(zh="隔离的无效消息", en="messages that could not be read"),
    RowKind.REQUEST_KEYS: Text(zh="重复请求的识别码", en="keys of repeated requests"),
    RowKind.MESSAGES: Text(zh="节点原始消息", en="messages of nodes as they arrived"),
    RowKind.EVIDENCE: Text(zh="图片、录像和现场照片", en="snapshots, clips and photos"),
    RowKind.INCIDENTS: Text(
        zh="已办结事件及其工单、通知和结论", en="ended incidents with their orders and verdicts"
    ),
    RowKind.AUDIT: Text(zh="审计日志", en="audit log"),
}

_DEFAULT: Mapping[RowKind, Term] = {
    RowKind.EVENTS: Term(7, 1, 90),
    RowKind.COMMANDS: Term(90, 7, 730),
    RowKind.ALARMS: Term(365, 30, 3650),
    RowKind.QUARANTINE: Term(90, 7, 730),
    RowKind.REQUEST_KEYS: Term(30, 7, 365),
    # A message is recognised as a repetition as long as it is stored.
    RowKind.MESSAGES: Term(90, 30, 730),
    RowKind.EVIDENCE: Term(180, 1, 1095),
    RowKind.INCIDENTS: Term(1095, 90, 3650),
    RowKind.AUDIT: Term(1095, 180, 3650),
}
TERMS: Mapping[Profile, Mapping[RowKind, Term]] = {
    Profile.DEFAULT: _DEFAULT,
    Profile.CN_799: {
        **_DEFAULT,
        # 30 days at least; then what has served its purpose has to be deleted.
        RowKind.EVIDENCE: Term(90, 30, 365),
        # Logs of the network: six months at least.
        RowKind.COMMANDS: Term(190, 180, 730),
        RowKind.ALARMS: Term(365, 180, 3650),
        RowKind.QUARANTINE: Term(190, 180, 730),
        RowKind.INCIDENTS: Term(1095, 180, 3650),
    },
}


def chosen_days(profile: Profile, settings: Mapping[RowKind, int | None]) -> dict[RowKind, int]:
    """Return the days of every kind: what is set, or else the default of the profile."""
    terms = TERMS[profile]
    return {kind: settings.get(kind) or terms[kind].default for kind in RowKind}


def find_invalid_terms(profile: Profile, days: Mapping[RowKind, int]) -> Iterator[str]:
    """Yield what is wrong with the terms, each with its setting and the days that are allowed."""
    for kind, term in TERMS[profile].items():
        if not term.least <= days[kind] <= term.most:
            yield (
                f"{setting_of(kind)} is {days[kind]}: with the profile {profile}, "
                f"from {term.least} to {term.most} days"
            )
    for kind in (RowKind.EVIDENCE, RowKind.MESSAGES):
        if days[kind] > days[RowKind.INCIDENTS]:
            yield (
                f"{setting_of(kind)} is {days[kind]}: at most the {days[RowKind.INCIDENTS]} days "
                f"of {setting_of(RowKind.INCIDENTS)}"
            )


def setting_of(kind: RowKind) -> str:
    """Return the environment variable that sets the days of a kind."""
    return f"GRIDWATCH_KEEP_{kind.upper()}_DAYS"
