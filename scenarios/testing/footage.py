"""Real clips and what is composed of them: what must come of them, and what came."""

from collections.abc import Iterable
from datetime import timedelta

from pipeline.alert import Alert, Change
from pipeline.geometry.shapes import Point, Zone, ZoneOrLine, make_zone_or_line
from scenarios.testing.case_player import CaseResult
from scenarios.testing.cases import FootageCase
from scenarios.testing.stage import START

Span = tuple[float, float]


def footage_zone(case: FootageCase, name: str = "footage") -> ZoneOrLine:
    """The zone or line of a case; the whole frame for one without corners."""
    corners = [Point(*corner) for corner in case.zone]
    return make_zone_or_line(name, corners) if corners else Zone.full_frame(name)


def describe_clip(case: FootageCase) -> str:
    """What was played: the clip, what was done to it, and whether its ground is marked."""
    done = [type(edit).__name__.lower() for edit in case.edits]
    return ", ".join([case.clip, *done, *(["marked ground"] if case.marks else [])])


def alert_spans(alerts: Iterable[Alert]) -> list[Span]:
    """From when to when each alert was open, in seconds of the clip, in order of opening."""
    closed = [alert for alert in alerts if alert.change is Change.CLOSED]
    return sorted(
        ((a.opened_at - START).total_seconds(), (a.observed_at - START).total_seconds())
        for a in closed
    )


def check_spans(case: FootageCase, came: list[Span]) -> CaseResult:
    """Compare when alerts were open with what the case expects."""
    expected = sorted(case.expects)
    left = list(came)
    for wanted in expected:
        fits = [span for span in left if _max_offset(span, wanted) <= case.tolerance_s]
        if fits:
            left.remove(min(fits, key=lambda span: _max_offset(span, wanted)))
    good = len(came) - len(left)
    return CaseResult(
        name=describe_clip(case),
        mode="composed" if case.edits else "footage",
        expected=len(expected),
        matched=good,
        opened_after=tuple(timedelta(seconds=opened) for opened, _ in came),
        failure="" if good == len(expected) and not left else _words(came, expected),
    )


def _max_offset(one: Span, other: Span) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _words(came: list[Span], expected: list[Span]) -> str:
    return f"open {_listed(came)} instead of {_listed(expected)}"


def _listed(found: list[Span]) -> str:
    return ", ".join(f"{a:g} to {b:g} s" for a, b in found) or "never"
