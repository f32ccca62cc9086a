"""Draw what truly happens in a district in a day, and what cameras wrongly see."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate, count
from random import Random

from gridwatch.simulation.world.model import District, Happening, Kind, Place
from gridwatch.simulation.world.profile import LOCAL_OFFSET, Profile
from pipeline.signal import Level

_MINOR, _MAJOR, _CRITICAL = Level.MINOR, Level.MAJOR, Level.CRITICAL


def _kind(family: str, scenarios: str, levels: tuple[Level, ...], minutes: float) -> Kind:
    return Kind(
        family=family,
        scenarios=tuple(scenarios.split()),
        levels=levels,
        lasts=timedelta(minutes=minutes),
    )


KINDS = (
    (_kind("crowd", "crowd_gathering crowd_density queue_too_long", (_MINOR, _MAJOR), 15), 20),
    (_kind("parking", "illegal_parking fire_lane_blocked", (_MINOR,), 20), 22),
    (_kind("vending", "street_vending", (_MINOR,), 25), 12),
    (_kind("objects", "object_left waste_pile", (_MINOR, _MAJOR), 20), 14),
    (_kind("intrusion", "intrusion climbing line_crossing", (_MAJOR,), 5), 12),
    (_kind("pedestrian", "road_pedestrian", (_MINOR, _MAJOR), 4), 6),
    (_kind("traffic", "congestion", (_MINOR,), 15), 5),
    (_kind("person_down", "fall person_motionless", (_MAJOR, _CRITICAL), 8), 6),
    (_kind("fire", "smoke_fire", (_CRITICAL,), 12), 3),
)
"""The kinds of happenings, and how often each is drawn."""

OUTAGE = _kind("camera", "camera_lost", (_MINOR,), 20)

HOURLY = (2, 1, 1, 1, 1, 2, 4, 7, 10, 9, 8, 8, 9, 8, 7, 7, 8, 10, 11, 12, 10, 7, 5, 3)
"""How much happens in each local hour."""

APART = timedelta(minutes=20)
"""Two happenings of one family at one place are at least this far apart: nobody, and no camera,
could tell closer ones from one."""

WORSENING_SHARE = 0.05
MAX_TRIES = 50


@dataclass(slots=True)
class _Draws:
    """The happenings drawn so far, by place and family, so that none overlap there."""

    profile: Profile
    rng: Random
    district: District
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    taken: dict[tuple[str, str], list[Happening]] = field(default_factory=lambda: defaultdict(list))

    def add(self, happening: Happening) -> bool:
        """Add a happening, unless another of its family is too near in time at its place."""
        key = happening.place.name, happening.kind.family
        clashes = any(
            happening.starts_at < other.ends_at + APART
            and other.starts_at < happening.ends_at + APART
            for other in self.taken[key]
        )
        if not clashes:
            self.taken[key].append(happening)
        return not clashes

    def all(self) -> list[Happening]:
        """Return all, by the time they start."""
        drawn = [happening for group in self.taken.values() for happening in group]
        return sorted(drawn, key=lambda happening: (happening.starts_at, happening.number))


def draw_happenings(profile: Profile, district: District, rng: Random) -> list[Happening]:
    """Draw the day: ``profile.happenings`` true ones, false ones, and perhaps a power cut.

    Happenings come again at their place and beside it, by the shares of the profile.
    """
    draws = _Draws(profile, rng, district)
    if profile.has_power_cut:
        _add_power_cut(draws)
    n_true = 0
    while n_true < profile.happenings:
        first = _add_somewhere(draws, is_true=True)
        n_true += 1
        for follower in _followers(draws, first):
            n_true += n_true < profile.happenings and draws.add(follower)
    for _ in range(round(profile.happenings * profile.false_share)):
        _add_somewhere(draws, is_true=False)
    return draws.all()


def _add_somewhere(draws: _Draws, *, is_true: bool) -> Happening:
    rng = draws.rng
    kinds, weights = zip(*KINDS, strict=True)
    for _ in range(MAX_TRIES):
        kind = rng.choices(kinds, weights)[0]
        starts_at = _draw_time(draws.profile, rng)
        place = rng.choice(draws.district.places)
        happening = _draw(draws, kind, place, starts_at, is_true=is_true)
        if draws.add(happening):
            return happening
    draws.taken[happening.place.name, f"more {happening.number}"].append(happening)
    return happening


def _draw(
    draws: _Draws, kind: Kind, place: Place, starts_at: datetime, *, is_true: bool
) -> Happening:
    rng = draws.rng
    lasts = kind.lasts * rng.uniform(0.4, 1.8) if is_true else timedelta(seconds=rng.uniform(5, 90))
    worsens = is_true and rng.random() < WORSENING_SHARE
    return Happening(
        number=next(draws.numbers),
        kind=kind,
        place=place,
        level=rng.choice(kind.levels),
        starts_at=starts_at,
        ends_at=starts_at + lasts,
        worsens_at=starts_at + lasts * rng.uniform(0.3, 0.7) if worsens else None,
        is_true=is_true,
    )


def _followers(draws: _Draws, first: Happening) -> Iterator[Happening]:
    """Yield a repetition at the same place, and one of the same kind beside it."""
    rng, profile = draws.rng, draws.profile
    if rng.random() < profile.repeat_share:
        pause = APART + timedelta(minutes=rng.uniform(1, 150))
        yield _follower(draws, first, first.place, first.ends_at + pause)
    if rng.random() < profile.neighbour_share:
        same_grid = [
            place
            for place in draws.district.places
            if place.micro_grid == first.place.micro_grid and place is not first.place
        ]
        starts_at = first.starts_at + timedelta(seconds=rng.uniform(0, 120))
        yield _follower(draws, first, rng.choice(same_grid), starts_at)


def _follower(draws: _Draws, first: Happening, place: Place, starts_at: datetime) -> Happening:
    latest = draws.profile.ends_at - timedelta(minutes=1)
    return replace(
        _draw(draws, first.kind, place, min(starts_at, latest), is_true=True), level=first.level
    )


def _add_power_cut(draws: _Draws) -> None:
    """Let all cameras of one street fail within a minute, in the middle of the day."""
    profile, rng = draws.profile, draws.rng
    street = rng.choice(draws.district.places).micro_grid[:9]
    starts_at = profile.starts_at + timedelta(hours=profile.hours * 0.6)
    number = next(draws.numbers)
    for place in draws.district.places:
        if place.micro_grid.startswith(street):
            cut = _draw(draws, OUTAGE, place, starts_at, is_true=True)
            draws.add(replace(cut, number=number, ends_at=starts_at + OUTAGE.lasts, is_outage=True))


def _draw_time(profile: Profile, rng: Random) -> datetime:
    """Draw a time of the day by the daily curve."""
    minutes = int(profile.hours * 60)
    weights = list(accumulate(_weight(profile.starts_at, minute) for minute in range(minutes)))
    minute = bisect(weights, rng.random() * weights[-1])
    return profile.starts_at + timedelta(minutes=minute, seconds=rng.uniform(0, 60))


def _weight(starts_at: datetime, minute: int) -> int:
    return HOURLY[(starts_at + LOCAL_OFFSET + timedelta(minutes=minute)).hour]
