"""Retrain the calibrations of a centre, and state what each threshold would cost."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api import wiring
from api.accuracy.fitting import queries
from api.accuracy.fitting.fit_thresholds import ChosenThresholds, Promise
from api.accuracy.fitting.retrain import AlertLoad, RetrainResult, retrain_due, try_thresholds
from api.accuracy.fitting.upkeep import promise_of
from api.settings import CentralSettings
from gridwatch.commands.output import print_json

Scenario = Annotated[str | None, typer.Option(help="Only this scenario. [all]", metavar="KEY")]
Data = Annotated[
    Path | None, typer.Option(help="Data folder of the centre. [GRIDWATCH_DATA, var/central]")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def retrain(*, data: Data = None, json: Json = False) -> None:
    """Fit all scenarios to their verdicts now; a running centre does so once a week."""
    results = asyncio.run(_retrain(CentralSettings.load(data=data)))
    if json:
        print_json([_retrained(result) for result in results])
        return
    for result in results:
        print("\n".join(_retrain_lines(result)))
    if not results:
        print("no scenario has alerts, or another process retrains now", file=sys.stderr)


def thresholds(*, scenario: Scenario = None, data: Data = None, json: Json = False) -> None:
    """State what each threshold would cost; nothing is stored."""
    settings = CentralSettings.load(data=data)
    promise = promise_of(settings)
    tests = asyncio.run(_try(settings, scenario))
    if json:
        print_json([_tested(*test, promise.of(test[0])) for test in tests])
        return
    for test in tests:
        print("\n".join(_test_lines(*test, promise.of(test[0]))))


async def _retrain(settings: CentralSettings) -> list[RetrainResult]:
    now = wiring.now()
    async with wiring.open_database(settings) as engine:
        return await retrain_due(engine, promise_of(settings), before=now, now=now)


_Test = tuple[str, ChosenThresholds, Sequence[AlertLoad]]


async def _try(settings: CentralSettings, scenario: str | None) -> list[_Test]:
    now, promise = wiring.now(), promise_of(settings)
    async with wiring.open_database(settings) as engine, engine.connect() as connection:
        known = [record.scenario for record in await queries.list_thresholds(connection)]
        return [
            (key, *await try_thresholds(connection, key, promise, now=now))
            for key in known
            if scenario is None or key == scenario
        ]


def _retrained(result: RetrainResult) -> dict[str, object]:
    fitted, chosen = result.fitted, result.chosen
    return {
        "scenario": result.scenario,
        "calibration": None
        if fitted is None
        else {
            "version": result.version,
            "is_shipped": fitted.is_shipped,
            "reason": fitted.reason,
            "n": fitted.n,
            "newest_week": msgspec.to_builtins(fitted.comparison),
        },
        "thresholds": {
            "push": chosen.thresholds.push,
            "low": chosen.thresholds.low,
            "moved": chosen.moves,
            "reason": chosen.reason,
            "n": chosen.n,
        },
    }


def _tested(
    scenario: str, chosen: ChosenThresholds, loads: Sequence[AlertLoad], promise: Promise
) -> dict[str, object]:
    return {
        "scenario": scenario,
        "promised_precision": promise.precision,
        "promised_recall": promise.min_recall,
        "n": chosen.n,
        "reason": chosen.reason,
        "push": chosen.thresholds.push,
        "low": chosen.thresholds.low,
        "options": [
            msgspec.to_builtins(option) | msgspec.to_builtins(load)
            for option, load in zip(chosen.options, loads, strict=True)
        ],
    }


def _retrain_lines(result: RetrainResult) -> Iterator[str]:
    fitted, chosen = result.fitted, result.chosen
    yield result.scenario
    if fitted is None:
        yield "  calibration  no verdicts"
    else:
        week = fitted.comparison
        verb = "shipped" if fitted.is_shipped else "not shipped"
        yield f"  calibration  version {result.version} {verb} ({fitted.reason}), n {fitted.n}"
        if week.brier_old is not None:
            yield (
                f"  newest week  n {week.n}, Brier {week.brier_old:.4f} to {week.brier_new:.4f}, "
                f"log loss {week.log_loss_old:.4f} to {week.log_loss_new:.4f}"
            )
    yield (
        f"  thresholds   push {chosen.thresholds.push:.3f}, low {chosen.thresholds.low:.3f} "
        f"({chosen.reason}), n {chosen.n}"
    )


def _test_lines(
    scenario: str, chosen: ChosenThresholds, loads: Sequence[AlertLoad], promise: Promise
) -> Iterator[str]:
    yield f"{scenario}: {chosen.n} audited incidents, {chosen.reason}"
    yield f"  has to keep: precision {promise.precision:.3f}, recall {promise.min_recall:.3f}"
    yield "   push  true/n            precision at least   recall  pushed/h  reviewed/h"
    for option, load in zip(chosen.options, loads, strict=True):
        recall = "     -" if option.recall is None else f"{100 * option.recall:5.1f}%"
        share = f"{option.n_true}/{option.n}"
        yield (
            f"  {option.push:.3f}  {share:<16}  {100 * option.precision_bound:17.1f}%  {recall}  "
            f"{load.pushed_per_hour:8.2f}  {load.reviewed_per_hour:10.2f}"
        )
