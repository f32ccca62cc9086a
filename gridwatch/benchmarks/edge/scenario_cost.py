"""Measure the CPU cost of the scenarios beside one model call in the same run."""

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
from pipeline.rules.scenario_runner import ScenarioRunner
from pipeline.scene.frame_context import ContextBuilder
from pipeline.scene.track_set import TrackSet
from pipeline.track import Track
from pipeline.tracking.relinking import TrackRelinker
from pipeline.tracking.tracker import Tracker
from pipeline.tracking.tracker_output import NO_OBJECTS, TrackerOutput
from scenarios import catalogue
from scenarios.catalogue import Catalogue
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing import stage, stage_renderer
from scenarios.testing.stage_renderer import DrawnPicture

FRAMES = 50
ROUNDS = 5
WARM_UP_LAPS = 4
"""Times the film is played before pixel analysis is timed: it learns a scene for half a minute and
does most of its work afterwards."""
TOGETHER, WORST, PIXELS = "all together", "the slowest frame", "all pixel signals"
MOVING = "all pixel signals, all moving"
FPS = 5
MODEL_CALLS = 5
LABELS = ("person", "person", "person", "car", "bicycle", "dog")
LINE = Line("line", Point(0.5, 0.0), Point(0.5, 1.0))


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """CPU microseconds per frame, medians of interleaved rounds.

    Args:
        scenarios: Each rule with its zone and its debouncer, on a separate camera.
        pixels: Pixel analysis for all scenarios, of a scene that it has learned.
        moving: The same with every track drawn and moving; not part of the total.
        together: All rules on one camera, which share what several of them need.
        worst: The slowest frame of these.
        total: ``together`` plus ``pixels``.
        share: The total as a share of one model call; ``None`` without a model on this machine.
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
    """The output of ``gridwatch bench scenarios``; ``model_call`` in microseconds."""

    model: str | None
    model_call: float | None
    costs: list[Cost]


Round = tuple[float | None, dict[int, dict[str, float]]]
"""Microseconds of a model call, and of each part by number of tracks."""


@dataclass(frozen=True, slots=True)
class SyntheticFrame:
    """A frame, its detections and its tracks; ``output`` has the tracks as arrays."""

    frame: Frame
    detections: Detections
    tracks: tuple[Track, ...]
    output: TrackerOutput


def measure_scenario_costs(counts: Sequence[int] = (10, 100)) -> Costs:
    """Time every scenario with these numbers of tracks, and the model, in turn."""
    model, kinds = _model(), catalogue.load()
    films = {tracks: _make_frames(tracks) for tracks in counts}
    rounds = [_time_round(kinds, films, model) for _ in range(ROUNDS)]
    calls = [call for call, _ in rounds if call]
    return Costs(
        model=model.model.name if model else None,
        model_call=round(median(calls), 1) if calls else None,
        costs=[_median_cost(n, rounds) for n in counts],
    )


def _time_round(
    kinds: Catalogue, films: Mapping[int, Sequence[SyntheticFrame]], model: ModelDetector | None
) -> Round:
    call = _time_model_call(model) if model else None
    return call, {tracks: _time_parts(kinds, frames) for tracks, frames in films.items()}


def _time_parts(kinds: Catalogue, frames: Sequence[SyntheticFrame]) -> dict[str, float]:
    cost_by_scenario = {key: fmean(_time_rules([kind], frames)) for key, kind in kinds.items()}
    together = _time_rules(list(kinds.values()), frames)
    pixels = {
        PIXELS: _time_pixels(kinds, frames),
        MOVING: _time_pixels(kinds, [_draw_detections(sample) for sample in frames]),
    }
    pixel_costs = {name: fmean(took) for name, took in pixels.items()}
    return {**cost_by_scenario, TOGETHER: fmean(together), WORST: max(together), **pixel_costs}


def _median_cost(tracks: int, rounds: Sequence[Round]) -> Cost:
    """Return the medians; the share is computed per round, where the load is the same for both."""
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


def _make_frames(count: int) -> list[SyntheticFrame]:
    """Return frames of objects that wander about, tracked by the real tracker."""
    generator = np.random.default_rng(count)
    places, steps = (
        generator.uniform(0.1, 0.8, (count, 2)),
        generator.uniform(-0.003, 0.003, (count, 2)),
    )
    labels = tuple(LABELS[i % len(LABELS)] for i in range(count))
    scores = np.full(count, 0.8, np.float32)
    tracker, subjects = Tracker(), TrackRelinker()
    frames = []
    for number in range(FRAMES):
        boxes = np.concatenate([places, np.tile([0.03, 0.12], (count, 1))], axis=1)
        detections = Detections(boxes.astype(np.float32), scores, labels)
        at = stage.START + timedelta(seconds=number / FPS)
        drawing = DrawnPicture(stage_renderer.draw_stage((), number=number), stage.SIZE)
        frame = Frame(camera="bench", at=at, picture=drawing)
        tracks, output = subjects.push(at, tracker.push(at, detections))
        frames.append(SyntheticFrame(frame, detections, tracks, output))
        places = np.clip(places + steps, 0.0, 0.85)
    return frames


def _draw_detections(sample: SyntheticFrame) -> SyntheticFrame:
    """Return the same frame with its detections drawn into the picture."""
    boxes = [(left, top, wide, high) for left, top, wide, high in sample.detections.boxes.tolist()]
    actors = zip(sample.detections.labels, boxes, strict=True)
    pixels = stage_renderer.draw_stage(
        actors, number=round((sample.frame.at - stage.START).total_seconds() * FPS)
    )
    return replace(sample, frame=replace(sample.frame, picture=DrawnPicture(pixels, stage.SIZE)))


def _time_rules(kinds: Sequence[ScenarioType], frames: Sequence[SyntheticFrame]) -> list[float]:
    scenarios = [kind.bind([_default_zone(kind)], {}) for kind in kinds]
    every = [
        ScenarioRunner(scenario, origin="bench/bench/bench", camera="bench")
        for scenario in scenarios
    ]
    needs = {need for kind in kinds for need in kind.spec.capabilities}
    stages = ContextBuilder([zone for scenario in scenarios for zone in scenario.zones], needs)
    ground = HeightCalibratedGround()
    ground.push(frames[-1].tracks)

    def work(sample: SyntheticFrame) -> None:
        tracks = TrackSet(sample.tracks, ground, output=sample.output)
        moment = stages.push(sample.frame.at, sample.detections, tracks)
        for watch in every:
            watch.push(moment)

    return _time_frames(frames, work)


def _default_zone(kind: ScenarioType) -> ZoneOrLine:
    return LINE if kind.zone_kind is ZoneKind.LINE else Zone.full_frame()


def _time_pixels(kinds: Catalogue, frames: Sequence[SyntheticFrame]) -> list[float]:
    analyzer = PixelAnalyzer({c for kind in kinds.values() for c in kind.spec.capabilities})
    for lap in range(WARM_UP_LAPS + 1):
        later = lap * len(frames) * timedelta(seconds=1 / FPS)
        film = [
            replace(sample, frame=replace(sample.frame, at=sample.frame.at + later))
            for sample in frames
        ]
        took = _time_frames(
            film, lambda sample: analyzer.push(sample.frame, sample.detections, sample.tracks)
        )
    return took


def _time_frames(
    frames: Sequence[SyntheticFrame], work: Callable[[SyntheticFrame], object]
) -> list[float]:
    """Return the CPU microseconds of each frame."""
    clock = [time.process_time_ns()]
    for sample in frames:
        work(sample)
        clock.append(time.process_time_ns())
    return [(until - since) / 1e3 for since, until in pairwise(clock)]


def _model() -> ModelDetector | None:
    try:
        return detectors.load_detector(allow_fetch=False)
    except ModelError:
        return None


def _time_model_call(model: ModelDetector) -> float:
    """Return the CPU microseconds of a model call."""
    frame = _make_frames(1)[0].frame
    calls = [SyntheticFrame(frame, Detections.empty(), (), NO_OBJECTS)] * MODEL_CALLS
    return fmean(_time_frames(calls, lambda sample: model.detect(sample.frame)))
