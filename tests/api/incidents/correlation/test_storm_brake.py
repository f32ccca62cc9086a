from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.incidents.correlation.storm_brake import (
    ANY_KIND,
    MAX_ROWS,
    STORM_FROM,
    WINDOW,
    BrakeReason,
    Parent,
    Row,
    find_parent,
)
from tests.api.alerts import NOON, noon_plus

DISTRICT = "510107"
STREETS = [f"{DISTRICT}{n:03}" for n in range(1, 9)]


def camera_lost(n: int, street: str = STREETS[0]) -> Row:
    return Row(
        kind="camera",
        area_code=f"{street}001001{n % 900 + 1:03}",
        opened_at=noon_plus(n),
        needs_desk=False,
    )


def review(n: float, kind: str = "loitering") -> Row:
    return Row(
        kind=kind, area_code=f"{STREETS[0]}001001001", opened_at=noon_plus(n), needs_desk=True
    )


class Desk:
    """Opens incidents as the centre does, and keeps the rows that a desk sees."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.children = 0

    def open(self, new: Row) -> Parent | None:
        parent = find_parent(new, self.rows)
        if parent is None:
            self.rows.append(new)
            return None
        self.children += 1
        if not any(self._is_same(row, parent, new) for row in self.rows):
            self.rows.append(
                replace(new, kind=parent.kind, area_code=parent.area_code, is_parent=True)
            )
        return parent

    @staticmethod
    def _is_same(row: Row, parent: Parent, new: Row) -> bool:
        is_parent = row.is_parent and (row.kind, row.area_code) == (parent.kind, parent.area_code)
        return is_parent and new.opened_at - row.opened_at < WINDOW


def test_a_power_cut_in_a_street_is_one_parent_after_four_rows() -> None:
    desk = Desk()
    for n in range(100):
        desk.open(camera_lost(n))

    assert Counter(row.is_parent for row in desk.rows) == {False: STORM_FROM - 1, True: 1}
    assert desk.rows[-1].area_code == STREETS[0]


def test_a_power_cut_in_many_streets_becomes_one_parent_of_the_district() -> None:
    desk = Desk()
    for n in range(400):
        desk.open(camera_lost(n, STREETS[n % len(STREETS)]))

    parents = [row.area_code for row in desk.rows if row.is_parent]
    assert parents == [*STREETS[:3], DISTRICT]
    assert desk.children + sum(not row.is_parent for row in desk.rows) == 400


def test_calls_to_workers_are_never_braked_but_for_a_common_cause() -> None:
    desk = Desk()
    for n in range(50):
        desk.open(replace(review(n), needs_desk=False))

    assert len(desk.rows) == 50


def test_what_is_critical_or_a_danger_to_life_is_never_put_off_with_other_reviews() -> None:
    desk = Desk()
    for n in range(50):
        assert desk.open(replace(review(n), is_exempt=True)) is None


def test_a_critical_failure_of_a_camera_is_part_of_its_power_cut() -> None:
    desk = Desk()
    for n in range(5):
        desk.open(camera_lost(n))

    assert desk.open(replace(camera_lost(5), is_exempt=True)) is not None


def test_many_reviews_of_one_family_get_a_parent() -> None:
    desk = Desk()
    parents = [desk.open(review(n)) for n in range(6)]

    assert parents[:4] == [None] * 4
    expected = Parent(kind="loitering", area_code=DISTRICT, reason=BrakeReason.REVIEW_FLOOD)
    assert parents[4:] == [expected] * 2


def test_many_reviews_of_all_families_get_one_parent_for_the_district() -> None:
    desk = Desk()
    for n in range(30):
        desk.open(review(n, kind=f"family-{n}"))

    assert [row.kind for row in desk.rows if row.is_parent] == [ANY_KIND]


def test_a_flood_is_counted_and_shown_at_the_desk_that_reviews_it() -> None:
    street, other = STREETS[0], STREETS[1]
    rows = [replace(review(n), area_code=f"{other}001001001") for n in range(4)]
    rows += [review(n) for n in range(4)]
    parent = Parent(kind="loitering", area_code=street, reason=BrakeReason.REVIEW_FLOOD)

    assert find_parent(review(5), rows[:4], desk_area=street) is None
    assert find_parent(review(5), rows, desk_area=street) == parent


def test_a_parent_that_somebody_has_closed_takes_no_more() -> None:
    rows = [*(review(n) for n in range(4)), replace(review(4), is_parent=True, is_open=False)]

    assert find_parent(review(5), rows[:1] + rows[-1:]) is None


def test_the_brake_is_released_after_a_quiet_time() -> None:
    desk = Desk()
    for n in range(20):
        desk.open(review(n))

    assert desk.open(review(WINDOW.total_seconds() + 20)) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 120), st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"])),
        max_size=150,
    )
)
def test_a_desk_gets_at_most_ten_rows_in_any_ten_minutes(steps: list[tuple[int, str]]) -> None:
    desk, at = Desk(), NOON
    for wait_s, kind in steps:
        at += timedelta(seconds=wait_s)
        desk.open(replace(review(0, kind), opened_at=at))

    opened = [row.opened_at for row in desk.rows]
    for start in opened:
        assert sum(start <= moment < start + WINDOW for moment in opened) <= MAX_ROWS
