"""How a centre sorts scenarios: classes of grid work, families, maturity, alarm types."""

from enum import Enum, StrEnum

from pipeline.text import Text


class DutyClass(StrEnum):
    """The fifteen classes of grid work, by which a centre sorts its incidents."""

    SECURITY = "security"
    CITY = "city"
    TRAFFIC = "traffic"
    MARKET = "market"
    BUILDING = "building"
    HOUSING = "housing"
    FIRE = "fire"
    ENVIRONMENT = "environment"
    WATER = "water"
    LABOUR = "labour"
    CULTURE = "culture"
    EDUCATION = "education"
    SAFETY = "safety"
    PREMISES = "premises"
    DISPUTES = "disputes"

    @property
    def display_name(self) -> Text:
        """Its name on screen."""
        zh, en = TITLES[self]
        return Text(zh=zh, en=en)


TITLES = {
    DutyClass.SECURITY: ("社会治安", "Public security"),
    DutyClass.CITY: ("城市管理", "City management"),
    DutyClass.TRAFFIC: ("交通管理", "Traffic"),
    DutyClass.MARKET: ("市场监管", "Market supervision"),
    DutyClass.BUILDING: ("规划建设", "Planning and building"),
    DutyClass.HOUSING: ("小区管理", "Housing estates"),
    DutyClass.FIRE: ("消防安全", "Fire safety"),
    DutyClass.ENVIRONMENT: ("环境保护", "Environment"),
    DutyClass.WATER: ("水务管理", "Water"),
    DutyClass.LABOUR: ("劳动保障", "Labour"),
    DutyClass.CULTURE: ("文化出版", "Culture and publishing"),
    DutyClass.EDUCATION: ("教育监管", "Education"),
    DutyClass.SAFETY: ("安全生产", "Safety at work"),
    DutyClass.PREMISES: ("组织场所", "Organisations and premises"),
    DutyClass.DISPUTES: ("矛盾纠纷", "Disputes"),
}


class Family(StrEnum):
    """Scenarios that may see the same matter; their alerts at one place are one incident.

    Two scenarios share a family only if one happening raises both: a crowd that is also dense
    and also queues. Different matters that merely look alike have families of their own.
    """

    CROWD = "crowd"
    PANIC = "panic"
    PERSON_DOWN = "person_down"
    INTRUSION = "intrusion"
    LOITERING = "loitering"
    WATER = "water"
    FIRE = "fire"
    FIRE_HAZARD = "fire_hazard"
    TRAFFIC = "traffic"
    WRONG_WAY = "wrong_way"
    PEDESTRIAN = "pedestrian"
    PARKING = "parking"
    BICYCLES = "bicycles"
    OBJECTS = "objects"
    FIXTURES = "fixtures"
    ANIMALS = "animals"
    FALLING_OBJECTS = "falling_objects"
    VENDING = "vending"
    POST = "post"
    CAMERA = "camera"


class Maturity(StrEnum):
    """Whether the alerts of a scenario may ring a phone without an operator."""

    STABLE = "stable"
    EXPERIMENTAL = "experimental"
    """An operator looks first, whatever the score."""


class AlarmType(Enum):
    """Alarm of GB/T 28181: ``AlarmMethod`` and ``AlarmType`` of its notify message.

    Numbers follow table A.2.5 of the 2016 edition; type 13 of method 5 is from 2022. A scenario
    for which the standard has no alarm has none here.
    """

    VIDEO_LOST = (2, 1)
    """视频丢失报警."""
    MANUAL = (5, 1)
    """人工视频报警."""
    MOVING_TARGET = (5, 2)
    """运动目标检测报警."""
    OBJECT_LEFT = (5, 3)
    """遗留物检测报警."""
    OBJECT_REMOVED = (5, 4)
    """物体移除检测报警."""
    TRIPWIRE = (5, 5)
    """绊线检测报警."""
    INTRUSION = (5, 6)
    """入侵检测报警."""
    WRONG_WAY = (5, 7)
    """逆行检测报警."""
    LOITERING = (5, 8)
    """徘徊检测报警."""
    FLOW = (5, 9)
    """流量统计报警."""
    DENSITY = (5, 10)
    """密度检测报警."""
    ABNORMAL_VIDEO = (5, 11)
    """视频异常检测报警."""
    FAST_MOVING = (5, 12)
    """快速移动报警."""
    COVERED = (5, 13)
    """图像遮挡报警."""

    @property
    def method(self) -> int:
        """``AlarmMethod``: 2 for a device alarm, 5 for a video alarm."""
        return self.value[0]

    @property
    def number(self) -> int:
        """``AlarmType`` within its method."""
        return self.value[1]
