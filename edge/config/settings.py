"""``edge.toml``: what an edge box is told, checked whole before anything starts."""

from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from edge.config.schedule import ScheduleSettings, TimeZone
from edge.errors import SealError
from edge.evidence.sealing import Sealer
from edge.sources.camera_address import Transport
from pipeline.errors import WireError
from pipeline.wire import Node
from pipeline.wire.address import NAME_PATTERN, SCENARIO_KEY_PATTERN

Item = TypeVar("Item")

SETTINGS_PREFIX = "GRIDWATCH_EDGE__"
"""``GRIDWATCH_EDGE__BROKER__HOST`` wins over ``host`` of ``[broker]``."""


def parse_key(secret: SecretStr) -> SecretStr:
    """Read a node's key.

    Raises:
        ValueError: It is not 32 bytes in hexadecimal.
    """
    text = secret.get_secret_value().strip()
    try:
        length = len(bytes.fromhex(text))
    except ValueError:
        raise ValueError("is not hexadecimal; `gridwatch edge new-key` makes one") from None
    if length != 32:
        raise ValueError(f"has {length} bytes, not 32; `gridwatch edge new-key` makes one")
    return SecretStr(text)


def _check_name(text: str) -> str:
    if not NAME_PATTERN.fullmatch(text):
        raise ValueError("use 1 to 64 of a-z, 0-9 and -")
    return text


def _check_scenario_key(text: str) -> str:
    if not SCENARIO_KEY_PATTERN.fullmatch(text):
        raise ValueError("use a-z, 0-9 and _, a letter first")
    return text


def _check_node(text: str) -> str:
    try:
        return str(Node.parse(text))
    except WireError as error:
        raise ValueError(str(error)) from None


def _check_public_key(text: str) -> str:
    try:
        Sealer(text)
    except SealError as error:
        raise ValueError(str(error)) from None
    return text


def _at_least(count: int, noun: str) -> AfterValidator:
    """Refuse fewer, once each of them is right: a wrong one is not also a missing one."""

    def check(items: tuple[Item, ...]) -> tuple[Item, ...]:
        if len(items) < count:
            raise ValueError(f"needs at least {count} {noun}, has {len(items)}")
        return items

    return AfterValidator(check)


