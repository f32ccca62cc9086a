"""``gridwatch scenario test``: every case played, and told as it goes."""

import sys
from collections.abc import Sequence
from itertools import chain
from typing import TextIO

import msgspec

from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError
from gridwatch.workbench import results_cache, verification
from gridwatch.workbench.replay.parameter_sweep import ParameterSweep, draw_chart, run_sweep
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.results import CaseResult, Report, build_report

Kinds = Sequence[ScenarioType]


def run_tests(kinds: Kinds, *, footage: bool, json: bool) -> bool:
    """Play all cases of ``kinds``; tells whether none has failed."""
    to = sys.stderr if json else sys.stdout
    plays: dict[str, list[CaseResult]] = {kind.key: [] for kind in kinds}
    skipped = 0
    clips = verification.play_footage_cases(kinds) if footage else ()
    for key, played in chain(verification.play_stage_cases(kinds), clips):
        _show(key, played, to)
        if isinstance(played, CaseResult):
            plays[key].append(played)
        else:
            skipped += 1
    found = build_report(plays)
    if skipped and verification.is_skipping_forbidden():
        found = msgspec.structs.replace(found, failed=found.failed + skipped)
    if footage and not skipped:
        results_cache.store_figures(kinds, found.scenarios)
    print_json(msgspec.to_builtins(found)) if json else _sum_up(found, skipped)
    return not found.failed


def run_parameter_sweep(kinds: Kinds, asked: str, *, footage: bool, json: bool) -> None:
    """Try values of one parameter of one scenario.

    Raises:
        UsageError: It is not one scenario, or the values are not allowed.
    """
    if len(kinds) != 1:
        raise UsageError("--sweep: name one scenario")
    [kind] = kinds
    tried = ParameterSweep.parse(asked, kind)
    found = run_sweep(kind, tried, footage=footage)
    if json:
        values = msgspec.to_builtins(found)
        print_json({"scenario": kind.key, "parameter": tried.setting.name, "values": values})
        return
    for line in draw_chart(kind, tried, found):
        print(line)


def _show(key: str, played: CaseResult | str, to: TextIO) -> None:
    if isinstance(played, str):
        print(f"-     {key}: {played}", file=to)
        return
    mark = "FAILS" if played.failure else "ok"
    reason = f": {played.failure}" if played.failure else ""
    print(f"{mark:5} {key}: {played.name} ({played.mode}){reason}", file=to)


def _sum_up(found: Report, skipped: int) -> None:
    for key, figures in found.scenarios.items():
        precision, recall = (
            "/".join(map(str, pair)) for pair in (figures.precision, figures.recall)
        )
        wait = "-" if figures.time_to_alert_s is None else f"{figures.time_to_alert_s:g} s"
        print(
            f"{key}: {figures.passed}/{figures.cases} plays, precision {precision}, "
            f"recall {recall}, median time to alert {wait}"
        )
    left_out = f", {skipped} clips skipped" if skipped else ""
    print(f"{found.failed} failed{left_out}")
