"""Preflight checks and their findings; all checks run at once, with one deadline."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """The result of a check."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    """The node would work, but with a weakness that the installer should know."""
    BAD = "bad"
    """The node would not do its work."""
    UNTRIED = "untried"
    """Only the configuration file was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of the preflight table.

    Args:
        part: Part of the node, such as ``broker`` or ``camera north-gate``.
        what: What was checked: an address without credentials, a name or a folder.
        note: What was found, with figures where there are any.
        remedy: What to do about it; empty only if the status is ``good`` or ``untried``.
    """

    part: str
    what: str
    note: str
    status: CheckStatus = CheckStatus.GOOD
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding for JSON output.

        ``verdict`` and ``mend`` repeat ``status`` and ``remedy`` under their former names, for
        one version.
        """
        return {**asdict(self), "verdict": self.status, "mend": self.remedy}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check to run.

    Args:
        run: Performs the check; must not raise for faults of what it checks.
        remedy: What to do if the check does not finish in time.
    """

    part: str
    what: str
    run: Callable[[], Sequence[Finding]]
    remedy: str


def run_checks(checks: Iterable[Check], *, deadline: float) -> list[Finding]:
    """Run all checks at once; one that takes longer than ``deadline`` seconds is bad.

    Returns:
        The findings in the order of their checks.
    """
    pending = list(checks)
    executor = ThreadPoolExecutor(max(len(pending), 1), thread_name_prefix="preflight")
    futures = [executor.submit(check.run) for check in pending]
    wait(futures, timeout=deadline)
    executor.shutdown(wait=False, cancel_futures=True)
    findings: list[Finding] = []
    for check, future in zip(pending, futures, strict=True):
        findings += future.result() if future.done() else [_timed_out(check, deadline)]
    return findings


def _timed_out(check: Check, deadline: float) -> Finding:
    return Finding(
        part=check.part,
        what=check.what,
        note=f"no answer within {deadline:g} s",
        status=CheckStatus.BAD,
        remedy=check.remedy,
    )
