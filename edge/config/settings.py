"""Keys of ``edge.toml``, their types, ranges and defaults."""

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
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from edge.config.renamed_keys import rename_old_variables
from edge.config.schedule import ScheduleSettings, TimeZone
from edge.errors import SealError
from edge.evidence.sealing import Sealer
from edge.sources.camera_address import Transport
from pipeline.errors import WireError
from pipeline.wire import Node
from pipeline.wire.address import NAME_PATTERN, SCENARIO_KEY_PATTERN
from pipeline.wire.display_names import MAX_ADDRESS_LENGTH, MAX_TITLE_LENGTH, is_one_line

Item = TypeVar("Item")

SETTINGS_PREFIX = "GRIDWATCH_EDGE__"
"""``GRIDWATCH_EDGE__BROKER__HOST`` overrides ``host`` of ``[broker]``."""


def parse_key(secret: SecretStr) -> SecretStr:
    """Check a node's key and strip white space.

    Raises:
        ValueError: The key is not 32 bytes in hexadecimal.
    """
    text = secret.get_secret_value().strip()
    try:
        length = len(bytes.fromhex(text))
    except ValueError:
        raise ValueError("is not hexadecimal; `gridwatch edge new-key` creates one") from None
    if length != 32:
        raise ValueError(f"has {length} bytes, not 32; `gridwatch edge new-key` creates one")
    return SecretStr(text)


def _check_name(text: str) -> str:
    if not NAME_PATTERN.fullmatch(text):
        raise ValueError("use 1 to 64 of a-z, 0-9 and -")
    return text


def _check_display_name(text: str) -> str:
    if not is_one_line(text) or not text.strip():
        raise ValueError("write one line of text, in any language")
    return text.strip()


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
    """Require a number of items, checked only once each item is valid."""

    def check(items: tuple[Item, ...]) -> tuple[Item, ...]:
        if len(items) < count:
            raise ValueError(f"needs at least {count} {noun}, has {len(items)}")
        return items

    return AfterValidator(check)


Name = Annotated[str, AfterValidator(_check_name)]
Title = Annotated[str, Field(max_length=MAX_TITLE_LENGTH), AfterValidator(_check_display_name)]
"""What people call a node, camera or zone; ``name`` stays its key."""
Address = Annotated[str, Field(max_length=MAX_ADDRESS_LENGTH), AfterValidator(_check_display_name)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class PlaybackSpeed(StrEnum):
    """How fast a recording is played: in real time, or as fast as possible."""

    LIVE = "live"
    FAST = "fast"


class DecodePolicy(StrEnum):
    """Which frames of a camera are decoded; on demand means key frames only while nothing moves.

    ``AUTO`` is on demand for a live camera whose key frames are a second apart at most, if no
    scenario looks for fire, falling or left objects.
    """

    AUTO = "auto"
    ALL = "all"
    ON_DEMAND = "on_demand"


class Section(BaseModel):
    """A table of the file; immutable, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BrokerSettings(Section):
    """``[broker]``: the MQTT broker that alerts are published to."""

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    """The node's own certificate, for a broker that asks for one; with its private key."""
    certificate_key: Path | None = None


class CentreSettings(Section):
    """``[centre]``: the HTTP server that snapshots and clips are uploaded to."""

    url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^\s/]+")
    ca: Path | None = None


class ModelSettings(Section):
    """``[model]``: the detection model; the best one available if none is named."""

    name: str | None = None
    catalogue: Path | None = None
    detect_fps: float = Field(default=5, gt=0, le=30)
    gate: bool = True
    """Whether the motion gate decides which sampled frames the model runs on; else on all.

    ``docs/engine.md`` says what that saves and what it changes.
    """
    regions: bool = True
    """Whether the model may run only on the regions of a frame in which something moves.

    Needs the gate and a model converted by ``gridwatch model fold``.
    """
    fast: str | None = None
    """A cheaper model for most inferences of a camera, while it finds what the model finds.

    Needs the gate, and no regions: ``docs/engine.md`` says what it saves and on which scenes.
    """
    second_look: bool = True
    """Whether weak evidence is looked at again, enlarged, before an alert opens."""
    second_look_model: str | None = None
    """Another model for second looks, which does not repeat the mistakes of the model."""


class ScenarioFolder(Section):
    """``[scenarios]``: a folder with the site's own rule files."""

    path: Path | None = None


