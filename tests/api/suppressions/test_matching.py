from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.suppressions.matching import find_suppression, is_covered
from api.suppressions.model import AlertFacts, Suppression, SuppressionKind, SuppressionTarget
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from tests.api.alerts import NOON, noon_plus

HOUR = timedelta(hours=1)
CAMERA = SuppressionTarget(node="demo/market/box-1", camera="north-gate")
ALERT = AlertFacts(
    node="demo/market/box-1",
    camera="north-gate",
    zone="steps",
    scenario="loitering",
    area_code="510107001002003001",
    level=Level.MAJOR,
    life_and_limb=False,
    observed_at=NOON,
)
FALL = replace(ALERT, scenario="fall", life_and_limb=True)
CRITICAL = replace(ALERT, level=Level.CRITICAL)


def suppression(
    target: SuppressionTarget, *, explicit: bool = False, number: int = 1, ends_after: float = 3600
) -> Suppression:
    return Suppression(
        id=UUID(int=number),
        kind=SuppressionKind.SUPPRESSION,
        target=target,
        reason="wind in the trees",
        starts_at=NOON,
        ends_at=noon_plus(ends_after),
        includes_life_and_limb=explicit,
        incident=None,
        area="510107",
        created_by="desk",
        created_at=NOON,
        ended_by=None,
    )


@pytest.mark.parametrize(
    ("target", "is_match"),
    [
        (CAMERA, True),
        (replace(CAMERA, camera="south-gate"), False),
        (replace(CAMERA, node="demo/market/box-2"), False),
        (replace(CAMERA, zone="steps"), True),
        (replace(CAMERA, zone="lawn"), False),
        (SuppressionTarget(scenario="loitering"), True),
        (SuppressionTarget(scenario="fall"), False),
        (replace(CAMERA, scenario="fall"), False),
        (SuppressionTarget(area_code="510107"), True),
        (SuppressionTarget(area_code="510107001002003002"), False),
    ],
)
def test_everything_that_is_named_has_to_agree(target: SuppressionTarget, is_match: bool) -> None:
    assert is_covered(suppression(target), ALERT) == is_match


def test_an_alert_without_an_area_is_in_no_area() -> None:
    nowhere = replace(ALERT, area_code=None)

    assert not is_covered(suppression(SuppressionTarget(area_code="5101")), nowhere)


@pytest.mark.parametrize(
    ("alert", "target", "explicit", "covered"),
    [
        (FALL, CAMERA, False, False),
        (FALL, CAMERA, True, True),
        (FALL, replace(CAMERA, scenario="fall"), False, True),
        (CRITICAL, CAMERA, False, False),
        (CRITICAL, replace(CAMERA, scenario="loitering"), False, False),
        (CRITICAL, CAMERA, True, True),
    ],
)
def test_what_endangers_life_is_covered_only_if_it_is_named(
    *, alert: AlertFacts, target: SuppressionTarget, explicit: bool, covered: bool
) -> None:
    assert is_covered(suppression(target, explicit=explicit), alert) == covered


@given(offset_s=st.integers(-7200, 7200))
def test_it_covers_what_is_observed_from_its_start_until_before_its_end(offset_s: int) -> None:
    alert = replace(ALERT, observed_at=noon_plus(offset_s))

    assert is_covered(suppression(CAMERA), alert) == (0 <= offset_s < 3600)


def test_the_suppression_that_ends_last_is_named() -> None:
    short, long = (suppression(CAMERA, number=n, ends_after=n * 600) for n in (1, 2))

    assert find_suppression([long, short], ALERT) == long
    assert find_suppression([], ALERT) is None


SIGN = Box(0.40, 0.30, 0.10, 0.20)
AT_SIGN = replace(CAMERA, region=SIGN)


@pytest.mark.parametrize(
    ("boxes", "covered"),
    [
        ((SIGN,), True),
        ((Box(0.41, 0.31, 0.10, 0.19),), True),
        ((Box(0.40, 0.30, 0.10, 0.60),), False),  # a person in front of it
        ((Box(0.60, 0.30, 0.10, 0.20),), False),  # beside it
        ((SIGN, Box(0.60, 0.30, 0.10, 0.20)), False),
        ((), False),
    ],
)
def test_a_region_covers_what_is_nearly_that_box(boxes: tuple[Box, ...], covered: bool) -> None:
    assert is_covered(suppression(AT_SIGN), replace(ALERT, boxes=boxes)) == covered
