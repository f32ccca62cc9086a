"""The condition of a node is the worst of its parts, and each part that is not right is named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.fleet.health_rules import AlarmKind
from api.fleet.node_condition import (
    FRESH_FOR,
    CameraPart,
    Condition,
    NodeParts,
    OpenAlarm,
    ProblemCode,
    find_problems,
    worst_condition,
)
from edge.worker import DAMAGED, OVERLOADED
from tests.api.alerts import NOON

GATE = CameraPart(name="north-gate", state="online", reason="")
WELL = NodeParts(
    state="online",
    health_at=NOON,
    skew_s=0.2,
    disk_free_mb=70_000.0,
    upload_files=2,
    cameras=(GATE, CameraPart(name="yard", state="disabled", reason="disabled")),
)


def codes(node: NodeParts) -> list[str]:
    return [problem.code for problem in find_problems(node, now=NOON)]


def condition(node: NodeParts) -> Condition:
    return worst_condition(find_problems(node, now=NOON))


def with_camera(state: str, reason: str = "", lag_s: float | None = None) -> NodeParts:
    return replace(WELL, cameras=(GATE, replace(GATE, state=state, reason=reason, lag_s=lag_s)))


def test_a_node_all_of_whose_parts_are_well_is_well() -> None:
    assert (codes(WELL), condition(WELL)) == ([], Condition.OK)


PROBLEMS = {
    "never connected": (replace(WELL, state="unknown", health_at=None), "never_connected"),
    "offline": (replace(WELL, state="offline"), "node_offline"),
    "stopped": (replace(WELL, state="stopped"), "node_stopped"),
    "without health": (replace(WELL, health_at=None), "health_stale"),
    "stale": (replace(WELL, health_at=NOON - FRESH_FOR - timedelta(seconds=1)), "health_stale"),
    "camera offline": (with_camera("offline", "answers, but sends nothing"), "camera_offline"),
    "damaged pictures": (with_camera("degraded", DAMAGED), "camera_degraded"),
    "too slow": (with_camera("degraded", OVERLOADED), "camera_slow"),
    "late": (with_camera("online", lag_s=30.0), "camera_slow"),
    "never reported": (with_camera("unknown"), "camera_silent"),
    "little disk": (replace(WELL, disk_free_mb=800.0), "disk_low"),
    "no disk": (replace(WELL, disk_free_mb=90.0), "disk_full"),
    "clock": (replace(WELL, skew_s=-40.0), "clock_off"),
    "uploads": (replace(WELL, upload_files=400), "uploads_waiting"),
}


@pytest.mark.parametrize(("node", "code"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_one_part_that_is_not_right_decides(node: NodeParts, code: str) -> None:
    assert codes(node) == [code]
    assert condition(node) is not Condition.OK


def test_every_code_is_tested() -> None:
    assert {code for _, code in PROBLEMS.values()} == set(ProblemCode)


def test_the_worst_comes_first() -> None:
    node = replace(with_camera("offline"), skew_s=20.0, state="online", disk_free_mb=900.0)

    assert codes(node) == ["camera_offline", "clock_off", "disk_low"]
    assert condition(node) is Condition.FAULT


def test_the_reason_of_a_camera_is_named_although_it_has_become_an_alarm() -> None:
    alarm = OpenAlarm(kind=AlarmKind.CAMERA_OFFLINE, camera="north-gate", detail={})
    node = replace(with_camera("offline", "answers, but sends nothing"), alarms=(alarm,))

    [problem] = find_problems(node, now=NOON)
    assert (problem.code, problem.reasons) == ("camera_offline", ("silent",))


def test_of_a_node_that_cannot_be_reached_nothing_else_is_claimed() -> None:
    alarm = OpenAlarm(kind=AlarmKind.UNREACHABLE, camera="", detail={"state": "online"})
    node = replace(with_camera("degraded", DAMAGED), health_at=None, alarms=(alarm,))

    assert codes(node) == ["unreachable"]
    assert condition(node) is Condition.FAULT


def test_an_alarm_is_not_repeated_as_a_problem() -> None:
    alarm = OpenAlarm(kind=AlarmKind.CLOCK_SKEW, camera="", detail={"skew_s": 400})

    assert codes(replace(WELL, skew_s=400.0, alarms=(alarm,))) == ["clock_skew"]
