"""The model is loaded and asked once, and its time held against what the cameras want."""

from statistics import median
from time import process_time

import numpy as np

from edge.config.plan import Plan
from edge.preflight.checks import Check, CheckStatus, Finding
from models import detector as detectors
from models.catalogue.store import ModelStore
from models.detector import ModelDetector
from models.errors import ModelError
from models.inference.pictures import ArrayPicture
from pipeline.camera import require_known_labels
from pipeline.errors import UnsupportedLabelsError

PART = "model"
CALLS = 3
FULL = 0.9
"""Part of one core that looks may take before cameras have to wait for each other."""


def model_check(plan: Plan) -> Check:
    """Load the model that the plan names, or the best that is here; nothing is fetched."""
    named = plan.settings.model.name
    return Check(
        part=PART,
        what=named or "the best that is here",
        run=lambda: [_model(plan)],
        mend="see what else keeps this machine busy; `gridwatch model bench` times it",
    )


def _model(plan: Plan) -> Finding:
    named = plan.settings.model.name
    try:
        detector = detectors.load_detector(
            named, store=ModelStore(plan.catalogue), allow_fetch=False
        )
        for scenario in (each for camera in plan.cameras for each in camera.scenarios):
            require_known_labels(scenario, detector)
    except ModelError as error:
        mend = f"gridwatch model pull {named or '--preferred'}"
        return _bad(named or "none", str(error), mend)
    except UnsupportedLabelsError as error:
        return _bad(detector.model.name, str(error), "choose another model, or leave it out")
    return _timed(detector, plan)


def _timed(detector: ModelDetector, plan: Plan) -> Finding:
    took = median(_call_ms(detector) for _ in range(CALLS))
    cameras, fps = len(plan.cameras), plan.settings.model.detect_fps
    share = took / 1000 * fps * cameras
    note = f"{took:.0f} ms a look; {cameras} x {fps:g} a second take {share:.0%} of one core"
    name = detector.model.name
    if share <= FULL or plan.settings.model.gate:
        return Finding(part=PART, what=name, note=note + _of_parts(detector, plan))
    mend = "set a lower `detect_fps`, `gate = true`, or a faster model: looks get rarer"
    return Finding(part=PART, what=name, note=note, verdict=CheckStatus.DOUBTFUL, mend=mend)


def _of_parts(detector: ModelDetector, plan: Plan) -> str:
    """Say how to have looks at parts, where looks are whole and need not be."""
    asked, name = plan.settings.model, detector.model.name
    folded = ModelStore(plan.catalogue).folded_version(name)
    if detector.supports_regions or folded is None or not (asked.gate and asked.regions):
        return ""
    chosen = f' and [model] name = "{folded}"' if asked.name else ""
    return (
        f"; looks are whole: for parts, gridwatch model fold {name} where gridwatch[quantize] is, "
        f"{folded}.onnx and its .json copied to this cache{chosen} (docs/engine.md)"
    )


def _call_ms(detector: ModelDetector) -> float:
    began = process_time()
    detector.detect_picture(ArrayPicture(np.full((360, 640, 3), 114, np.uint8)))
    return (process_time() - began) * 1000


def _bad(what: str, note: str, mend: str) -> Finding:
    return Finding(part=PART, what=what, note=note, verdict=CheckStatus.BAD, mend=mend)
