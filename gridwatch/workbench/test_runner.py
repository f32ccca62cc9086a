"""Run ``gridwatch scenario test``: play every case and print the results as they come."""

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


def run_tests(scenario_types: Sequence[ScenarioType], *, footage: bool, json: bool) -> bool:
    """Play all cases of the scenarios and print the report; return whether all passed."""
    stream = sys.stderr if json else sys.stdout
    results: dict[str, list[CaseResult]] = {kind.key: [] for kind in scenario_types}
    skipped = 0
    on_footage = verification.play_footage_cases(scenario_types) if footage else ()
    for key, result in chain(verification.play_stage_cases(scenario_types), on_footage):
        _print_result(key, result, stream)
        if isinstance(result, CaseResult):
            results[key].append(result)
        else:
            skipped += 1
    report = build_report(results)
    if skipped and verification.is_skipping_forbidden():
        report = msgspec.structs.replace(report, failed=report.failed + skipped)
    if footage and not skipped:
        results_cache.store_figures(scenario_types, report.scenarios)
    print_json(msgspec.to_builtins(report)) if json else _print_report(report, skipped)
    return not report.failed


def run_parameter_sweep(
    scenario_types: Sequence[ScenarioType], sweep_text: str, *, footage: bool, json: bool
) -> None:
    """Count the alerts that each value of one parameter gives.

    Args:
        scenario_types: Exactly one scenario.
        sweep_text: ``parameter=from:to:count``.
        footage: Play the clips of this machine too.
        json: Print one JSON document instead of a chart.

    Raises:
        UsageError: Not exactly one scenario is named, or the values are not allowed.
    """
    if len(scenario_types) != 1:
        raise UsageError("--sweep: name one scenario")
    [kind] = scenario_types
    sweep = ParameterSweep.parse(sweep_text, kind)
    points = run_sweep(kind, sweep, footage=footage)
    if json:
        values = msgspec.to_builtins(points)
        print_json({"scenario": kind.key, "parameter": sweep.setting.name, "values": values})
        return
    for line in draw_chart(kind, sweep, points):
        print(line)


def _print_result(key: str, result: CaseResult | str, stream: TextIO) -> None:
    if isinstance(result, str):
        print(f"-     {key}: {result}", file=stream)
        return
    mark = "FAILS" if result.failure else "ok"
    reason = f": {result.failure}" if result.failure else ""
    print(f"{mark:5} {key}: {result.name} ({result.mode}){reason}", file=stream)


def _print_report(report: Report, skipped: int) -> None:
    for key, figures in report.scenarios.items():
        precision, recall = (
            "/".join(map(str, pair)) for pair in (figures.precision, figures.recall)
        )
        wait = "-" if figures.time_to_alert_s is None else f"{figures.time_to_alert_s:g} s"
        print(
            f"{key}: {figures.passed}/{figures.cases} plays, precision {precision}, "
            f"recall {recall}, median time to alert {wait}"
        )
    skipped_note = f", {skipped} footage cases skipped" if skipped else ""
    print(f"{report.failed} failed{skipped_note}")
