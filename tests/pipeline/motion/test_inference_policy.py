"""Which frames get an inference."""

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detection import Detections
from pipeline.motion.inference_policy import InferencePolicy, InferenceReason, PolicyConfig
from pipeline.motion.motion_gate import GATE_SIZE, MotionMask
from pipeline.ports import Coverage, InferenceResult
from tests.pipeline.builders import after

PEOPLE = frozenset({"person"})
Patch = tuple[int, int, int, int]


def moved(*patches: Patch, cold: bool = False) -> MotionMask:
    """Patches of the small picture: left, top, width, height."""
    mask = np.zeros((GATE_SIZE.height, GATE_SIZE.width), np.uint8)
    for left, top, width, height in patches:
        mask[top : top + height, left : left + width] = 1
    return MotionMask(mask, float(mask.mean()), cold)


def people(*patches: Patch) -> Detections:
    boxes = np.array(patches, np.float32).reshape(-1, 4) / (160, 90, 160, 90)
    scores = np.full(len(patches), 0.9, np.float32)
    return Detections(boxes.astype(np.float32), scores, ("person",) * len(patches))


def play(frames: list[tuple[MotionMask, Detections]], policy: InferencePolicy | None = None) -> str:
    """Play five frames a second; each frame's reason, by its first letter, looks in capitals."""
    policy = policy or InferencePolicy(0.5, PEOPLE)
    reasons = ""
    for number, (motion, detections) in enumerate(frames):
        at = after(number / 5)
        reason = policy.decide(at, motion)
        reasons += reason[0].upper() if reason.runs_inference else reason[0]
        if reason.runs_inference:
            policy.update(at, motion, InferenceResult(detections))
        else:
            policy.predict(at, motion)
    return reasons


STILL = (moved(), Detections.empty())


def test_the_first_frame_is_inferred() -> None:
    assert play([(moved(cold=True), Detections.empty())]) == "C"


def test_a_quiet_street_needs_one_inference_in_ten_seconds() -> None:
    reasons = play([STILL] * 300)

    assert reasons.count("H") == 5
    assert reasons.count("q") == 294


def test_a_new_object_is_inferred_at_once_and_once_more() -> None:
    walk = [(10 + 2 * i, 40, 5, 14) for i in range(6)]
    reasons = play([STILL] * 2 + [(moved(at), people(at)) for at in walk])

    assert reasons == "CqPSePeP"


def test_motion_without_new_objects_is_inferred_every_second_time() -> None:
    tree = (moved((100, 10, 12, 12)), Detections.empty())

    assert play([STILL] * 2 + [tree] * 6) == "CqPePePe"


def test_every_motion_is_inferred_while_a_decision_is_pending() -> None:
    policy = InferencePolicy(0.5, PEOPLE)
    policy.is_decision_pending = True
    tree = (moved((100, 10, 12, 12)), Detections.empty())

    assert play([STILL] * 2 + [tree] * 4 + [STILL] * 3, policy) == "CqDDDDSqq"


def test_one_inference_follows_the_end_of_motion() -> None:
    at = (20, 40, 5, 14)
    frames = [STILL, STILL, *[(moved(at), people(at))] * 3, *[(moved(), people(at))] * 4]

    assert play(frames) == "CqPSeSqqq"


def test_a_refused_inference_is_deferred() -> None:
    policy = InferencePolicy(0.5, PEOPLE)
    play([STILL] * 3, policy)
    policy.predict(after(0.6), moved((10, 10, 9, 9)), refused=True)

    assert policy.decide(after(0.8), moved()) is InferenceReason.DEFERRED


@given(
    st.lists(st.sampled_from([(), ((10, 10, 6, 12),), ((60, 30, 20, 20),)]), max_size=120),
    st.integers(1, 10),
)
def test_no_frame_is_further_from_an_inference_than_the_heartbeat(
    frames: list[tuple[Patch, ...]], seconds: int
) -> None:
    policy = InferencePolicy(0.5, PEOPLE, PolicyConfig(heartbeat=timedelta(seconds=seconds)))
    reasons = play([(moved(*patches), people(*patches)) for patches in frames], policy)

    assert max((len(quiet) for quiet in _between_inferences(reasons)), default=0) < seconds * 5


def _between_inferences(reasons: str) -> list[str]:
    return "".join("|" if letter.isupper() else letter for letter in reasons).split("|")


def test_an_inference_covers_the_moving_regions_and_at_times_the_full_frame() -> None:
    policy = InferencePolicy(0.5, PEOPLE, use_regions=True)
    walker = (moved((10, 10, 5, 9)), people((10, 10, 5, 9)))
    scopes = []
    for number in range(21):
        at = after(number / 5)
        reason = policy.decide(at, walker[0])
        if reason.runs_inference:
            scopes.append(policy.choose_regions(at, walker[0], reason))
            breadth = Coverage.FULL_FRAME if scopes[-1] is None else Coverage.REGIONS
            policy.update(at, walker[0], InferenceResult(walker[1], breadth))
        else:
            policy.predict(at, walker[0])

    assert [n for n, scope in enumerate(scopes) if scope is None] == [0, 6]
    assert all(len(scope[0]) for scope in scopes if scope is not None)


def test_motion_in_a_skipped_frame_is_covered_by_the_next_inference() -> None:
    policy = InferencePolicy(0.5, PEOPLE, use_regions=True)
    frames = [moved(), moved((10, 10, 5, 9)), moved((10, 10, 5, 9)), moved((90, 50, 5, 9))]
    for number, what in enumerate(frames[:-1]):
        policy.decide(after(number / 5), what)
        policy.update(after(number / 5), what, InferenceResult(Detections.empty()))
    policy.decide(after(0.6), moved((90, 50, 5, 9)))
    policy.predict(after(0.6), frames[-1])
    policy.decide(after(0.8), moved((20, 20, 5, 9)))
    scope = policy.choose_regions(after(0.8), moved((20, 20, 5, 9)), InferenceReason.INTERVAL)

    assert scope is not None
    assert np.allclose(np.sort(scope[0][:, 0]), [18 / 160, 88 / 160])
