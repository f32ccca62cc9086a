"""Check the model: load it and compare its inference time with what the cameras need."""

from statistics import median
from time import process_time

import numpy as np

from edge.config.loader import ResolvedConfig
from edge.preflight.checks import Check, CheckStatus, Finding
from models import detector as detectors
from models.catalogue.store import ModelStore
from models.detector import ModelDetector
from models.errors import ModelError
from models.inference.pictures import ArrayPicture
from models.pose import find_pose_estimator
from pipeline.camera import require_known_labels
from pipeline.errors import UnsupportedLabelsError
from pipeline.scenario_spec import Capability

PART = "model"
MEASURED_CALLS = 3
MAX_CORE_SHARE = 0.9
"""Share of one core that inference may take before cameras have to wait for each other."""


def model_check(config: ResolvedConfig) -> Check:
    """Load the configured model, or the best installed one; nothing is fetched."""
    name = config.settings.model.name
    return Check(
        part=PART,
        what=name or "the best installed model",
        run=lambda: [*_check_model(config), *_check_poses(config)],
        remedy="stop other programs that use the CPU; `gridwatch model bench` measures the model",
    )


def _check_model(config: ResolvedConfig) -> list[Finding]:
    name = config.settings.model.name
    try:
        detector = detectors.load_detector(
            name, store=ModelStore(config.catalogue), allow_fetch=False
        )
        for camera in config.cameras:
            for scenario in camera.scenarios:
                require_known_labels(scenario, detector)
    except ModelError as error:
        remedy = f"run gridwatch model pull {name or '--preferred'}"
        return [_bad(name or "none", str(error), remedy)]
    except UnsupportedLabelsError as error:
        return [_bad(detector.model.name, str(error), "choose another model, or leave `name` out")]
    return [
        _measure(detector, config),
        *_check_fitness(detector.model.name, config),
        *_check_look_model(config),
        *_check_fast_model(detector, config),
    ]


def _check_look_model(config: ResolvedConfig) -> list[Finding]:
    """Check that the model for second looks can be loaded."""
    name = config.settings.model.second_look_model
    if name is None:
        return []
    try:
        detectors.load_detector(name, store=ModelStore(config.catalogue), allow_fetch=False)
    except ModelError as error:
        remedy = f"run gridwatch model pull {name}, or leave `second_look_model` out"
        return [_bad(name, str(error), remedy)]
    return [Finding(part=PART, what=name, note="looks again before an alert opens")]


def _check_fast_model(detector: ModelDetector, config: ResolvedConfig) -> list[Finding]:
    """Check that the fast model can be loaded and has a use."""
    settings = config.settings.model
    name = settings.fast
    if name is None:
        return []
    try:
        detectors.load_detector(name, store=ModelStore(config.catalogue), allow_fetch=False)
    except ModelError as error:
        return [_bad(name, str(error), f"run gridwatch model pull {name}, or leave `fast` out")]
    if settings.gate and not (settings.regions and detector.supports_regions):
        return [Finding(part=PART, what=name, note="used where it finds what the model finds")]
    return [
        Finding(
            part=PART,
            what=name,
            note="has no effect without the gate, or with inference on regions",
            status=CheckStatus.DOUBTFUL,
            remedy="set `gate = true` and `regions = false`, or leave `fast` out",
        )
    ]


def _check_fitness(name: str, config: ResolvedConfig) -> list[Finding]:
    """Warn of scenarios that are known to fail with the model."""
    catalogue = ModelStore(config.catalogue).catalogue
    unfit_for = set(catalogue.card(name).unfit_for)
    bound = {each.spec.key for camera in config.cameras for each in camera.scenarios}
    failing = sorted(bound & unfit_for)
    if not failing:
        return []
    return [
        Finding(
            part=PART,
            what=name,
            note=f"does not see what {', '.join(failing)} needs: these scenarios will not alert",
            status=CheckStatus.DOUBTFUL,
            remedy=f"install {catalogue.preferred[0].removesuffix('-folded')} (docs/edge.md)",
        )
    ]


def _check_poses(config: ResolvedConfig) -> list[Finding]:
    """Check the pose model if a scenario needs postures; without it boxes decide alone."""
    scenarios = (each for camera in config.cameras for each in camera.scenarios)
    if not any(Capability.POSTURES in each.spec.capabilities for each in scenarios):
        return []
    store = ModelStore(config.catalogue)
    name = next(iter(store.catalogue.pose))
    if find_pose_estimator(store) is not None:
        return [Finding(part=PART, what=name, note="checks the postures of people")]
    return [
        Finding(
            part=PART,
            what=name,
            note="not on this machine: curtains, poles and statues may count as people",
            status=CheckStatus.DOUBTFUL,
            remedy=f"run gridwatch model pull {name}",
        )
    ]


def _measure(detector: ModelDetector, config: ResolvedConfig) -> Finding:
    duration_ms = median(_call_ms(detector) for _ in range(MEASURED_CALLS))
    cameras, fps = len(config.cameras), config.settings.model.detect_fps
    share = duration_ms / 1000 * fps * cameras
    load = f"{cameras} x {fps:g} a second take {share:.0%} of one core"
    note = f"{duration_ms:.0f} ms per inference; {load}"
    name = detector.model.name
    if share <= MAX_CORE_SHARE or config.settings.model.gate:
        return Finding(part=PART, what=name, note=note + _region_hint(detector, config))
    remedy = "set a lower `detect_fps`, `gate = true` or a faster model, or inferences are skipped"
    return Finding(part=PART, what=name, note=note, status=CheckStatus.DOUBTFUL, remedy=remedy)


def _region_hint(detector: ModelDetector, config: ResolvedConfig) -> str:
    """Return how to enable inference on regions, if the model has a version that supports it."""
    settings, name = config.settings.model, detector.model.name
    folded = ModelStore(config.catalogue).folded_version(name)
    if detector.supports_regions or folded is None or not (settings.gate and settings.regions):
        return ""
    setting = f' and [model] name = "{folded}"' if settings.name else ""
    return (
        f"; inference is on full frames: for regions, run gridwatch model fold {name} where "
        f"gridwatch[quantize] is installed, and copy {folded}.onnx and its .json to this "
        f"cache{setting} (docs/engine.md)"
    )


def _call_ms(detector: ModelDetector) -> float:
    started_at = process_time()
    detector.detect_picture(ArrayPicture(np.full((360, 640, 3), 114, np.uint8)))
    return (process_time() - started_at) * 1000


def _bad(what: str, note: str, remedy: str) -> Finding:
    return Finding(part=PART, what=what, note=note, status=CheckStatus.BAD, remedy=remedy)
