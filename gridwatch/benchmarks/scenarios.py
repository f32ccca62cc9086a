"""What the scenarios cost beside one call of the model, in the same run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import numpy as np

from models import detector as detectors
from models.errors import ModelError
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry import Line, Place, Point, Zone, ZoneKind
from pipeline.ground import FromPeople
from pipeline.pixels.look import Look
from pipeline.subjects import Subjects
from pipeline.track import Track
from pipeline.tracking import Tracker
from pipeline.watch import Watch
from scenarios import catalogue, scenery, stage
from scenarios.catalogue import Catalogue
from scenarios.scenario_type import ScenarioType
from scenarios.scenery import DrawnPicture
from scenarios.settings import Parameters

FRAMES = 50
FPS = 5
CALLS = 20
LABELS = ("person", "person", "person", "car", "bicycle", "dog")
LINE = Line("line", Point(0.5, 0.0), Point(0.5, 1.0))


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds a frame.

    Args:
        scenarios: Each rule with its zone and its debouncer.
        pixels: One look for all pixel signals together.
        share: All of it, in parts of one call of the model; ``None`` without a model here.
    """

    tracks: int
    scenarios: dict[str, float]
    pixels: float
    total: float
    share: float | None


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured; ``model_call`` in microseconds."""

    model: str | None
    model_call: float | None
    costs: list[Cost]


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame as the rules get it."""

    frame: Frame
    found: Detections
    tracks: tuple[Track, ...]


def measure(counts: Sequence[int] = (10, 100)) -> Costs:
    """Time every scenario with so many tracks, and the model."""
    name, call = _model_call()
    kinds = catalogue.load()
    return Costs(model=name, model_call=call, costs=[_cost(kinds, n, call) for n in counts])


def _cost(kinds: Catalogue, tracks: int, call: float | None) -> Cost:
    moments = _walk(tracks)
    each = {key: _rule(kind, moments) for key, kind in kinds.items()}
    pixels = _pixels(kinds, moments)
    total = sum(each.values()) + pixels
    return Cost(
        tracks=tracks,
        scenarios={key: round(one, 1) for key, one in each.items()},
        pixels=round(pixels, 1),
        total=round(total, 1),
        share=round(total / call, 4) if call else None,
    )


def _walk(count: int) -> list[Moment]:
    """Objects that wander over the frame, followed by the real tracker."""
    chance = np.random.default_rng(count)
    places, steps = chance.uniform(0.1, 0.8, (count, 2)), chance.uniform(-0.003, 0.003, (count, 2))
    labels = tuple(LABELS[i % len(LABELS)] for i in range(count))
    scores = np.full(count, 0.8, np.float32)
    tracker, subjects = Tracker(), Subjects()
    moments = []
    for number in range(FRAMES):
        boxes = np.concatenate([places, np.tile([0.03, 0.12], (count, 1))], axis=1)
        found = Detections(boxes.astype(np.float32), scores, labels)
        at = stage.BEGIN + timedelta(seconds=number / FPS)
        drawing = DrawnPicture(scenery.picture((), number=number), stage.SIZE)
        frame = Frame(camera="bench", at=at, picture=drawing)
        moments.append(Moment(frame, found, subjects.push(at, tracker.push(at, found))))
        places = np.clip(places + steps, 0.0, 0.85)
    return moments


def _rule(kind: ScenarioType[Parameters], moments: Sequence[Moment]) -> float:
    zone: Place = LINE if kind.zone_kind is ZoneKind.LINE else Zone.whole()
    watch = Watch(kind.bind([zone], {}), origin="bench/bench/bench", camera="bench")
    ground = FromPeople()
    ground.push(moments[-1].tracks)
    return _each(moments, lambda one: watch.push(one.frame.at, one.found, one.tracks, ground))


def _pixels(kinds: Catalogue, moments: Sequence[Moment]) -> float:
    look = Look({need for kind in kinds.values() for need in kind.hazard.needs})
    return _each(moments, lambda one: look.push(one.frame, one.found, one.tracks))


def _each(moments: Sequence[Moment], work: Callable[[Moment], object]) -> float:
    """Microseconds of a frame that nothing else on the machine has slowed."""
    took = []
    for moment in moments:
        began = time.perf_counter()
        work(moment)
        took.append(time.perf_counter() - began)
    return quick(took)


def _model_call() -> tuple[str | None, float | None]:
    try:
        detector = detectors.load(pull=False)
    except ModelError:
        return None, None
    frame = _walk(1)[0].frame
    detector.detect(frame)
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        detector.detect(frame)
        took.append(time.perf_counter() - began)
    return detector.model.name, round(quick(took), 1)


def quick(seconds: list[float]) -> float:
    """The lower quartile, in microseconds: a busy machine slows frames and calls unequally."""
    return sorted(seconds)[len(seconds) // 4] * 1e6
