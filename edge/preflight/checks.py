"""What a preflight tells, and how its checks run beside each other with one deadline."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """How it stands with a part of the box."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    """The box would work, and somebody should know."""
    BAD = "bad"
    """The box would not do what it is for."""
    UNTRIED = "untried"
    """Only the file was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of the table.

    Args:
        part: Of the box: ``broker``, ``camera north-gate``.
        what: Which one it is: an address without its login, a name, a folder.
        note: What was seen, in figures where there are any.
        mend: What to do about it; empty only where all is good.
    """

    part: str
    what: str
    note: str
    verdict: CheckStatus = CheckStatus.GOOD
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something to be tried.

    Args:
        run: Tries it; must not raise for what can go wrong out there.
        mend: What to do when it gives no answer in time.
    """

    part: str
    what: str
    run: Callable[[], Sequence[Finding]]
    mend: str


def run_checks(checks: Iterable[Check], *, deadline: float) -> list[Finding]:
    """Run all checks at once; one without an answer after ``deadline`` seconds is bad.

    Returns:
        Findings in the order of their checks.
    """
    asked = list(checks)
    crew = ThreadPoolExecutor(max(len(asked), 1), thread_name_prefix="preflight")
    answers = [crew.submit(check.run) for check in asked]
    wait(answers, timeout=deadline)
    crew.shutdown(wait=False, cancel_futures=True)
    found: list[Finding] = []
    for check, answer in zip(asked, answers, strict=True):
        found += answer.result() if answer.done() else [_silent(check, deadline)]
    return found


def _silent(check: Check, deadline: float) -> Finding:
    return Finding(
        part=check.part,
        what=check.what,
        note=f"no answer within {deadline:g} s",
        verdict=CheckStatus.BAD,
        mend=check.mend,
    )
