"""Which fleet alarms call a person, at which level, after how long. Pure.

``EQUIPMENT_CALLS`` is the whole rule. The words of a call name no place, as every page shows the
node, the camera and the area of an incident beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from api.equipment.centre_faults import CENTRE_TITLES
from api.fleet.health_rules import AlarmKind
from pipeline.signal import Level
from pipeline.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentCall:
    """How a person is called for one kind of fleet alarm.

    Args:
        code: Stands where other incidents have their scenario.
        after: How long the fault lasts before somebody is called.
        title: The name of the incident.
        single: What happened, to one camera or node.
        several: What happened, to ``{n}`` cameras or nodes at once.
    """

    code: str
    level: Level
    after: timedelta
    title: Text
    single: Text
    several: Text


def _minutes(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


EQUIPMENT_CALLS: Mapping[AlarmKind, EquipmentCall] = {
    AlarmKind.UNREACHABLE: EquipmentCall(
        code="node_unreachable",
        level=Level.MAJOR,
        after=_minutes(5),
        title=Text(zh="边缘节点失联", en="Node unreachable"),
        single=Text(
            zh="边缘节点失联，其摄像机暂无预警，请检查供电和网络",
            en="The node does not answer, its cameras raise no alerts: check power and network",
        ),
        several=Text(
            zh="{n} 个边缘节点同时失联，疑似停电或断网",
            en="{n} nodes stopped answering at once: probably a power or network cut",
        ),
    ),
    AlarmKind.CAMERA_OFFLINE: EquipmentCall(
        code="camera_offline",
        level=Level.MINOR,
        after=_minutes(10),
        title=Text(zh="视频信号中断", en="Camera offline"),
        single=Text(
            zh="摄像机视频信号中断，请检查线路、供电和密码",
            en="The camera delivers no picture: check cable, power and password",
        ),
        several=Text(
            zh="{n} 路视频信号同时中断，请检查供电和交换机",
            en="{n} cameras went offline at once: check power and the switch",
        ),
    ),
    AlarmKind.EVIDENCE_MISSING: EquipmentCall(
        code="evidence_missing",
        level=Level.MINOR,
        after=_minutes(0),
        title=Text(zh="图像证据未上传", en="Evidence not arriving"),
        single=Text(
            zh="预警的图片或录像超过 30 分钟未上传，请检查节点的网络和磁盘",
            en="Pictures or clips have not arrived for 30 minutes: check network and disk",
        ),
        several=Text(
            zh="{n} 个边缘节点的图片或录像未上传，请检查网络",
            en="Pictures or clips of {n} nodes do not arrive: check the network",
        ),
    ),
    AlarmKind.BACKLOG: EquipmentCall(
        code="alerts_delayed",
        level=Level.MAJOR,
        after=_minutes(15),
        title=Text(zh="预警积压未上报", en="Alerts delayed"),
        single=Text(
            zh="节点的预警积压未能上报，请检查网络和消息服务",
            en="Alerts wait in the node and do not arrive: check the network and the broker",
        ),
        several=Text(
            zh="{n} 个边缘节点的预警积压未能上报，请检查网络和消息服务",
            en="Alerts wait in {n} nodes and do not arrive: check the network and the broker",
        ),
    ),
    AlarmKind.SEQ_GAP: EquipmentCall(
        code="alerts_missing",
        level=Level.MAJOR,
        after=_minutes(10),
        title=Text(zh="预警缺失", en="Alerts missing"),
        single=Text(
            zh="节点的部分预警未到达，请检查节点；确已损坏的登记为丢失",
            en="Some alerts of the node have not arrived: check it, or mark them as lost",
        ),
        several=Text(
            zh="{n} 个边缘节点的部分预警未到达",
            en="Some alerts of {n} nodes have not arrived",
        ),
    ),
    AlarmKind.CLOCK_SKEW: EquipmentCall(
        code="clock_skew",
        level=Level.MINOR,
        after=_minutes(15),
        title=Text(zh="节点时钟偏差", en="Node clock off"),
        single=Text(
            zh="节点时钟偏差超过 5 分钟，请检查校时服务器（NTP）",
            en="The clock of the node is off by more than 5 minutes: check its time server",
        ),
        several=Text(
            zh="{n} 个边缘节点时钟偏差超过 5 分钟，请检查校时服务器（NTP）",
            en="The clocks of {n} nodes are off by more than 5 minutes: check the time server",
        ),
    ),
    AlarmKind.DRILL_OVERDUE: EquipmentCall(
        code="drill_overdue",
        level=Level.MINOR,
        after=_minutes(0),
        title=Text(zh="演练超期未通过", en="Drill overdue"),
        single=Text(
            zh="摄像机演练超期未通过，预警链路可能中断，请执行自检",
            en="The daily drill of the camera did not arrive: run the self-test",
        ),
        several=Text(
            zh="{n} 路摄像机演练超期未通过，预警链路可能中断，请执行自检",
            en="The daily drills of {n} cameras did not arrive: run the self-test",
        ),
    ),
    AlarmKind.CONFIG_UNANSWERED: EquipmentCall(
        code="config_unanswered",
        level=Level.MINOR,
        after=_minutes(60),
        title=Text(zh="配置下发未应答", en="Configuration unanswered"),
        single=Text(
            zh="节点在线但未应答下发的配置，请重启节点",
            en="The node is online and does not answer its configuration: restart it",
        ),
        several=Text(
            zh="{n} 个边缘节点未应答下发的配置",
            en="{n} nodes do not answer their configuration",
        ),
    ),
    AlarmKind.INVALID_MESSAGES: EquipmentCall(
        code="invalid_messages",
        level=Level.MINOR,
        after=_minutes(15),
        title=Text(zh="节点上报无效消息", en="Node sends invalid messages"),
        single=Text(
            zh="节点持续上报无效消息，请检查软件版本、时钟和密钥",
            en="The node keeps sending messages that are refused: check software, clock and key",
        ),
        several=Text(
            zh="{n} 个边缘节点持续上报无效消息",
            en="{n} nodes keep sending messages that are refused",
        ),
    ),
    AlarmKind.NOISY: EquipmentCall(
        code="camera_noisy",
        level=Level.MINOR,
        after=_minutes(30),
        title=Text(zh="摄像机频繁告警", en="Camera too noisy"),
        single=Text(
            zh="摄像机频繁告警，请检查镜头、区域设置和阈值",
            en="The camera opens too many incidents: check lens, zones and thresholds",
        ),
        several=Text(
            zh="{n} 路摄像机频繁告警，请检查镜头、区域设置和阈值",
            en="{n} cameras open too many incidents: check lenses, zones and thresholds",
        ),
    ),
    AlarmKind.CAMERA_BLIND: EquipmentCall(
        code="camera_blind",
        level=Level.MINOR,
        after=_minutes(60),
        title=Text(zh="摄像机看不清", en="Camera cannot see"),
        single=Text(
            zh="大部分移动目标未被识别，请检查镜头、光照和模型",
            en="Most moving objects are not detected: check lens, light and model",
        ),
        several=Text(
            zh="{n} 路摄像机的大部分移动目标未被识别，请检查天气、光照和模型",
            en="{n} cameras miss most moving objects: check weather, light and model",
        ),
    ),
    AlarmKind.SCORES_DRIFT: EquipmentCall(
        code="scores_drift",
        level=Level.MINOR,
        after=_minutes(0),
        title=Text(zh="预警分值漂移", en="Scores have drifted"),
        single=Text(
            zh="摄像机的预警分值与以往不同，请检查是否移位、脏污或光照变化，处理后重新起算",
            en="The scores of the camera have changed: check position, lens and light, then start "
            "it anew",
        ),
        several=Text(
            zh="{n} 路摄像机的预警分值与以往不同，请检查模型、配置和光照",
            en="The scores of {n} cameras have changed: check model, settings and light",
        ),
    ),
}
"""The kinds that are missing call nobody: a refused configuration is shown at once to the person
who has just sent it."""

NOBODY_ON_DUTY = "nobody_on_duty"
NOBODY_ON_DUTY_TITLE = Text(zh="无人在岗", en="Nobody on duty")

EQUIPMENT_TITLES: Mapping[str, Text] = {
    **{call.code: call.title for call in EQUIPMENT_CALLS.values()},
    NOBODY_ON_DUTY: NOBODY_ON_DUTY_TITLE,
    **CENTRE_TITLES,
}
"""The titles of all incidents about equipment, by code."""
