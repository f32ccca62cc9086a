"""Resolve the settings of a camera: its source, zones, ground marks and scenarios."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from edge.config.settings import CameraSettings, PlaybackSpeed, ScenarioSettings
from edge.config.validation_messages import did_you_mean
from edge.errors import SourceError
from edge.sources.camera_address import LIVE_SCHEMES, CameraAddress, redact_credentials, url_problem
from edge.sources.onvif import INSTALL_HINT, is_onvif_installed, is_onvif_url
from edge.sources.video_file import open_video
from models.catalogue import footage
from models.errors import ModelError
from pipeline.errors import GeometryError, GroundError
from pipeline.geometry.shapes import Point, ZoneOrLine, make_zone_or_line
from pipeline.ground.marked_ground import Mark, MarkedGround
from pipeline.rules.scenario import Scenario
from scenarios import errors as scenario_errors
from scenarios.catalogue import Catalogue, find

SOURCE_FORMS = (
    "rtsp://…, onvif://…, file:PATH, folder:PATH, or footage:NAME of `gridwatch footage list`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundCamera:
    """A camera whose settings are valid, and all that they name.

    Args:
        source: A recording, or the address of a live camera.
        main_stream: Address of its main stream, used for clips; ``None`` to cut them from
            ``source``.
        ground_marks: Points on the ground; empty to estimate distances from people's heights.
    """

    settings: CameraSettings
    source: Path | CameraAddress
    scenarios: tuple[Scenario, ...]
    main_stream: CameraAddress | None = None
    ground_marks: tuple[Mark, ...] = ()

    @property
    def name(self) -> str:
        """Name of the camera."""
        return self.settings.name

    @property
    def is_finite(self) -> bool:
        """Whether its source ends, as a recording that does not loop."""
        return not isinstance(self.source, CameraAddress) and not self.settings.loop


@dataclass(slots=True)
class CameraBinder:
    """Resolves cameras and collects all mistakes.

    Args:
        folder: Folder that relative paths start from.
        labels: Labels the model reports; ``None`` if the model is not yet known.
        model: Name of the model, for messages.
        library: All scenarios.
        timezone: Time zone of schedules that name none.
        mistakes: One line each; extended by ``bind``.
    """

    folder: Path
    labels: frozenset[str] | None
    model: str
    library: Catalogue
    timezone: str
    mistakes: list[str] = field(default_factory=list)

    def bind(self, settings: CameraSettings) -> BoundCamera | None:
        """Resolve a camera; return ``None`` if anything is wrong."""
        mistakes_before = len(self.mistakes)
        key = f"camera[{settings.name}]"
        source = self._source(settings, key)
        main_stream = self._main_stream(settings, key)
        ground_marks = self._ground_marks(settings, key)
        zones = self._zones(settings, key)
        scenarios = [self._scenario(scenario, zones, key) for scenario in settings.scenario]
        self._check_duplicates(settings, key)
        if source is None or len(self.mistakes) > mistakes_before:
            return None
        return BoundCamera(
            settings=settings,
            source=source,
            scenarios=tuple(scenario for scenario in scenarios if scenario is not None),
            main_stream=main_stream,
            ground_marks=ground_marks,
        )

    def _source(self, settings: CameraSettings, key: str) -> Path | CameraAddress | None:
        try:
            return self._resolve_source(settings, key)
        except (SourceError, ModelError) as error:
            self.mistakes.append(f"{key}.source: {error}")
            return None

    def _resolve_source(self, settings: CameraSettings, key: str) -> Path | CameraAddress | None:
        scheme, _, rest = settings.source.partition(":")
        match scheme:
            case scheme if scheme in LIVE_SCHEMES:
                return self._live_source(settings, key)
            case "file":
                return self._check_recording(rest)
            case "footage":
                return footage.find_clip(rest)
            case "folder" if settings.fps is not None:
                return self._check_recording(rest, settings.fps)
            case "folder":
                mistake = "fps: is missing; set the frame rate of the pictures"
            case _:
                url = redact_credentials(settings.source)
                mistake = f"source = {url!r}: is not a kind of source; use {SOURCE_FORMS}"
        self.mistakes.append(f"{key}.{mistake}")
        return None

    def _check_recording(self, path: str, fps: float = 1) -> Path:
        file = self.folder / Path(path).expanduser()
        open_video(file, fps).close()
        return file

    def _main_stream(self, settings: CameraSettings, key: str) -> CameraAddress | None:
        if settings.main_stream is None:
            return None
        if settings.source.partition(":")[0] not in LIVE_SCHEMES:
            self.mistakes.append(f"{key}.main_stream: applies to live cameras only; remove it")
            return None
        address = self._camera_address(settings.main_stream, settings, f"{key}.main_stream")
        return replace(address, wants_main_stream=True) if address else None

    def _camera_address(self, url: str, settings: CameraSettings, key: str) -> CameraAddress | None:
        """Check an address without connecting to it."""
        if problem := url_problem(url):
            self.mistakes.append(f"{key} = {redact_credentials(url)!r}: {problem}")
            return None
        if is_onvif_url(url) and not is_onvif_installed():
            self.mistakes.append(f"{key} = {redact_credentials(url)!r}: {INSTALL_HINT}")
            return None
        return CameraAddress(
            url=url,
            transport=settings.transport,
            stall_after=timedelta(seconds=settings.stall_after),
        )

    def _live_source(self, settings: CameraSettings, key: str) -> CameraAddress | None:
        address = self._camera_address(settings.source, settings, f"{key}.source")
        if address is None:
            return None
        for name in sorted({"start_at", "loop", "pace"} & settings.model_fields_set):
            if name != "pace" or settings.pace is not PlaybackSpeed.LIVE:
                self.mistakes.append(f"{key}.{name}: applies to recordings only; remove it")
        return address

    def _zones(self, settings: CameraSettings, key: str) -> dict[str, ZoneOrLine | None]:
        """Build all zones by name; ``None`` for one whose points are invalid."""
        zones: dict[str, ZoneOrLine | None] = {}
        for zone in settings.zone:
            try:
                zones[zone.name] = make_zone_or_line(zone.name, (Point(*p) for p in zone.points))
            except GeometryError as error:
                problem = str(error).partition(": ")[2]
                self.mistakes.append(f"{key}.zone[{zone.name}].points: {problem}")
                zones[zone.name] = None
        return zones

    def _ground_marks(self, settings: CameraSettings, key: str) -> tuple[Mark, ...]:
        marks = tuple(Mark(Point(*mark.at), mark.metres) for mark in settings.mark)
        try:
            return MarkedGround(marks).marks if marks else ()
        except GroundError as error:
            self.mistakes.append(f"{key}.mark: {error}")
            return ()

    def _scenario(
        self, settings: ScenarioSettings, zones: dict[str, ZoneOrLine | None], camera_key: str
    ) -> Scenario | None:
        key = f"{camera_key}.scenario[{settings.key}]"
        for name in settings.zones:
            if name not in zones:
                suggestion = did_you_mean(name, sorted(zones))
                self.mistakes.append(f"{key}.zones: there is no zone {name!r}{suggestion}")
        valid_zones = [zone for name in settings.zones if (zone := zones.get(name))]
        try:
            scenario_type = find(settings.key, self.library)
            scenario = scenario_type.bind(valid_zones, settings.parameters)
        except scenario_errors.UnknownScenarioError as error:
            self.mistakes.append(f"{key}: {error}")
            return None
        except scenario_errors.SettingsError as error:
            are_zones_reported = len(valid_zones) < len(settings.zones)
            self.mistakes += (
                f"{key}.{name}: {problem}"
                for name, problem in error.mistakes
                if not (are_zones_reported and name == "zones")
            )
            return None
        self._check_labels(scenario, key)
        if settings.schedule is None:
            return scenario
        return replace(scenario, schedule=settings.schedule.to_schedule(self.timezone))

    def _check_labels(self, scenario: Scenario, key: str) -> None:
        labels = scenario.spec.labels
        if labels and self.labels is not None and not labels & self.labels:
            self.mistakes.append(
                f"{key}: watches for {', '.join(sorted(labels))}, which model {self.model} "
                "does not detect; choose another model, or remove the scenario"
            )

    def _check_duplicates(self, settings: CameraSettings, key: str) -> None:
        for name in duplicates(zone.name for zone in settings.zone):
            self.mistakes.append(f"{key}.zone[{name}]: is defined twice; rename one of them")
        uses = (f"{s.key} on {z}" for s in settings.scenario for z in s.zones or ("frame",))
        has_frame = any(zone.name == "frame" for zone in settings.zone)
        for use in duplicates(uses):
            if has_frame and use.endswith(" on frame"):
                self.mistakes.append(
                    f"{key}.zone[frame]: has the name of the whole picture, which a scenario "
                    "without zones watches; rename the zone"
                )
                continue
            self.mistakes.append(f"{key}.scenario: {use} is defined twice; remove one of them")


def duplicates(names: Iterable[str]) -> Iterator[str]:
    """Return each name that occurs more than once."""
    return (name for name, count in Counter(names).items() if count > 1)
