"""What the cases of a scenario have shown, as figures with their n."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

import msgspec

from scenarios.testing.case_player import CaseResult


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How a scenario does on its cases; pairs are ``(good, of all)``.

    Args:
        cases: Plays: clean, noisy, footage and composed counted each.
        precision: Alerts that were expected, of all alerts.
        recall: Expected alerts that came, of all expected.
        time_to_alert_s: Median from the beginning of a case on the stage to its alerts, clips
            left out: their hazards begin somewhere; ``None`` for none.
    """

    cases: int
    passed: int
    precision: tuple[int, int]
    recall: tuple[int, int]
    time_to_alert_s: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of all scenarios that were tested, and how many plays failed."""

    scenarios: dict[str, Figures]
    failed: int


def compute_figures(plays: Sequence[CaseResult]) -> Figures:
    """Count what came of the cases of one scenario."""
    expected = sum(played.expected for played in plays)
    came = sum(len(played.opened_after) for played in plays)
    good = sum(played.matched for played in plays)
    staged = [played for played in plays if played.mode in {"clean", "noisy"}]
    waits: list[timedelta] = [wait for played in staged for wait in played.opened_after]
    return Figures(
        cases=len(plays),
        passed=sum(not played.failure for played in plays),
        precision=(good, came),
        recall=(good, expected),
        time_to_alert_s=median(wait.total_seconds() for wait in waits) if waits else None,
    )


def build_report(plays: dict[str, list[CaseResult]]) -> Report:
    """Put the figures of several scenarios together."""
    return Report(
        scenarios={key: compute_figures(played) for key, played in plays.items()},
        failed=sum(bool(played.failure) for all_of_one in plays.values() for played in all_of_one),
    )
