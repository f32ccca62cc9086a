"""The centre's time is estimated within its uncertainty, whatever the node's clock says."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge.control.clock import CentreClock
from tests.messages import NOON

DELAYS = st.floats(0.001, 5)
CLOCK_ERRORS = st.floats(-86_400, 86_400)


class Simulation:
    """A centre with a right clock, and a node whose clock is wrong and can be set."""

    def __init__(self, error_s: float) -> None:
        self.elapsed_s, self.error_s = 0.0, error_s
        self.clock = CentreClock(now=self.node_now, monotonic=lambda: self.elapsed_s + 77)

    @property
    def true_now(self) -> datetime:
        return NOON + timedelta(seconds=self.elapsed_s)

    def node_now(self) -> datetime:
        return self.true_now + timedelta(seconds=self.error_s)

    def exchange(self, uplink_s: float, downlink_s: float) -> None:
        """Send an alert and get its receipt."""
        sent = self.clock.monotonic()
        self.elapsed_s += uplink_s
        at = self.true_now
        self.elapsed_s += downlink_s
        self.clock.observe(at, sent_at=sent)


def seconds_between(first: datetime, second: datetime) -> float:
    return abs((first - second).total_seconds())


@given(CLOCK_ERRORS, st.lists(st.tuples(DELAYS, DELAYS), min_size=1, max_size=5))
def test_the_true_offset_lies_within_the_uncertainty(
    error_s: float, exchanges: list[tuple[float, float]]
) -> None:
    simulation = Simulation(error_s)
    for uplink_s, downlink_s in exchanges:
        simulation.exchange(uplink_s, downlink_s)
    estimate = simulation.clock.estimate()

    assert estimate.basis == "centre"
    assert abs(estimate.offset_ms + error_s * 1000) <= estimate.uncertainty_ms + 1
    assert (
        estimate.uncertainty_ms
        <= min(uplink_s + downlink_s for uplink_s, downlink_s in exchanges) * 500 + 5
    )
    assert (
        seconds_between(simulation.clock.now(), simulation.true_now) * 1000
        <= estimate.uncertainty_ms + 1
    )


@given(CLOCK_ERRORS, CLOCK_ERRORS, DELAYS)
def test_setting_the_nodes_clock_changes_the_offset_but_not_the_centres_time(
    error_s: float, new_error_s: float, delay: float
) -> None:
    simulation = Simulation(error_s)
    simulation.exchange(delay, delay)
    before = simulation.clock.now()
    simulation.error_s = new_error_s

    assert simulation.clock.now() == before
    assert abs(simulation.clock.estimate().offset_ms + new_error_s * 1000) <= delay * 1000 + 2


def test_before_the_first_comparison_the_nodes_own_clock_is_used() -> None:
    simulation = Simulation(error_s=3600)

    assert simulation.clock.now() == simulation.node_now()
    assert (simulation.clock.estimate().basis, simulation.clock.estimate().uncertainty_ms) == (
        "system",
        500,
    )


def test_a_change_of_the_centres_clock_is_followed() -> None:
    simulation = Simulation(error_s=0)
    simulation.exchange(0.1, 0.1)
    at = simulation.true_now + timedelta(hours=1)
    simulation.clock.observe(at, sent_at=simulation.clock.monotonic())

    assert seconds_between(simulation.clock.now(), at) < 1


def test_a_coarse_time_never_overrules_a_precise_one() -> None:
    simulation = Simulation(error_s=0)
    simulation.exchange(0.1, 0.1)
    precise = simulation.clock.estimate()
    simulation.clock.observe(
        simulation.true_now.replace(microsecond=0),
        sent_at=simulation.clock.monotonic(),
        resolution_s=2,
    )
    simulation.clock.observe(
        simulation.true_now + timedelta(hours=1),
        sent_at=simulation.clock.monotonic(),
        resolution_s=2,
    )

    assert simulation.clock.estimate() == precise


def test_uncertainty_grows_with_time() -> None:
    simulation = Simulation(error_s=0)
    simulation.exchange(0.01, 0.01)
    simulation.elapsed_s += 86_400

    assert simulation.clock.estimate().uncertainty_ms > 4000
    assert simulation.clock.now().tzinfo is UTC