class EvidenceSettings(Section):
    """``[evidence]``: snapshots and clips, and the limits of what waits for upload."""

    clip: bool = True
    pre_roll: float = Field(default=5, ge=0, le=60)
    """Seconds of a clip before the alert opened."""
    post_roll: float = Field(default=5, ge=1, le=60)
    """Seconds of a clip after the alert opened."""
    clip_max_mb: int = Field(default=16, ge=1, le=30)
    """Memory for the last seconds of a camera, and so the largest size of a clip."""
    max_mb: int = Field(default=2048, ge=1, le=1_000_000)
    """Disk space for files waiting for upload; beyond it the oldest clips are deleted."""
    keep_days: float = Field(default=30, gt=0, le=3650)
    """Days a file may wait for upload."""
    seal_to: Annotated[str, AfterValidator(_check_public_key)] | None = Field(
        default=None, repr=False
    )
    """Public key that unpixelated originals are encrypted for; without it none is kept."""
    original_ttl: float = Field(default=72, gt=0, le=8760)
    """Hours a sealed original is kept."""


class DrillSettings(Section):
    """``[drill]``: a daily test alert of each live camera."""

    enabled: bool = True
    at: time | None = None
    """Time of day; without it the cameras are spread over the day."""
    timezone: TimeZone = "Asia/Shanghai"
    """Also the default for the schedules of scenarios."""


class LocationSettings(Section):
    """Location of a camera, WGS-84 degrees."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class ZoneSettings(Section):
    """``[[camera.zone]]``: a polygon in fractions of the frame, or a line of two points."""

    name: Name
    title: Title | None = None
    points: Annotated[tuple[tuple[Fraction, Fraction], ...], _at_least(2, "points")]


class MarkSettings(Section):
    """``[[camera.mark]]``: a point on the ground, in the frame and on a plan in metres."""

    at: tuple[Fraction, Fraction]
    metres: tuple[float, float]
    """``[x, y]``, right and up on the plan, such as east and north; the origin is free."""


class ScenarioSettings(BaseModel):
    """``[[camera.scenario]]``; other keys are parameters, which the scenario checks."""

    model_config = ConfigDict(frozen=True, extra="allow")

    key: Annotated[str, AfterValidator(_check_scenario_key)]
    zones: tuple[Name, ...] = ()
    schedule: ScheduleSettings | None = None
    """When the scenario may raise alerts; always if left out."""

    @property
    def parameters(self) -> dict[str, object]:
        """Parameters and timing of the scenario, unchecked."""
        return dict(self.model_extra or {})


class CameraSettings(Section):
    """``[[camera]]``: a source of frames and the scenarios to watch for."""

    name: Name
    title: Title | None = None
    address: Address | None = None
    enabled: bool = True
    """Whether the camera runs."""
    source: str = Field(repr=False)
    main_stream: str | None = Field(default=None, repr=False)
    """Address of the same camera's main stream, used for clips but not for detection."""
    transport: Transport = Transport.AUTO
    decode: DecodePolicy = DecodePolicy.AUTO
    stall_after: float = Field(default=5, ge=1, le=60)
    """Seconds without a new frame after which a live camera counts as lost."""
    fps: float | None = Field(default=None, gt=0, le=60)
    """Frame rate of a folder of pictures."""
    loop: bool = False
    start_at: AwareDatetime | None = None
    pace: PlaybackSpeed = PlaybackSpeed.LIVE
    location: LocationSettings | None = None
    zone: tuple[ZoneSettings, ...] = ()
    mark: Annotated[tuple[MarkSettings, ...], Field(max_length=20)] = ()
    """At least four. Without marks, distances are estimated from the heights of people."""
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
    title: Title | None = None
    address: Address | None = None
    key: Annotated[SecretStr, AfterValidator(parse_key)] | None = None
    key_file: Path | None = None
    data: Path = Path("var/edge")
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    outbox_max_mb: int = Field(default=1024, ge=1, le=1_000_000)
    keep_free_mb: int = Field(default=200, ge=0, le=1_000_000)
    """Free disk space that evidence must leave for alerts."""
    broker: BrokerSettings = BrokerSettings()
    centre: CentreSettings = CentreSettings()
    model: ModelSettings = ModelSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    drill: DrillSettings = DrillSettings()
    scenarios: ScenarioFolder = ScenarioFolder()
    camera: Annotated[tuple[CameraSettings, ...], _at_least(1, "camera")]

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917  # signature of pydantic
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read variables of the environment, then the file; no other sources."""
        del settings_cls, dotenv_settings, file_secret_settings
        if isinstance(env_settings, EnvSettingsSource):
            env_settings.env_vars = rename_old_variables(
                env_settings.env_vars, SETTINGS_PREFIX.lower()
            )
        return env_settings, init_settings
