from datetime import timedelta

from api.equipment.grouping import BURST_GAP, Fault, Grouped, common_area, group_faults
from api.fleet.health_rules import AlarmKind
from pipeline.signal import Level
from tests.api.alerts import NOON, noon_plus

STREET = "510107001"
LATER = NOON + timedelta(minutes=30)


def offline(node: int, camera: str = "gate", *, seconds: float = 0, area: str = STREET) -> Fault:
    return Fault(
        kind=AlarmKind.CAMERA_OFFLINE,
        node=f"demo/site/box-{node}",
        camera=camera,
        since=noon_plus(seconds),
        area_code=f"{area}002003001" if area else None,
    )


def grouped(*faults: Fault, **open_since: object) -> Grouped:
    return group_faults(faults, open_since=open_since, now=LATER)  # type: ignore[arg-type]


def places(result: Grouped) -> list[tuple[str, str]]:
    return sorted((item.node, item.camera) for item in result.incidents.values())


def test_two_cameras_of_a_node_are_two_matters_and_three_are_one() -> None:
    two = grouped(offline(1, "a"), offline(1, "b"))
    three = grouped(offline(1, "a"), offline(1, "b"), offline(1, "c"))

    assert places(two) == [("demo/site/box-1", "a"), ("demo/site/box-1", "b")]
    assert places(three) == [("demo/site/box-1", "")]
    assert two.incidents.keys() < three.covered


def test_cameras_that_fail_at_different_times_are_different_matters() -> None:
    apart = BURST_GAP.total_seconds() + 1
    faults = [offline(1, name, seconds=n * apart) for n, name in enumerate("abc")]

    assert len(grouped(*faults).incidents) == 3


def test_a_burst_in_a_street_is_one_matter_and_one_level_higher() -> None:
    [incident] = grouped(*(offline(node) for node in range(3))).incidents.values()

    assert (incident.level, incident.area_code) == (Level.MAJOR, f"{STREET}002003001")
    assert incident.message.en.startswith("3 cameras")


def test_a_burst_in_many_streets_is_one_matter_of_the_district() -> None:
    faults = [offline(node, area=f"510107{node:03}") for node in range(6)]
    [incident] = grouped(*faults).incidents.values()

    assert (incident.key, incident.area_code) == (
        "v1|equipment|camera_offline|area|510107",
        "510107",
    )


def test_nodes_without_an_area_are_joined_by_their_site() -> None:
    [incident] = grouped(*(offline(node, area="") for node in range(3))).incidents.values()

    assert incident.key == "v1|equipment|camera_offline|area|demo/site"


def test_a_storm_takes_in_what_fails_later_and_ends_with_its_last_member() -> None:
    key = f"v1|equipment|camera_offline|area|{STREET}"
    one_left = grouped(offline(1), offline(2, seconds=900), **{key: NOON})
    earlier = grouped(offline(1, seconds=-1800), offline(2), **{key: NOON})

    assert list(one_left.incidents) == [key]
    assert sorted(earlier.incidents) == [
        "v1|equipment|camera_offline|area|510107001",
        "v1|equipment|camera_offline|demo/site/box-1|gate",
    ]


def test_a_node_that_does_not_answer_stands_for_its_cameras() -> None:
    silent = Fault(kind=AlarmKind.UNREACHABLE, node="demo/site/box-1", since=NOON)
    result = grouped(silent, offline(1), offline(2))

    assert places(result) == [("demo/site/box-1", ""), ("demo/site/box-2", "gate")]
    assert result.covered == {"v1|equipment|camera_offline|demo/site/box-1|gate"}


def test_nothing_is_called_for_before_its_time() -> None:
    assert group_faults([offline(1)], open_since={}, now=noon_plus(599)).incidents == {}
    assert len(group_faults([offline(1)], open_since={}, now=noon_plus(600)).incidents) == 1


def test_the_common_area_contains_all_areas() -> None:
    assert common_area(["510107001002003001", "510107001002003002"]) == "510107001002003"
    assert common_area(["510107001", "510108"]) == "5101"
    assert common_area([]) is None
