"""In which watched areas nobody on duty can be reached."""

from hypothesis import given
from hypothesis import strategies as st

from api.areas.hierarchy import codes_above, grid_of
from api.roster.coverage import unreachable_units

GRID = "510107001002003"
MICRO = f"{GRID}001"
AREAS = ("5101", "510107", "510107001", "510107001002", GRID, MICRO, f"{GRID}002")


def test_somebody_above_who_can_be_reached_is_enough() -> None:
    counts = {MICRO: (2, 0), "510107": (1, 1)}

    assert unreachable_units([MICRO], counts, known_areas=AREAS) == []


def test_the_micro_grids_of_a_grid_count_for_it() -> None:
    counts = {MICRO: (2, 0), f"{GRID}002": (1, 0)}

    assert unreachable_units([MICRO], counts, known_areas=AREAS) == [(GRID, 3)]


def test_an_area_without_anybody_on_duty_is_a_gap_and_not_unreachable() -> None:
    assert unreachable_units([MICRO], {}, known_areas=AREAS) == []


@given(st.dictionaries(st.sampled_from(AREAS), st.tuples(st.integers(1, 3), st.integers(0, 3))))
def test_an_area_is_unreachable_if_somebody_and_nobody_reachable_is_on_duty(
    counts: dict[str, tuple[int, int]],
) -> None:
    answering = {code for code in counts if code in codes_above(GRID) or grid_of(code) == GRID}
    expected = bool(answering) and not any(counts[code][1] for code in answering)

    assert bool(unreachable_units([MICRO], counts, known_areas=AREAS)) == expected
