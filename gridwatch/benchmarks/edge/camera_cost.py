"""Measure the CPU cost of a camera beside decoding, bare model calls, no gate, and a peer."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec
import numpy as np

from edge.config.settings import DecodePolicy
from gridwatch.benchmarks.edge import idle_clip
from gridwatch.benchmarks.edge.fused_truth import TruthScore
from gridwatch.benchmarks.edge.measured_camera import FPS, START_AT, MeasuredCamera
from gridwatch.benchmarks.edge.policy_accuracy import load_voters, measure_accuracy
from gridwatch.benchmarks.edge.scenario_bindings import VEHICLES, bind_road_scenarios
from gridwatch.benchmarks.edge.stage_profile import profile_stages
from gridwatch.benchmarks.peers.peer import Peer
from gridwatch.benchmarks.rounds import Measure, Spread, interleaved
from models import detector
from models.catalogue import footage
from models.catalogue.catalogue import InputSpec, ModelCard
from models.detector import ModelDetector
from pipeline.detection import Detections
from pipeline.frame import Size
from pipeline.tracking.tracker import Tracker

Report = Callable[[str], None]
PEER_SIZE = 416
TRACKER_OBJECT_COUNTS = (50, 200)
CAMERAS = 5
SUB_STREAM, FULL_HD = Size(640, 360), Size(1920, 1080)


class Cost(msgspec.Struct, kw_only=True):
    """The cost of one clip.

    Args:
        cpu_s_per_min: CPU seconds per minute of one camera behind the motion gate.
        vs_ultralytics: How many times as much the peer takes.
        vs_limit: Inference on every frame, over decoding plus bare model calls.
        vs_gate_off: How many times as much it takes without the gate.
        inference_share: Share of the frames on which the model ran, 0 to 1; ``looks`` in JSON.
        same_alerts: Whether the gate changes no alert.
        reasons: Frames by reason for running or skipping inference.
        breadths: Inferences by coverage: full frame, regions, or regions and then the full frame.
        stages: CPU seconds per minute behind the gate, by stage; from one more run.
        rounds: CPU seconds per minute of everything that was measured.
    """

    cpu_s_per_min: float
    vs_ultralytics: float | None
    vs_limit: float
    vs_gate_off: float
    inference_share: float = msgspec.field(name="looks")
    same_alerts: bool
    reasons: dict[str, int]
    breadths: dict[str, int]
    stages: dict[str, float]
    rounds: dict[str, Spread]


class Figures(msgspec.Struct, kw_only=True):
    """The output of ``gridwatch bench edge``.

    Args:
        quiet: With a key frame every second, so that ``decode = "auto"`` skips frames behind the
            gate; like ``quiet_1080p``.
        quiet_1080p_rare_keys: With a key frame every two seconds, so that all frames are decoded.
        quiet_1080p_on_demand: The same with ``decode = "on_demand"``.
        traffic: Vehicles instead of people.
        road: The same footage with the scenarios that a city binds on a road.
        accuracy: Of traffic and busy: recall and precision of each way to run the camera, against
            the truth of several detectors.
    """

    quiet: Cost
    quiet_1080p: Cost
    quiet_1080p_rare_keys: Cost
    quiet_1080p_on_demand: Cost
    traffic: Cost
    road: Cost
    busy: Cost
    accuracy: dict[str, dict[str, TruthScore]]
    rss_mb: dict[str, float]
    tracker_ms: dict[str, float]
    tracker_vs_ultralytics: dict[str, float] | None
    network: str


def measure_camera_cost(*, with_peer: bool, rounds: int, report: Report) -> Figures:
    """Measure all clips.

    Raises:
        ModelError: A clip or the model is not on this machine.
        PeerError: The peer is requested but not installed.
    """
    finder = detector.load_detector(allow_fetch=False)
    with TemporaryDirectory(prefix="gridwatch-bench-") as name:
        folder = Path(name)
        peer = Peer(folder) if with_peer else None
        network = finder if peer is None else load_peer_network(peer.export_network(PEER_SIZE))
        clips = prepare_clips(folder)
        costs = {}
        for key, camera in make_cameras(clips, finder, network).items():
            costs[key] = measure_clip(camera, peer, rounds)
            report(f"{key}: {costs[key]}")
        ours = {str(n): measure_tracker_ms(n) for n in TRACKER_OBJECT_COUNTS}
        theirs = (
            {n: peer.measure_association(int(n)) * 1000 / ms for n, ms in ours.items()}
            if peer
            else None
        )
        return Figures(
            **costs,
            accuracy=measure_accuracies(clips, finder),
            rss_mb=measure_memory(clips["busy"]),
            tracker_ms=ours,
            tracker_vs_ultralytics=theirs,
            network=network.model.name,
        )


def prepare_clips(folder: Path) -> dict[str, Path]:
    """Find the clips and write the idle ones."""
    person = footage.find_clip("one-by-one-person-detection.mp4")
    idle_clip.write_idle_clip(person, folder / "quiet.mp4", SUB_STREAM)
    idle_clip.write_idle_clip(person, folder / "quiet-1080p.mp4", FULL_HD)
    rare = folder / "quiet-1080p-rare-keys.mp4"
    idle_clip.write_idle_clip(person, rare, FULL_HD, key_frames_s=2)
    return {
        "quiet": folder / "quiet.mp4",
        "quiet_1080p": folder / "quiet-1080p.mp4",
        "quiet_1080p_rare_keys": rare,
        "traffic": footage.find_clip("traffic.mp4"),
        "busy": footage.find_clip("vtest.avi"),
    }


def make_cameras(
    clips: Mapping[str, Path], finder: ModelDetector, network: ModelDetector
) -> dict[str, MeasuredCamera]:
    """Make the camera of each case."""
    make = partial(MeasuredCamera, finder=finder, network=network)
    bound, rare = bind_road_scenarios(), clips["quiet_1080p_rare_keys"]
    vehicle_labels = frozenset().union(*(scenario.spec.labels for scenario in bound))
    return {
        "quiet": make(clips["quiet"], decode=DecodePolicy.AUTO),
        "quiet_1080p": make(clips["quiet_1080p"], decode=DecodePolicy.AUTO),
        "quiet_1080p_rare_keys": make(rare, decode=DecodePolicy.AUTO),
        "quiet_1080p_on_demand": make(rare, decode=DecodePolicy.ON_DEMAND),
        "traffic": make(clips["traffic"], watches=VEHICLES),
        "road": make(clips["traffic"], watches=vehicle_labels, scenarios=bound),
        "busy": make(clips["busy"]),
    }


def measure_accuracies(
    clips: Mapping[str, Path], finder: ModelDetector
) -> dict[str, dict[str, TruthScore]]:
    """Score the policies on the two clips that are always busy."""
    voters = load_voters()
    watches = {"traffic": VEHICLES, "busy": frozenset({"person"})}
    return {
        key: measure_accuracy(
            MeasuredCamera(clips[key], finder=finder, network=finder, watches=labels), voters
        )
        for key, labels in watches.items()
    }


def measure_clip(camera: MeasuredCamera, peer: Peer | None, rounds: int) -> Cost:
    """Measure one clip."""
    measures: dict[str, Measure] = {
        "decode": camera.measure_decode,
        "bare": camera.measure_bare_calls,
        "off": camera.measure_gate_off,
        "on": camera.measure_gate_on,
    }
    if peer is not None:
        measures["ultralytics"] = peer_measure(peer, camera)
    same = camera.same_alerts()
    camera.detector.detect(next(camera.frames()))  # fills the cache before anything is measured
    taken = interleaved(measures, rounds)
    m = {name: spread.median for name, spread in taken.items()}
    inferences = sum(n for reason, n in camera.reasons.items() if reason.runs_inference)
    return Cost(
        cpu_s_per_min=m["on"],
        vs_ultralytics=m["ultralytics"] / m["on"] if peer else None,
        vs_limit=m["off"] / (m["decode"] + m["bare"]),
        vs_gate_off=m["off"] / m["on"],
        inference_share=inferences / camera.samples,
        same_alerts=same,
        reasons={str(reason): n for reason, n in sorted(camera.reasons.items())},
        breadths={str(breadth): n for breadth, n in sorted(camera.coverages.items())},
        stages=profile_stages(camera),
        rounds=taken,
    )


def peer_measure(peer: Peer, camera: MeasuredCamera) -> Measure:
    """Measure the peer on the same clip and network, with as many frames a minute."""
    stride = max(round(camera.source_fps / FPS), 1)
    a_minute = camera.samples / camera.minutes
    return lambda: a_minute * peer.measure_tracking(camera.clip, stride=stride, size=PEER_SIZE)


def load_peer_network(file: Path) -> ModelDetector:
    """Load the peer's network into our runtime."""
    card = ModelCard(
        summary="random weights, to measure the cost",
        file=file.name,
        sha256="0" * 64,
        licence="AGPL-3.0",
        origin="ultralytics",
        head="ultralytics",
        labels="coco",
        confident=0.5,
        overlap=0.65,
        input=InputSpec(
            name="images",
            width=PEER_SIZE,
            height=PEER_SIZE,
            fit="letterbox-centred",
            range=(0.0, 1.0),
        ),
    )
    return ModelDetector(file.stem, file, card, tuple(f"class {n}" for n in range(80)))


