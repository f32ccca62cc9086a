"""Compare the alerts on a real clip with what its case expects; the workbench plays the clips."""

from collections.abc import Iterable
from datetime import timedelta

from pipeline.alert import Alert, Change
from pipeline.geometry.shapes import Point, Zone, ZoneOrLine, make_zone_or_line
from scenarios.testing.cases import FootageCase
from scenarios.testing.results import CaseResult
from scenarios.testing.stage import START

Span = tuple[float, float]
"""When an alert opened and closed, in seconds of the clip."""


def footage_zone(case: FootageCase, name: str = "footage") -> ZoneOrLine:
    """Return the zone or line of a case; the whole frame if it has none."""
    corners = [Point(*corner) for corner in case.zone]
    return make_zone_or_line(name, corners) if corners else Zone.full_frame(name)


def describe_clip(case: FootageCase) -> str:
    """Return the clip, its edits, and whether its ground is marked, as one line."""
    edits = [type(edit).__name__ for edit in case.edits]
    return ", ".join([case.clip, *edits, *(["marked ground"] if case.marks else [])])


def alert_spans(alerts: Iterable[Alert]) -> list[Span]:
    """Return when each closed alert was open, in order of opening."""
    closed = [alert for alert in alerts if alert.change is Change.CLOSED]
    return sorted(
        ((a.opened_at - START).total_seconds(), (a.observed_at - START).total_seconds())
        for a in closed
    )


def check_spans(case: FootageCase, spans: list[Span]) -> CaseResult:
    """Compare when alerts were open with what the case expects."""
    expected = sorted(case.expects)
    unmatched = list(spans)
    for wanted in expected:
        near = [span for span in unmatched if _max_offset(span, wanted) <= case.tolerance_s]
        if near:
            unmatched.remove(min(near, key=lambda span: _max_offset(span, wanted)))
    matched = len(spans) - len(unmatched)
    is_right = matched == len(expected) and not unmatched
    return CaseResult(
        name=describe_clip(case),
        mode="composed" if case.edits else "footage",
        expected=len(expected),
        matched=matched,
        opened_after=tuple(timedelta(seconds=opened) for opened, _ in spans),
        failure="" if is_right else f"open {_list(spans)} instead of {_list(expected)}",
    )


def _max_offset(span: Span, other: Span) -> float:
    return max(abs(a - b) for a, b in zip(span, other, strict=True))


def _list(spans: list[Span]) -> str:
    return ", ".join(f"{a:g} to {b:g} s" for a, b in spans) or "never"
