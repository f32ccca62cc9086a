"""The centre's time lies between the bounds that receipts give, whatever the box's clock says."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge.control.clock import CentreClock
from tests.messages import NOON

DELAYS = st.floats(0.001, 5)
WRONG = st.floats(-86_400, 86_400)


class Lab:
    """A centre whose clock is right, and a box whose clock is wrong and may be set."""

    def __init__(self, wrong: float) -> None:
        self.passed, self.wrong = 0.0, wrong
        self.clock = CentreClock(now=self.own, monotonic=lambda: self.passed + 77)

    @property
    def true(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)

    def own(self) -> datetime:
        return self.true + timedelta(seconds=self.wrong)

    def exchange(self, there: float, back: float) -> None:
        """Send an alert and get its receipt."""
        sent = self.clock.monotonic()
        self.passed += there
        at = self.true
        self.passed += back
        self.clock.observe(at, sent_at=sent)


def seconds(moment: datetime, other: datetime) -> float:
    return abs((moment - other).total_seconds())


@given(WRONG, st.lists(st.tuples(DELAYS, DELAYS), min_size=1, max_size=5))
def test_the_true_offset_lies_within_what_is_told(
    wrong: float, exchanges: list[tuple[float, float]]
) -> None:
    lab = Lab(wrong)
    for there, back in exchanges:
        lab.exchange(there, back)
    told = lab.clock.estimate()

    assert told.basis == "centre"
    assert abs(told.offset_ms + wrong * 1000) <= told.uncertainty_ms + 1
    assert told.uncertainty_ms <= min(there + back for there, back in exchanges) * 500 + 5
    assert seconds(lab.clock.now(), lab.true) * 1000 <= told.uncertainty_ms + 1


@given(WRONG, WRONG, DELAYS)
def test_setting_the_boxs_clock_changes_the_offset_and_not_the_centres_time(
    wrong: float, later: float, delay: float
) -> None:
    lab = Lab(wrong)
    lab.exchange(delay, delay)
    before = lab.clock.now()
    lab.wrong = later

    assert lab.clock.now() == before
    assert abs(lab.clock.estimate().offset_ms + later * 1000) <= delay * 1000 + 2


def test_while_nothing_was_compared_the_boxs_own_clock_counts() -> None:
    lab = Lab(wrong=3600)

    assert lab.clock.now() == lab.own()
    assert (lab.clock.estimate().basis, lab.clock.estimate().uncertainty_ms) == ("system", 500)


def test_a_centre_whose_clock_was_set_is_believed() -> None:
    lab = Lab(wrong=0)
    lab.exchange(0.1, 0.1)
    at = lab.true + timedelta(hours=1)
    lab.clock.observe(at, sent_at=lab.clock.monotonic())

    assert seconds(lab.clock.now(), at) < 1


def test_a_coarse_time_refines_and_never_overrules() -> None:
    lab = Lab(wrong=0)
    lab.exchange(0.1, 0.1)
    fine = lab.clock.estimate()
    lab.clock.observe(
        lab.true.replace(microsecond=0), sent_at=lab.clock.monotonic(), resolution_s=2
    )
    lab.clock.observe(lab.true + timedelta(hours=1), sent_at=lab.clock.monotonic(), resolution_s=2)

    assert lab.clock.estimate() == fine


def test_an_old_comparison_is_told_to_be_less_sure() -> None:
    lab = Lab(wrong=0)
    lab.exchange(0.01, 0.01)
    lab.passed += 86_400

    assert lab.clock.estimate().uncertainty_ms > 4000
    assert lab.clock.now().tzinfo is UTC
