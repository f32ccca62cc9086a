"""Turn a happening into what cameras report: several alerts, flapping and worsening."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gridwatch.simulation.world.model import Camera, Happening, Report
from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.text import Text

ZONE = "whole-view"
SECOND_CAMERA_SHARE = 0.7
"""How often a further camera of the place sees a happening."""
SECOND_SCENARIO_SHARE = 0.35
"""How often a further scenario of the family does."""
FLAPPING_SHARE = 0.12
"""How often an alert closes and opens again while the happening goes on."""
REPORT_EVERY = timedelta(minutes=5)
TRUE_SCORE, FALSE_SCORE = (9.0, 2.2), (3.0, 4.0)
"""Parameters of the beta distributions of scores; they overlap, as in the field."""


@dataclass(frozen=True, slots=True)
class _Episode:
    """One alert from its opening to its end."""

    happening: Happening
    camera: Camera
    scenario: str
    score: float
    opened_at: datetime
    closed_at: datetime


def draw_reports(happening: Happening, rng: Random) -> list[Report]:
    """Draw all revisions of all alerts of a happening, by the time they are decided."""
    reports = [
        report
        for camera in _seeing_cameras(happening, rng)
        for scenario in _seeing_scenarios(happening, rng)
        for episode in _episodes(happening, camera, scenario, rng)
        for report in _revisions(episode)
    ]
    return sorted(reports, key=lambda report: (report.at, report.alert.id))


def _seeing_cameras(happening: Happening, rng: Random) -> list[Camera]:
    """Return the cameras that see a happening: of a power cut all, of a false alert one."""
    first, *others = happening.place.cameras
    if happening.is_outage:
        return [first, *others]
    if not happening.is_true:
        return [rng.choice(happening.place.cameras)]
    return [first, *(camera for camera in others if rng.random() < SECOND_CAMERA_SHARE)]


def _seeing_scenarios(happening: Happening, rng: Random) -> list[str]:
    first, *others = happening.kind.scenarios
    if not happening.is_true:
        return [rng.choice(happening.kind.scenarios)]
    return [first, *(scenario for scenario in others if rng.random() < SECOND_SCENARIO_SHARE)]


def _episodes(
    happening: Happening, camera: Camera, scenario: str, rng: Random
) -> Iterator[_Episode]:
    """Yield the alerts of one camera and scenario: one, or several if it flaps."""
    alpha, beta = TRUE_SCORE if happening.is_true else FALSE_SCORE
    delay = rng.uniform(0, 10) if happening.is_outage else rng.uniform(1, 40)
    opened_at = happening.starts_at + timedelta(seconds=delay)
    ends_at = happening.ends_at + timedelta(seconds=rng.uniform(2, 20))
    flaps = happening.is_true and not happening.is_outage and rng.random() < FLAPPING_SHARE
    while opened_at < ends_at:
        closed_at = ends_at
        if flaps:
            closed_at = min(ends_at, opened_at + timedelta(seconds=rng.uniform(30, 180)))
        score = min(max(rng.betavariate(alpha, beta), 0.02), 0.98)
        yield _Episode(happening, camera, scenario, score, opened_at, closed_at)
        opened_at = closed_at + timedelta(seconds=rng.uniform(15, 120))


def _revisions(episode: _Episode) -> Iterator[Report]:
    """Yield the revisions of an alert: opened, updated as it lasts or worsens, closed."""
    happening = episode.happening
    times = [episode.opened_at]
    while (time := times[-1] + REPORT_EVERY) < episode.closed_at:
        times.append(time)
    worsens_at = happening.worsens_at
    if worsens_at and episode.opened_at < worsens_at < episode.closed_at:
        times = sorted([*times, worsens_at])
    for rev, at in enumerate([*times, episode.closed_at], 1):
        level = Level.CRITICAL if worsens_at and at >= worsens_at else happening.level
        alert = _alert(episode, rev, at, level)
        yield Report(at=at, camera=episode.camera, alert=alert, happening=happening.number)


def _alert(episode: _Episode, rev: int, at: datetime, level: Level) -> Alert:
    camera, is_over = episode.camera, at == episode.closed_at
    change = Change.CLOSED if is_over else Change.OPENED if rev == 1 else Change.UPDATED
    episode_key = f"{camera.node}|{episode.scenario}|{camera.name}|{ZONE}"
    return Alert(
        id=make_alert_id(episode_key, episode.opened_at),
        rev=rev,
        change=change,
        scenario=episode.scenario,
        scenario_rev=1,
        camera=camera.name,
        zone=ZONE,
        subject=None,
        level=level,
        score=episode.score,
        opened_at=episode.opened_at,
        observed_at=at,
        closed_at=at if is_over else None,
        close_reason=CloseReason.CLEARED if is_over else None,
        measures={"duration_s": (at - episode.opened_at).total_seconds()},
        message=Text(zh=f"{episode.scenario}（模拟）", en=f"{episode.scenario} (simulated)"),
        boxes=(Box(0.3, 0.3, 0.2, 0.4),),
    )
