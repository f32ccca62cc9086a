"""Counters by name and camera, and the old names of renamed ones."""

from edge.health.counters import RENAMED_COUNTERS, Counters
from pipeline.motion.inference_policy import InferenceReason


def series(counters: Counters) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels["camera"]): sample.value
        for family in counters.collect()
        for sample in family.samples
    }


def test_a_renamed_counter_is_served_under_both_names() -> None:
    counters = Counters()
    counters.add("drills", camera="north-gate")
    counters.add("drills", 2, camera="yard")
    counters.add("frames", 5, camera="yard")

    assert series(counters) == {
        ("gridwatch_edge_drills_total", "north-gate"): 1,
        ("gridwatch_edge_drills_total", "yard"): 2,
        ("gridwatch_edge_exercises_total", "north-gate"): 1,
        ("gridwatch_edge_exercises_total", "yard"): 2,
        ("gridwatch_edge_frames_total", "yard"): 5,
    }
    assert counters.by_name() == {"drills.north-gate": 1, "drills.yard": 2, "frames.yard": 5}


def test_no_old_name_is_the_new_name_of_another_counter() -> None:
    assert not set(RENAMED_COUNTERS) & set(RENAMED_COUNTERS.values())


def test_the_counter_of_every_inference_reason_keeps_its_old_name() -> None:
    renamed = {f"frames_{reason.name.lower()}": f"frames_{reason}" for reason in InferenceReason}

    assert {name: RENAMED_COUNTERS.get(name, name) for name in renamed} == renamed