def measure_tracker_ms(count: int) -> float:
    """Return the milliseconds of one tracker update, with the same objects as the peer's."""
    tracker, times = Tracker(), []
    generator = np.random.default_rng(1)
    centres = generator.uniform((50, 50), (1870, 1000), (count, 2))
    speeds, sides = generator.uniform(-4, 4, (count, 2)), np.array([40.0, 100.0])
    for number in range(60):
        centres = centres + speeds
        boxes = np.concatenate([centres - sides / 2, np.tile(sides, (count, 1))], axis=1)
        scaled = (boxes / np.array([1920, 1080, 1920, 1080])).astype(np.float32)
        detections = Detections(scaled, np.full(count, 0.8, np.float32), ("person",) * count)
        began = time.process_time()
        tracker.push(START_AT + number * timedelta(seconds=1 / FPS), detections)
        times.append(time.process_time() - began)
    return median(times[10:]) * 1000


def measure_memory(clip: Path) -> dict[str, float]:
    """Return the megabytes of a process with one live camera, and of each further one."""
    done = subprocess.run(
        [sys.executable, "-m", "gridwatch.benchmarks.edge.memory_usage", str(clip), str(CAMERAS)],
        capture_output=True,
        check=True,
    )
    document = done.stdout.splitlines()[-1]  # log lines may come before it
    taken = msgspec.json.decode(document, type=dict[str, float])
    return {
        "first": taken["first"],
        "each_further": (taken["all"] - taken["first"]) / (CAMERAS - 1),
    }
