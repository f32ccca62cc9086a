"""A camera's settings to what runs: its file found, its zones drawn, its scenarios bound."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from edge.config.messages import did_you_mean
from edge.config.settings import CameraSettings, PlaybackSpeed, ScenarioSettings
from edge.errors import SourceError
from edge.sources.camera_address import LIVE_SCHEMES, CameraAddress, redact_credentials, url_problem
from edge.sources.file import open_video
from edge.sources.onvif import INSTALL_HINT, is_onvif_installed, is_onvif_url
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
    """A camera whose settings hold together.

    Args:
        source: The recording it plays, or the way to call it.
        main_stream: The way to its main stream, if clips are to be cut from it.
        ground_marks: Points of the ground; none for metres by people's heights.
    """

    settings: CameraSettings
    source: Path | CameraAddress
    scenarios: tuple[Scenario, ...]
    main_stream: CameraAddress | None = None
    ground_marks: tuple[Mark, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.settings.name


@dataclass(slots=True)
class CameraBinder:
    """Collects what is wrong, so that all is told at once.

    Args:
        folder: Where relative paths begin.
        labels: What the model can find; ``None`` while it is not known which will run.
        library: All scenarios there are.
        timezone: Whose wall clock schedules go by that name none.
    """

    folder: Path
    labels: frozenset[str] | None
    model: str
    library: Catalogue
    timezone: str
    mistakes: list[str] = field(default_factory=list)

    def bind(self, settings: CameraSettings) -> BoundCamera | None:
        """Look everything up; ``None`` if anything is wrong."""
        before = len(self.mistakes)
        where = f"camera[{settings.name}]"
        feed = self._source(settings, where)
        main = self._main_stream(settings, where)
        marks = self._ground_marks(settings, where)
        zones = self._zones(settings, where)
        scenarios = [self._scenario(each, zones, where) for each in settings.scenario]
        self._check_duplicates(settings, where)
        if feed is None or len(self.mistakes) > before:
            return None
        bound = tuple(each for each in scenarios if each is not None)
        return BoundCamera(
            settings=settings, source=feed, scenarios=bound, main_stream=main, ground_marks=marks
        )

    def _source(self, settings: CameraSettings, where: str) -> Path | CameraAddress | None:
        try:
            return self._resolve_source(settings, where)
        except (SourceError, ModelError) as error:
            self.mistakes.append(f"{where}.source: {error}")
            return None

    def _resolve_source(self, settings: CameraSettings, where: str) -> Path | CameraAddress | None:
        kind, _, rest = settings.source.partition(":")
        match kind:
            case kind if kind in LIVE_SCHEMES:
                return self._live_source(settings, where)
            case "file":
                return self._check_recording(rest)
            case "footage":
                return footage.find_clip(rest)
            case "folder" if settings.fps is not None:
                return self._check_recording(rest, settings.fps)
            case "folder":
                wrong = "fps: is missing; write how fast they were taken"
            case _:
                shown = redact_credentials(settings.source)
                wrong = f"source = {shown!r}: is no kind of source; write {SOURCE_FORMS}"
        self.mistakes.append(f"{where}.{wrong}")
        return None

    def _check_recording(self, path: str, fps: float = 1) -> Path:
        found = self.folder / Path(path).expanduser()
        open_video(found, fps).close()
        return found

    def _main_stream(self, settings: CameraSettings, where: str) -> CameraAddress | None:
        if settings.main is None:
            return None
        if settings.source.partition(":")[0] not in LIVE_SCHEMES:
            self.mistakes.append(f"{where}.main: is for live cameras; take it out")
            return None
        way = self._camera_address(settings.main, settings, f"{where}.main")
        return replace(way, wants_main_stream=True) if way else None

    def _camera_address(
        self, url: str, settings: CameraSettings, where: str
    ) -> CameraAddress | None:
        """Take an address; whether it answers is seen when it is called."""
        if wrong := url_problem(url):
            self.mistakes.append(f"{where} = {redact_credentials(url)!r}: {wrong}")
            return None
        if is_onvif_url(url) and not is_onvif_installed():
            self.mistakes.append(f"{where} = {redact_credentials(url)!r}: {INSTALL_HINT}")
            return None
        return CameraAddress(
            url=url,
            transport=settings.transport,
            stall_after=timedelta(seconds=settings.stall_after),
        )

    def _live_source(self, settings: CameraSettings, where: str) -> CameraAddress | None:
        way = self._camera_address(settings.source, settings, f"{where}.source")
        told = {"start_at", "loop", "pace"} & settings.model_fields_set if way else ()
        for key in sorted(told):
            if key != "pace" or settings.pace is not PlaybackSpeed.LIVE:
                self.mistakes.append(f"{where}.{key}: is for recordings; take it out")
        return way

    def _zones(self, settings: CameraSettings, where: str) -> dict[str, ZoneOrLine | None]:
        """Draw all zones; one that cannot be drawn is there, but empty."""
        zones: dict[str, ZoneOrLine | None] = {}
        for each in settings.zone:
            try:
                zones[each.name] = make_zone_or_line(
                    each.name, (Point(*point) for point in each.points)
                )
            except GeometryError as error:
                said = str(error).partition(": ")[2]
                self.mistakes.append(f"{where}.zone[{each.name}].points: {said}")
                zones[each.name] = None
        return zones

    def _ground_marks(self, settings: CameraSettings, where: str) -> tuple[Mark, ...]:
        """Take the marks of the ground, if metres can be made of them."""
        marks = tuple(Mark(Point(*each.at), each.metres) for each in settings.mark)
        try:
            return MarkedGround(marks).marks if marks else ()
        except GroundError as error:
            self.mistakes.append(f"{where}.mark: {error}")
            return ()

    def _scenario(
        self, settings: ScenarioSettings, zones: dict[str, ZoneOrLine | None], where: str
    ) -> Scenario | None:
        where = f"{where}.scenario[{settings.key}]"
        unknown = [name for name in settings.zones if name not in zones]
        for name in unknown:
            self.mistakes.append(
                f"{where}.zones: there is no zone {name!r}{did_you_mean(name, sorted(zones))}"
            )
        watched = [zone for name in settings.zones if (zone := zones.get(name))]
        try:
            kind = find(settings.key, self.library)
            bound = kind.bind(watched, settings.parameters)
        except scenario_errors.UnknownScenarioError as error:
            self.mistakes.append(f"{where}: {error}")
            return None
        except scenario_errors.SettingsError as error:
            told = len(watched) < len(settings.zones)  # of the zones, already
            self.mistakes += (
                f"{where}.{name}: {wrong}"
                for name, wrong in error.mistakes
                if not (told and name == "zones")
            )
            return None
        self._check_labels(bound, where)
        if settings.schedule is None:
            return bound
        return replace(bound, schedule=settings.schedule.to_schedule(self.timezone))

    def _check_labels(self, scenario: Scenario, where: str) -> None:
        watches = scenario.spec.labels
        if watches and self.labels is not None and not watches & self.labels:
            self.mistakes.append(
                f"{where}: watches for {', '.join(sorted(watches))}, which model {self.model} "
                "does not detect; choose another model, or take the scenario off"
            )

    def _check_duplicates(self, settings: CameraSettings, where: str) -> None:
        for name in duplicates(zone.name for zone in settings.zone):
            self.mistakes.append(f"{where}.zone[{name}]: is there twice; rename one")
        watched = (f"{s.key} on {z}" for s in settings.scenario for z in s.zones or ("frame",))
        for name in duplicates(watched):
            self.mistakes.append(f"{where}.scenario: {name} is there twice; take one out")


def duplicates(names: Iterable[str]) -> Iterator[str]:
    """Give each word that is there more than once."""
    return (word for word, n in Counter(names).items() if n > 1)
