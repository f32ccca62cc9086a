"""Draw a whole day from a seed."""

from dataclasses import dataclass
from random import Random

from gridwatch.simulation.world.camera_reports import draw_reports
from gridwatch.simulation.world.district import build_district
from gridwatch.simulation.world.happenings import draw_happenings
from gridwatch.simulation.world.model import District, Report
from gridwatch.simulation.world.profile import Profile
from gridwatch.simulation.world.truth import Truth


@dataclass(frozen=True, slots=True)
class World:
    """What the seed decides before the day begins; the reports by the time they are made."""

    district: District
    truth: Truth
    reports: tuple[Report, ...]


def generator_for(seed: int, purpose: str) -> Random:
    """Return a generator of its own for one purpose, so that more draws of one change no other."""
    return Random(f"{seed}/{purpose}")


def draw_world(profile: Profile, seed: int) -> World:
    """Draw the district, and everything that its cameras report until the day ends."""
    district = build_district(profile, generator_for(seed, "district"))
    happenings = draw_happenings(profile, district, generator_for(seed, "happenings"))
    rng = generator_for(seed, "reports")
    drawn = [report for happening in happenings for report in draw_reports(happening, rng)]
    reports = tuple(
        sorted(
            (report for report in drawn if report.at < profile.ends_at),
            key=lambda report: (report.at, report.alert.id, report.alert.rev),
        )
    )
    return World(district, Truth(happenings, reports), reports)
