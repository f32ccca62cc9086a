"""Recall of each way to run a camera, against the truth of several detectors.

The row of the shifted frames is the yardstick of all others: the same detector on the frames just
before. A policy that is as good as that one loses nothing that the detector is sure of.
"""

from collections.abc import Iterable, Iterator

from gridwatch.benchmarks.edge.fused_truth import (
    TruthScore,
    Vote,
    fuse,
    keep_lasting,
    score_against,
)
from gridwatch.benchmarks.edge.measured_camera import FPS, MeasuredCamera
from models.catalogue.store import ModelStore
from models.detector import ModelDetector, load_detector
from models.errors import NotFetchedError
from pipeline.camera import GateConfig
from pipeline.detection import Detections

VOTERS = ("deimv2-femto", "deimv2-atto", "yolox-nano", "nanodet-g")
FAST_MODELS = ("deimv2-atto", "yolox-nano")


def load_voters() -> dict[str, ModelDetector]:
    """Load the detectors of ``VOTERS`` that are on this machine."""
    return _load_installed(VOTERS, is_fast_model=False)


def measure_accuracy(
    camera: MeasuredCamera, voters: dict[str, ModelDetector]
) -> dict[str, TruthScore]:
    """Score the policies of a camera, and each detector on every frame.

    Args:
        camera: Its ``finder`` is the detector of the policies.
        voters: The detectors that make the truth.

    Returns:
        By name: ``every_frame``, ``gate``, ``shifted_frames``, ``gate_fast_`` and the name of each
        fast model on this machine, and the name of each voter.
    """
    labels, finder = camera.watches, camera.finder
    found = {name: [d.detect(frame) for frame in camera.frames()] for name, d in voters.items()}
    thresholds = {name: voter.confidence_threshold for name, voter in voters.items()}
    frames = [
        fuse([Vote(each, thresholds[n]) for n, each in zip(found, row, strict=True)], labels)
        for row in zip(*found.values(), strict=True)
    ]
    truth = keep_lasting(frames, 1 / FPS)

    def score(detections: list[Detections], threshold: float) -> TruthScore:
        return score_against(truth, detections, labels=labels, score=threshold)

    threshold = finder.confidence_threshold
    scores = {
        "every_frame": score([finder.detect(frame) for frame in camera.frames()], threshold),
        "gate": score(list(_detect_behind_gate(camera, GateConfig())), threshold),
        "shifted_frames": score(list(_detect_shifted(camera)), threshold),
    }
    for name, fast in load_fast_models().items():
        gate = GateConfig(fast_detector=fast, use_regions=False)
        scores[f"gate_fast_{name}"] = score(list(_detect_behind_gate(camera, gate)), threshold)
    return scores | {name: score(each, thresholds[name]) for name, each in found.items()}


def load_fast_models() -> dict[str, ModelDetector]:
    """Load the models of ``FAST_MODELS`` that are on this machine, as fast ones."""
    return _load_installed(FAST_MODELS, is_fast_model=True)


def _load_installed(names: Iterable[str], *, is_fast_model: bool) -> dict[str, ModelDetector]:
    models = {}
    store = ModelStore()
    for name in names:
        try:
            models[name] = load_detector(
                name, store=store, allow_fetch=False, is_fast_model=is_fast_model
            )
        except NotFetchedError:
            continue
    return models


def _detect_behind_gate(camera: MeasuredCamera, gate: GateConfig) -> Iterator[Detections]:
    """Yield what the rules see of each frame behind the gate, predictions included."""
    pipeline = camera.pipeline(camera.finder, gate=gate)
    for frame in camera.frames():
        pipeline.push(frame)
        yield pipeline.detections


def _detect_shifted(camera: MeasuredCamera) -> Iterator[Detections]:
    """Yield for each chosen frame what the detector finds in the one just before it."""
    chosen = {frame.at for frame in camera.frames()}
    before = None
    for frame in camera.frames(fps=camera.source_fps):
        if frame.at in chosen:
            yield camera.finder.detect(before or frame)
        before = frame
