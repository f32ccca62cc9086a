"""What goes wrong in a simulated day: cuts, restarts, clock steps, crashes of the centre."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from random import Random

from gridwatch.simulation.agenda import Agenda
from gridwatch.simulation.centre import SimulatedCentre
from gridwatch.simulation.node import SimulatedNode
from gridwatch.simulation.world.profile import Profile

CUT_HOURS = (0.3, 3.0)
CLOCK_STEPS_S = (-90.0, 45.0, 200.0, 1200.0)
"""Steps of a node's clock; the largest is one that the centre corrects by its own clock."""


def plan_faults(
    profile: Profile,
    nodes: Iterable[SimulatedNode],
    centre: SimulatedCentre,
    *,
    agenda: Agenda,
    rng: Random,
) -> None:
    """Put the faults of the profile on the agenda."""
    for node in nodes:
        if rng.random() < profile.cut_share:
            _plan_cut(profile, agenda, node, rng)
            _plan_clock_step(profile, agenda, node, rng)
        for at in _times(profile, profile.node_crashes_per_day * profile.hours / 24, rng):
            agenda.at(at, _act(node.restart))
    for at in _times(profile, profile.centre_crashes_per_hour * profile.hours, rng):
        agenda.at(at, _act(centre.crash))


def _plan_cut(profile: Profile, agenda: Agenda, node: SimulatedNode, rng: Random) -> None:
    """Cut a node off; it is back before the day ends."""
    hours = min(rng.uniform(*CUT_HOURS), profile.hours / 3)
    begins_at = profile.starts_at + timedelta(hours=rng.uniform(0, profile.hours - 1.5 * hours))
    agenda.at(begins_at, _act(lambda: node.set_connected(False)))
    agenda.at(begins_at + timedelta(hours=hours), _act(lambda: node.set_connected(True)))


def _plan_clock_step(profile: Profile, agenda: Agenda, node: SimulatedNode, rng: Random) -> None:
    """Let a node's clock jump, and be corrected an hour later."""
    offset = timedelta(seconds=rng.choice(CLOCK_STEPS_S))
    at = profile.starts_at + timedelta(hours=rng.uniform(0, profile.hours))

    def set_offset(value: timedelta) -> None:
        node.clock_offset = value

    agenda.at(at, _act(lambda: set_offset(offset)))
    agenda.at(at + timedelta(hours=1), _act(lambda: set_offset(timedelta())))


def _times(profile: Profile, expected: float, rng: Random) -> list[datetime]:
    """Draw about ``expected`` times of the day."""
    n = int(expected) + (rng.random() < expected % 1)
    return [profile.starts_at + timedelta(hours=rng.uniform(0, profile.hours)) for _ in range(n)]


def _act(function: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        function()

    return act
