"""What the scenarios cost beside one call of the model, in the same run."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from statistics import fmean, median

import msgspec
import numpy as np

from models import detector as detectors
from models.detector import ModelDetector
from models.errors import ModelError
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Line, Point, Zone, ZoneKind, ZoneOrLine
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.pixels.analyzer import PixelAnalyzer
from pipeline.rules.runner import make_runners
from pipeline.scene.frame_context import ContextBuilder
from pipeline.scene.track_set import TrackSet
from pipeline.track import Tracks
from pipeline.tracking.relinking import TrackRelinker
from pipeline.tracking.tracker import Tracker
from scenarios import catalogue
from scenarios.catalogue import Catalogue
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing import stage, stage_renderer
from scenarios.testing.stage_renderer import DrawnPicture

FRAMES = 50
ROUNDS = 5
WARM_UP_LAPS = 4
"""So often the film is played to the pixel signals before: they learn a scene for half a minute,
and do most of their work once they know it."""
TOGETHER, WORST, PIXELS = "all together", "the dearest frame", "all pixel signals"
MOVING = "all pixel signals, all moving"
FPS = 5
MODEL_CALLS = 5
LABELS = ("person", "person", "person", "car", "bicycle", "dog")
LINE = Line("line", Point(0.5, 0.0), Point(0.5, 1.0))


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Processor microseconds a frame, medians of interleaved rounds.

    Args:
        scenarios: Each rule with its zone and its debouncer, on a camera of its own.
        pixels: One look for all pixel signals together, of a scene that they know.
        moving: The same where every track is in the picture and moves; no part of the total.
        together: All rules on one camera, where what several ask is worked out once.
        worst: The dearest frame of these: who has time is not asked about each.
        total: Together, and the pixels.
        share: All of it, in parts of one call of the model; ``None`` without a model here.
    """

    tracks: int
    scenarios: dict[str, float]
    pixels: float
    moving: float
    together: float
    worst: float
    total: float
    share: float | None


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured; ``model_call`` in microseconds."""

    model: str | None
    model_call: float | None
    costs: list[Cost]


Round = tuple[float | None, dict[int, dict[str, float]]]
"""Microseconds of a call, and of each part by how many tracks there were."""


@dataclass(frozen=True, slots=True)
class SyntheticFrame:
    """A frame, what is in it, and the tracks made of it."""

    frame: Frame
    detections: Detections
    tracks: Tracks


def measure_scenario_costs(counts: Sequence[int] = (10, 100)) -> Costs:
    """Time every scenario with so many tracks, and the model, in turn."""
    model, kinds = _model(), catalogue.load()
    films = {tracks: _walk(tracks) for tracks in counts}
    rounds = [_round(kinds, films, model) for _ in range(ROUNDS)]
    calls = [call for call, _ in rounds if call]
    return Costs(
        model=model.model.name if model else None,
        model_call=round(median(calls), 1) if calls else None,
        costs=[_middle(n, rounds) for n in counts],
    )


def _round(
    kinds: Catalogue, films: Mapping[int, Sequence[SyntheticFrame]], model: ModelDetector | None
) -> Round:
    call = _call(model) if model else None
    return call, {tracks: _parts(kinds, shown) for tracks, shown in films.items()}


def _parts(kinds: Catalogue, shown: Sequence[SyntheticFrame]) -> dict[str, float]:
    each = {key: fmean(_rules([kind], shown)) for key, kind in kinds.items()}
    together = _rules(list(kinds.values()), shown)
    pixels = {PIXELS: _pixels(kinds, shown), MOVING: _pixels(kinds, [_drawn(one) for one in shown])}
    looks = {name: fmean(took) for name, took in pixels.items()}
    return {**each, TOGETHER: fmean(together), WORST: max(together), **looks}


def _middle(tracks: int, rounds: Sequence[Round]) -> Cost:
    """The medians; the share is that of each round, whose parts were equally slowed."""
    taken = [(call, parts[tracks]) for call, parts in rounds]
    middle = {key: round(median(p[key] for _, p in taken), 1) for key in taken[0][1]}
    shares = [(p[TOGETHER] + p[PIXELS]) / call for call, p in taken if call]
    together, worst, pixels, moving = map(middle.pop, (TOGETHER, WORST, PIXELS, MOVING))
    return Cost(
        tracks=tracks,
        scenarios=middle,
        pixels=pixels,
        moving=moving,
        together=together,
        worst=worst,
        total=round(together + pixels, 1),
        share=round(median(shares), 4) if shares else None,
    )


def _walk(count: int) -> list[SyntheticFrame]:
    """Objects that wander over the frame, followed by the real tracker."""
    chance = np.random.default_rng(count)
    places, steps = chance.uniform(0.1, 0.8, (count, 2)), chance.uniform(-0.003, 0.003, (count, 2))
    labels = tuple(LABELS[i % len(LABELS)] for i in range(count))
    scores = np.full(count, 0.8, np.float32)
    tracker, subjects = Tracker(), TrackRelinker()
    shown = []
    for number in range(FRAMES):
        boxes = np.concatenate([places, np.tile([0.03, 0.12], (count, 1))], axis=1)
        found = Detections(boxes.astype(np.float32), scores, labels)
        at = stage.START + timedelta(seconds=number / FPS)
        drawing = DrawnPicture(stage_renderer.draw_stage((), number=number), stage.SIZE)
        frame = Frame(camera="bench", at=at, picture=drawing)
        shown.append(SyntheticFrame(frame, found, subjects.push(at, tracker.push(at, found))))
        places = np.clip(places + steps, 0.0, 0.85)
    return shown


def _drawn(one: SyntheticFrame) -> SyntheticFrame:
    """The same with all that was found in the picture."""
    boxes = [(left, top, wide, high) for left, top, wide, high in one.detections.boxes.tolist()]
    actors = zip(one.detections.labels, boxes, strict=True)
    pixels = stage_renderer.draw_stage(
        actors, number=round((one.frame.at - stage.START).total_seconds() * FPS)
    )
    return replace(one, frame=replace(one.frame, picture=DrawnPicture(pixels, stage.SIZE)))


def _rules(kinds: Sequence[ScenarioType], shown: Sequence[SyntheticFrame]) -> list[float]:
    scenarios = [kind.bind([_place(kind)], {}) for kind in kinds]
    every = make_runners(scenarios, origin="bench/bench/bench", camera="bench")
    needs = {need for kind in kinds for need in kind.spec.capabilities}
    stages = ContextBuilder([place for each in scenarios for place in each.zones], needs)
    ground = HeightCalibratedGround()
    ground.push(shown[-1].tracks)

    def work(one: SyntheticFrame) -> None:
        moment = stages.push(one.frame.at, one.detections, TrackSet(one.tracks, ground))
        for watch in every:
            watch.push(moment)

    return _each(shown, work)


def _place(kind: ScenarioType) -> ZoneOrLine:
    return LINE if kind.zone_kind is ZoneKind.LINE else Zone.full_frame()


def _pixels(kinds: Catalogue, shown: Sequence[SyntheticFrame]) -> list[float]:
    look = PixelAnalyzer({need for kind in kinds.values() for need in kind.spec.capabilities})
    for lap in range(WARM_UP_LAPS + 1):
        later = lap * len(shown) * timedelta(seconds=1 / FPS)
        film = [replace(one, frame=replace(one.frame, at=one.frame.at + later)) for one in shown]
        took = _each(film, lambda one: look.push(one.frame, one.detections, one.tracks))
    return took


def _each(shown: Sequence[SyntheticFrame], work: Callable[[SyntheticFrame], object]) -> list[float]:
    """Processor microseconds of each frame."""
    clock = [time.process_time_ns()]
    for one in shown:
        work(one)
        clock.append(time.process_time_ns())
    return [(until - since) / 1e3 for since, until in pairwise(clock)]


def _model() -> ModelDetector | None:
    try:
        return detectors.load_detector(allow_fetch=False)
    except ModelError:
        return None


def _call(model: ModelDetector) -> float:
    """Processor microseconds of a call."""
    frame = _walk(1)[0].frame
    looks = [SyntheticFrame(frame, Detections.empty(), Tracks.of(()))] * MODEL_CALLS
    return fmean(_each(looks, lambda one: model.detect(one.frame)))
