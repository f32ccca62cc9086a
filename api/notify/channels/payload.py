"""What a message says: as JSON for programs, and as text for people. Pure."""

from datetime import tzinfo

from api.notify.model import NotificationKind
from api.notify.outgoing import Message, OutgoingNotification
from pipeline.text import Text

KIND_TEXTS = {
    NotificationKind.DISPATCH: Text(zh="新工单", en="New work order"),
    NotificationKind.REMINDER: Text(zh="催办", en="Reminder"),
    NotificationKind.ESCALATION: Text(zh="升级督办", en="Escalation"),
    NotificationKind.NOBODY_ON_DUTY: Text(
        zh="无人在岗，请派遣", en="Nobody on duty: please dispatch"
    ),
    NotificationKind.WORSENING: Text(zh="级别上升", en="Level raised"),
    NotificationKind.REWORK: Text(zh="退回返工", en="Sent back for rework"),
    NotificationKind.HELP: Text(zh="请求协同", en="Help requested"),
    NotificationKind.VERIFICATION: Text(zh="请核查", en="Please verify"),
    NotificationKind.RECALL: Text(zh="无需前往", en="No longer needed"),
    NotificationKind.PROPOSAL: Text(zh="申请作废，请复核", en="Proposed to cancel, please decide"),
    NotificationKind.NOTICE: Text(zh="事件已自行结束", en="Ended by itself"),
    NotificationKind.TEST: Text(zh="测试消息", en="Test message"),
}
LEVEL_TEXTS = {
    "critical": Text(zh="紧急", en="CRITICAL"),
    "major": Text(zh="重要", en="Major"),
    "minor": Text(zh="一般", en="Minor"),
    "info": Text(zh="提示", en="Info"),
}
TEST_TEXT = Text(zh="渠道测试，验证码 {code}", en="Test of this channel, code {code}")
DRILL = Text(zh="【演练】", en="[Drill] ")
MAX_BECAUSE = 300
MAX_AREA_NAMES = 3
"""The smallest areas of the path; the whole path does not fit a phone."""


def payload_of(message: Message) -> dict[str, object]:
    """Return a message for programs: webhooks and the service worker of the phone."""
    notification = message.notification
    location = None
    if notification.lon is not None:
        location = {"lon": notification.lon, "lat": notification.lat}
    title = KIND_TEXTS[NotificationKind.TEST] if message.code else message.title
    because = TEST_TEXT.format(code=message.code) if message.code else notification.because
    return {
        "notification": str(notification.id),
        "kind": notification.kind,
        "order": str(notification.order) if notification.order else None,
        "incident": str(notification.incident) if notification.incident else None,
        "account": notification.account,
        "level": notification.level,
        "title": {"zh": title.zh, "en": title.en},
        "because": {"zh": because.zh, "en": because.en},
        "area": list(notification.area_path),
        "names": dict(notification.names),
        "location": location,
        "called_at": notification.created_at.isoformat(),
        "exercise": notification.exercise,
        "receipt": message.receipt,
    }


def _place(notification: OutgoingNotification) -> list[str]:
    """Return the smallest areas, then the camera, or the node where no camera is meant."""
    names = notification.names
    seen_by = names.get("camera") or names.get("node")
    return [*notification.area_path[-MAX_AREA_NAMES:], *([seen_by] if seen_by else [])]


def text_of(message: Message, time_zone: tzinfo) -> str:
    """Return a message for people, in one line and in the language of the recipient."""
    notification = message.notification
    is_zh = notification.language != "en"

    def chosen(text: Text) -> str:
        return text.zh if is_zh else text.en

    if message.code:
        return chosen(TEST_TEXT.format(code=message.code))
    kind = chosen(KIND_TEXTS[NotificationKind(notification.kind)])
    level = chosen(LEVEL_TEXTS[notification.level])
    area = (" " if is_zh else ", ").join(_place(notification))
    at = f"{notification.created_at.astimezone(time_zone):%H:%M}"
    because = chosen(notification.because)[:MAX_BECAUSE]
    drill = chosen(DRILL) if notification.exercise else ""
    title = chosen(message.title)
    if is_zh:
        return f"{drill}{kind}（{level}）：{title}，{area}，{at}。{because}"
    return f"{drill}{kind} ({level}): {title}, {area}, {at}. {because}"
