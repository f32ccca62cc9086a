from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.areas.hierarchy import AREA_LEVELS, AreaSummary
from api.dispatch.escalation import EndedOrder, EscalationTarget, first_level, next_target
from api.roster.model import Shift
from api.roster.on_duty import EscalationLevel
from tests.api.alerts import NOON
from tests.api.town import EAST


def level_with(number: int, accounts: Iterable[int]) -> EscalationLevel:
    area = AreaSummary(code=EAST, name="East", level=AREA_LEVELS[number - 1])
    shifts = [
        Shift(
            id=UUID(int=account),
            account=account,
            name=f"worker-{account}",
            area_code=EAST,
            source="rule",
            starts_at=NOON,
            ends_at=NOON + timedelta(hours=1),
        )
        for account in accounts
    ]
    return EscalationLevel(number, area, tuple(shifts))


@pytest.mark.parametrize(
    ("ended_orders", "level"),
    [
        ([], 1),
        ([EndedOrder(1, has_expired=True)], 2),
        ([EndedOrder(1, has_expired=False)], 1),
        ([EndedOrder(1, has_expired=False), EndedOrder(1, has_expired=False)], 2),
        ([EndedOrder(1, has_expired=True), EndedOrder(2, has_expired=False)], 2),
    ],
    ids=["the first", "expired", "declined", "declined twice", "declined above"],
)
def test_a_new_order_begins_at_the_level_after_the_ended_orders(
    ended_orders: list[EndedOrder], level: int
) -> None:
    assert first_level(ended_orders) == level


@given(
    people=st.lists(st.lists(st.integers(1, 9), max_size=3), min_size=6, max_size=6),
    start=st.integers(1, 7),
    excluded=st.frozensets(st.integers(1, 9)),
)
def test_the_first_level_with_somebody_is_the_target(
    people: list[list[int]], start: int, excluded: frozenset[int]
) -> None:
    target = next_target(
        [level_with(n, accounts) for n, accounts in enumerate(people, 1)],
        start=start,
        excluded=excluded,
    )

    left = {n: set(accounts) - excluded for n, accounts in enumerate(people, 1) if n >= start}
    filled = [n for n, accounts in left.items() if accounts]
    if target is None:
        assert not filled
    else:
        assert target.escalation_level == filled[0]
        assert set(target.accounts) == left[target.escalation_level]


def test_there_is_no_target_if_everybody_declined() -> None:
    assert next_target([level_with(1, [7])], start=1, excluded=frozenset({7})) is None
    assert next_target([level_with(1, [7])], start=1) == EscalationTarget(1, (7,))
