"""Real clips through the real core: what must come of them, and what came."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pipeline.alert import Alert, Change, CloseReason
from pipeline.frame import Frame
from pipeline.geometry import Point, Zone
from pipeline.ports import Detector
from pipeline.run import CameraPipeline
from scenarios.cases import FootageCase
from scenarios.replay import Played
from scenarios.scenario_type import ScenarioType
from scenarios.settings import Parameters

BEGIN = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
"""When every clip begins."""

Span = tuple[float, float]


def prove(
    kind: ScenarioType[Parameters], case: FootageCase, detector: Detector, frames: Iterable[Frame]
) -> Played:
    """Play a clip whose first frame was taken at ``BEGIN``, and compare.

    Raises:
        SettingsError: The case sets what the scenario does not have or allow.
        BlindError: The detector sees nothing that the scenario watches for.
    """
    corners = tuple(Point(*corner) for corner in case.zone)
    zones = [Zone("footage", corners)] if corners else []
    pipeline = CameraPipeline(
        origin="stage/stage/stage",
        camera="footage",
        detector=detector,
        scenarios=[kind.bind(zones, case.settings)],
    )
    alerts: list[Alert] = []
    last = BEGIN
    for frame in frames:
        alerts += pipeline.push(frame)
        last = frame.at
    alerts += pipeline.end(last, CloseReason.SOURCE_ENDED)
    return judge(case, spans(alerts))


def spans(alerts: Iterable[Alert]) -> list[Span]:
    """From when to when each alert was open, in seconds of the clip, in order of opening."""
    closed = [alert for alert in alerts if alert.change is Change.CLOSED]
    return sorted((_seconds(alert.opened_at), _seconds(alert.observed_at)) for alert in closed)


def judge(case: FootageCase, came: list[Span]) -> Played:
    """Compare when alerts were open with what the case expects."""
    expected = sorted(case.expects)
    off = [
        max(abs(a - b) for a, b in zip(one, other, strict=True))
        for one, other in zip(came, expected, strict=False)
    ]
    good = len(came) == len(expected) and all(seconds <= case.tolerance for seconds in off)
    return Played(
        name=case.clip,
        how="footage",
        opens=len(expected),
        to_alert=tuple(timedelta(seconds=opened) for opened, _ in came),
        wrong="" if good else f"open {_words(came)} instead of {_words(expected)}",
    )


def _seconds(at: datetime) -> float:
    return (at - BEGIN).total_seconds()


def _words(found: list[Span]) -> str:
    return ", ".join(f"{a:g} to {b:g} s" for a, b in found) or "never"
