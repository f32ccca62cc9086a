"""Results of played cases, and the figures of a scenario that follow from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Literal

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What one play of a case gave.

    Args:
        mode: ``clean`` or ``noisy`` on the stage; ``footage`` for a real clip, ``composed`` for
            one with edits.
        expected: Number of alerts expected.
        matched: Number of these that opened.
        opened_after: From the start of the case to each alert that opened.
        failure: What differs from the expectation; empty if nothing does.
    """

    name: str
    mode: Literal["clean", "noisy", "footage", "composed"]
    expected: int
    matched: int
    opened_after: tuple[timedelta, ...]
    failure: str


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one scenario over its cases; pairs are ``(count, of all)``.

    Args:
        cases: Plays; clean, noisy, footage and composed ones each count as one.
        precision: Expected alerts, of all alerts that opened.
        recall: Expected alerts that opened, of all expected.
        time_to_alert_s: Median from the start of a case on the stage to its alerts; ``None``
            without alerts. Clips do not count: on them nobody knows when the event began.
    """

    cases: int
    passed: int
    precision: tuple[int, int]
    recall: tuple[int, int]
    time_to_alert_s: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of all scenarios that were tested, and the number of failed plays."""

    scenarios: dict[str, Figures]
    failed: int


def compute_figures(results: Sequence[CaseResult]) -> Figures:
    """Compute the figures of one scenario."""
    matched = sum(result.matched for result in results)
    on_stage = [result for result in results if result.mode in {"clean", "noisy"}]
    waits_s = [wait.total_seconds() for result in on_stage for wait in result.opened_after]
    return Figures(
        cases=len(results),
        passed=sum(not result.failure for result in results),
        precision=(matched, sum(len(result.opened_after) for result in results)),
        recall=(matched, sum(result.expected for result in results)),
        time_to_alert_s=median(waits_s) if waits_s else None,
    )


def build_report(results: Mapping[str, Sequence[CaseResult]]) -> Report:
    """Build the report of several scenarios from their results by key."""
    return Report(
        scenarios={key: compute_figures(of_key) for key, of_key in results.items()},
        failed=sum(bool(result.failure) for of_key in results.values() for result in of_key),
    )
