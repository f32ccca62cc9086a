"""Real clips and what is composed of them: what must come of them, and what came."""

from collections.abc import Iterable
from datetime import timedelta

from pipeline.alert import Alert, Change
from pipeline.geometry.shapes import Place, Point, Zone, place
from scenarios.testing.cases import FootageCase
from scenarios.testing.replay import Played
from scenarios.testing.stage import BEGIN

Span = tuple[float, float]


def zone_of(case: FootageCase, name: str = "footage") -> Place:
    """The zone or line of a case; the whole frame for one without corners."""
    corners = [Point(*corner) for corner in case.zone]
    return place(name, corners) if corners else Zone.whole(name)


def name_of(case: FootageCase) -> str:
    """What was played: the clip, what was done to it, and whether its ground is marked."""
    done = [type(edit).__name__.lower() for edit in case.edits]
    return ", ".join([case.clip, *done, *(["marked ground"] if case.marks else [])])


def spans(alerts: Iterable[Alert]) -> list[Span]:
    """From when to when each alert was open, in seconds of the clip, in order of opening."""
    closed = [alert for alert in alerts if alert.change is Change.CLOSED]
    return sorted(
        ((a.opened_at - BEGIN).total_seconds(), (a.observed_at - BEGIN).total_seconds())
        for a in closed
    )


def judge(case: FootageCase, came: list[Span]) -> Played:
    """Compare when alerts were open with what the case expects."""
    expected = sorted(case.expects)
    left = list(came)
    for wanted in expected:
        fits = [span for span in left if _apart(span, wanted) <= case.tolerance]
        if fits:
            left.remove(min(fits, key=lambda span: _apart(span, wanted)))
    good = len(came) - len(left)
    return Played(
        name=name_of(case),
        how="composed" if case.edits else "footage",
        opens=len(expected),
        good=good,
        to_alert=tuple(timedelta(seconds=opened) for opened, _ in came),
        wrong="" if good == len(expected) and not left else _words(came, expected),
    )


def _apart(one: Span, other: Span) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _words(came: list[Span], expected: list[Span]) -> str:
    return f"open {_listed(came)} instead of {_listed(expected)}"


def _listed(found: list[Span]) -> str:
    return ", ".join(f"{a:g} to {b:g} s" for a, b in found) or "never"
