"""Run ``gridwatch scenario evaluate``: READ FIRST."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError
from gridwatch.workbench.evaluation.annotations.annotation import Span
from gridwatch.workbench.evaluation.evaluation import bind_watches, evaluate_clip
from gridwatch.workbench.evaluation.intervals import Interval, poisson_interval
from gridwatch.workbench.evaluation.scoring import (
    ScenarioFigures,
    WatchOutcome,
    compute_figures,
)
from gridwatch.workbench.evaluation.sweep import Sweep, rank_combinations
from gridwatch.workbench.evaluation.tables import scenario_rows, score_rows, sweep_rows
from gridwatch.workbench.evaluation.truth import REAL_CLIPS, read_truth
from gridwatch.workbench.loaded_models import LoadedModels, ModelNames
from gridwatch.workbench.replay.alert_summary import AlertSummary
from gridwatch.workbench.replay.replay_options import find_recording
from models.catalogue.progress import ConsoleProgress
from models.errors import NotFetchedError
from scenarios.definition.scenario_type import ScenarioType


class FalseAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert without a happening, to be looked at."""

    clip: str
    alert: AlertSummary


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """A happening without an alert."""

    clip: str
    scenario: str
    happening: Span


class EvaluationResult(msgspec.Struct, frozen=True, kw_only=True):
    """The output of ``--json``.

    Args:
        model: Name of the model, and of those beside it.
        skipped: Clips of the truth that are not on this machine, if no clips were named.
        false: False alerts of all scenarios.
        camera_hours: Length of all clips together, each one camera with all its scenarios.
        false_per_hour: Garwood's exact 95 % interval; ``None`` if nothing was played.
    """

    model: str
    clips: int
    skipped: list[str]
    false: int
    camera_hours: float
    false_per_hour: Interval | None
    scenarios: dict[str, ScenarioFigures]
    false_alerts: list[FalseAlert]
    misses: list[Miss]


def run_evaluate_command(
    clips: Sequence[str],
    scenario_types: Mapping[str, ScenarioType],
    *,
    truth_file: Path | None,
    scenario_keys: Sequence[str],
    names: ModelNames,
    json: bool,
    sweep: Sequence[str] = (),
) -> None:
    """Play the clips, compare with the truth and print the figures of each scenario.

    Args:
        clips: Files or names of footage; empty for all clips of the truth on this machine.
        truth_file: By default that of the clips in the list of footage.
        scenario_keys: Only these; empty for all.
        names: The models to play them with.
        sweep: ``parameter=a,b,c``, for one scenario: compare all combinations of the values.

    Raises:
        UsageError: A clip, the truth or a key is invalid.
    """
    truth = read_truth(truth_file or REAL_CLIPS)
    watched = {
        clip: [w for w in truth.watches(clip) if not scenario_keys or w.scenario in scenario_keys]
        for clip in clips or truth.clips
    }
    combinations = _parse_sweep(sweep, scenario_keys, scenario_types)
    if combinations:
        watched = {clip: combinations.make_watches(of_clip) for clip, of_clip in watched.items()}
    bound = {clip: bind_watches(watches, scenario_types) for clip, watches in watched.items()}
    models = LoadedModels.load(names, ConsoleProgress())
    variants = len(combinations.combinations) if combinations else 1
    outcomes: list[WatchOutcome] = []
    skipped: list[str] = []
    for clip, watches in watched.items():
        if not watches:
            continue
        try:
            video = find_recording(clip, ConsoleProgress())
        except (NotFetchedError, UsageError):
            if clips:
                raise
            skipped.append(clip)
            continue
        print(f"{clip}: {len(watches)} watched", file=sys.stderr)
        outcomes += evaluate_clip(video, watches, bound[clip], models, clip=clip, variants=variants)
    if combinations:
        points = rank_combinations(combinations, outcomes)
        if json:
            print_json(msgspec.to_builtins(points))
        else:
            print("\n".join(sweep_rows(points)))
        return
    result = summarise(outcomes, model=models.description, skipped=skipped)
    print_json(msgspec.to_builtins(result)) if json else _print_result(result)


def summarise(
    outcomes: Sequence[WatchOutcome], *, model: str, skipped: Sequence[str] = ()
) -> EvaluationResult:
    """Put the outcomes together by scenario."""
    by_key: dict[str, list[WatchOutcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.scenario):
        by_key.setdefault(outcome.scenario, []).append(outcome)
    hours = sum({outcome.clip: outcome.clip_s for outcome in outcomes}.values()) / 3600
    matched = [(outcome, outcome.match()) for outcome in outcomes]
    false = sum(len(match.false) for _, match in matched)
    return EvaluationResult(
        model=model,
        clips=len({outcome.clip for outcome in outcomes}),
        skipped=list(skipped),
        false=false,
        camera_hours=round(hours, 4),
        false_per_hour=poisson_interval(false, hours) if hours else None,
        scenarios={key: compute_figures(of_key) for key, of_key in by_key.items()},
        false_alerts=[
            FalseAlert(clip=o.clip, alert=a) for o, match in matched for a in match.false
        ],
        misses=[
            Miss(clip=o.clip, scenario=o.scenario, happening=span)
            for o, match in matched
            for span in match.missed
        ],
    )


def _parse_sweep(
    texts: Sequence[str], keys: Sequence[str], scenario_types: Mapping[str, ScenarioType]
) -> Sweep | None:
    if not texts:
        return None
    if len(keys) != 1:
        raise UsageError("--sweep: name the scenario with --scenario KEY")
    return Sweep.parse(texts, scenario_types[keys[0]])


def _print_result(result: EvaluationResult) -> None:
    print("\n".join(scenario_rows(result.scenarios)), end="\n\n")
    print("\n".join(score_rows(result.scenarios)), end="\n\n")
    for miss in result.misses:
        print(f"missed: {miss.scenario} on {miss.clip}, {miss.happening[0]:g} s")
    for each in result.false_alerts:
        alert = each.alert
        print(f"false: {alert.scenario} on {each.clip}, {alert.opened_s:.1f} s: {alert.because.en}")
    skipped = f", {len(result.skipped)} skipped: not on this machine" if result.skipped else ""
    print(f"{result.clips} clips with {result.model}{skipped}")
    if result.false_per_hour:
        low, high = result.false_per_hour
        print(
            f"{result.false} false alerts of all scenarios in {result.camera_hours:.2f} "
            f"camera-hours: {low:.1f} to {high:.1f} an hour"
        )