Name = Annotated[str, AfterValidator(_check_name)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class PlaybackSpeed(StrEnum):
    """How fast a file is played."""

    LIVE = "live"
    FAST = "fast"


class DecodePolicy(StrEnum):
    """Which pictures of a camera are decoded; on demand: key frames alone while nothing moves."""

    ALL = "all"
    ON_DEMAND = "on_demand"


class Section(BaseModel):
    """A table of the file: no unknown keys, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BrokerSettings(Section):
    """``[broker]``: where alerts go."""

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    tls: bool = False
    ca: Path | None = None


class CentreSettings(Section):
    """``[centre]``: where pictures go."""

    url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^\s/]+")


class ModelSettings(Section):
    """``[model]``: what looks at the pictures; the best that can be had, if none is named."""

    name: str | None = None
    catalogue: Path | None = None
    detect_fps: float = Field(default=5, gt=0, le=30)
    gate: bool = True
    """Whether the model looks where something moves, or at every picture chosen.

    What that changes, and what it saves: ``docs/engine.md``.
    """
    parts: bool = True
    """Whether a look may take in only the parts of a picture in which something moves.

    It does so behind the gate, with a model that ``gridwatch model fold`` has made fit for it.
    """


class ScenarioFolder(Section):
    """``[scenarios]``: a folder with the site's own rules by expression."""

    path: Path | None = None


class EvidenceSettings(Section):
    """``[evidence]``: what is shown of a happening; what is kept that the centre has not taken."""

    clip: bool = True
    pre_roll: float = Field(default=5, ge=0, le=60)
    """Seconds of a clip before the alert opens."""
    post_roll: float = Field(default=5, ge=1, le=60)
    """Seconds of a clip after it."""
    clip_max_mb: int = Field(default=16, ge=1, le=30)
    """What a camera's last seconds may take of the memory, and so a clip of the disk."""
    max_mb: int = Field(default=2048, ge=1, le=1_000_000)
    """What waits for the centre; beyond it clips are given up, the oldest first."""
    keep_days: float = Field(default=30, gt=0, le=3650)
    """How long it may wait."""
    seal_to: Annotated[str, AfterValidator(_check_public_key)] | None = Field(
        default=None, repr=False
    )
    """The public key for which originals are sealed; without it none is kept."""
    original_ttl: float = Field(default=72, gt=0, le=8760)
    """Hours that a sealed original is kept."""


class DrillSettings(Section):
    """``[exercise]``: a daily alert for each live camera that proves the way to the centre."""

    enabled: bool = True
    at: time | None = None
    """The time of day; without it cameras are spread over the day by their names."""
    timezone: TimeZone = "Asia/Shanghai"
    """Whose days they are; schedules go by it, too."""


class LocationSettings(Section):
    """Where a camera stands, WGS-84 degrees."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class ZoneSettings(Section):
    """``[[camera.zone]]``: a polygon in fractions of the frame, or a line of two points."""

    name: Name
    points: Annotated[tuple[tuple[Fraction, Fraction], ...], _at_least(2, "points")]


class MarkSettings(Section):
    """``[[camera.mark]]``: a point of the ground, in the frame and in metres on a plan."""

    at: tuple[Fraction, Fraction]
    metres: tuple[float, float]
    """To the right and up on the plan, as east and north, from any origin."""


class ScenarioSettings(BaseModel):
    """``[[camera.scenario]]``: further keys are the scenario's own, and checked by it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    key: Annotated[str, AfterValidator(_check_scenario_key)]
    zones: tuple[Name, ...] = ()
    schedule: ScheduleSettings | None = None
    """When it may raise alerts; always if left out."""

    @property
    def parameters(self) -> dict[str, object]:
        """Parameters and timing, for the scenario to check."""
        return dict(self.model_extra or {})


class CameraSettings(Section):
    """``[[camera]]``: where its pictures come from and what to watch for."""

    name: Name
    enabled: bool = True
    """Whether it is watched at all."""
    source: str = Field(repr=False)
    main: str | None = Field(default=None, repr=False)
    """Where the same camera's main stream is: clips are cut from it, nothing is detected in it."""
    transport: Transport = Transport.AUTO
    decode: DecodePolicy = DecodePolicy.ALL
    stall_after: float = Field(default=5, ge=1, le=60)
    """Seconds without a new picture after which a live camera counts as lost."""
    fps: float | None = Field(default=None, gt=0, le=60)
    """Pictures a second of a folder."""
    loop: bool = False
    start_at: AwareDatetime | None = None
    pace: PlaybackSpeed = PlaybackSpeed.LIVE
    location: LocationSettings | None = None
    zone: tuple[ZoneSettings, ...] = ()
    mark: Annotated[tuple[MarkSettings, ...], Field(max_length=20)] = ()
    """At least four, or none: then metres come from people's heights."""
    scenario: Annotated[tuple[ScenarioSettings, ...], _at_least(1, "scenario")]


class EdgeSettings(BaseSettings):
    """Root of ``edge.toml``; paths are relative to its folder."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=SETTINGS_PREFIX,
        env_nested_delimiter="__",
    )

    node: Annotated[str, AfterValidator(_check_node)]
    key: Annotated[SecretStr, AfterValidator(parse_key)] | None = None
    key_file: Path | None = None
    data: Path = Path("var/edge")
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    outbox_max_mb: int = Field(default=1024, ge=1, le=1_000_000)
    keep_free_mb: int = Field(default=200, ge=0, le=1_000_000)
    """Free disk that pictures must leave to alerts."""
    broker: BrokerSettings = BrokerSettings()
    centre: CentreSettings = CentreSettings()
    model: ModelSettings = ModelSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    exercise: DrillSettings = DrillSettings()
    scenarios: ScenarioFolder = ScenarioFolder()
    camera: Annotated[tuple[CameraSettings, ...], _at_least(1, "camera")]

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917  # pydantic's own signature
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let variables win over the file, and look nowhere else."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings
