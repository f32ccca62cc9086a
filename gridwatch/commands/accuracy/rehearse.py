"""``gridwatch accuracy rehearse``: the loop from alert to threshold on real footage."""

import asyncio
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from api import wiring
from api.accuracy.fitting.fit_thresholds import Promise
from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError
from gridwatch.workbench import library

if TYPE_CHECKING:  # these need `edge`, which a centre alone lacks
    from gridwatch.workbench.rehearsal.clip_alerts import ClipAlert
    from gridwatch.workbench.rehearsal.figures import RehearsalFigures

ALERTS_FILE = "gridwatch-clip-alerts.json"


def rehearse(  # noqa: PLR0913  # options of a command, each by its name
    *,
    weeks: Annotated[int, typer.Option(min=2, max=26, help="Simulated weeks.")] = 4,
    per_day: Annotated[int, typer.Option(min=1, max=300, help="Alerts a day.")] = 48,
    precision: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Share of pushes that must be true.")
    ] = 0.9,
    recall: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Share of true incidents that are seen.")
    ] = 0.95,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="Only this scenario; can be repeated. [all]", metavar="KEY"),
    ] = None,
    alerts: Annotated[
        Path | None,
        typer.Option(help="Alerts and truth of the clips, computed if the file is missing. [temp]"),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve the console at the end, until Ctrl-C.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="Port of the console. [a free one]")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Play the alerts of real clips for weeks, let scripted people judge them, and retrain.

    A broker, a PostgreSQL and a centre of its own on simulated time. The clips are few: each
    alert comes many times, so that the verdicts are less than independent.
    """
    from gridwatch.workbench.rehearsal import rehearse as rehearsal  # noqa: PLC0415  # needs `edge`

    file = alerts or Path(tempfile.gettempdir()) / ALERTS_FILE
    found = [
        alert for alert in _clip_alerts(file) if not scenario or alert.alert.scenario in scenario
    ]
    if not found:
        raise UsageError(f"--scenario: no clip has an alert of {', '.join(scenario or ())}")
    plan = rehearsal.Plan(
        ends_at=wiring.now(),
        weeks=weeks,
        per_day=per_day,
        promise=Promise(precision=precision, min_recall=recall),
    )

    def print_figures(figures: "RehearsalFigures") -> None:
        if json:
            print_json(msgspec.to_builtins(figures))
        else:
            print("\n".join(_lines(figures)), flush=True)

    async def serve_console(url: str, figures: "RehearsalFigures") -> None:
        print_figures(figures)
        _report(f"{url}/accuracy  (OP-01, SV-01 or AU-01; password gridwatch); Ctrl-C ends it")
        await asyncio.Event().wait()

    run = rehearsal.rehearse(
        found, plan, report=_report, port=port, serve=serve_console if serve else None
    )
    if serve:
        with suppress(KeyboardInterrupt):
            asyncio.run(run)
    else:
        print_figures(asyncio.run(run))


def _clip_alerts(file: Path) -> "list[ClipAlert]":
    from gridwatch.workbench.evaluation.truth import REAL_CLIPS, read_truth  # noqa: PLC0415
    from gridwatch.workbench.rehearsal import clip_alerts  # noqa: PLC0415  # needs `edge`
    from models import detector as detectors  # noqa: PLC0415
    from models.catalogue.progress import ConsoleProgress  # noqa: PLC0415

    if not file.exists():
        detector = detectors.load_detector(None, progress=ConsoleProgress())
        found = clip_alerts.compute_clip_alerts(
            read_truth(REAL_CLIPS), library.load_library(), detector, report=_report
        )
        file.write_bytes(msgspec.json.encode(found))
    return clip_alerts.read_clip_alerts(file)


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _lines(figures: "RehearsalFigures") -> list[str]:
    played = f"{figures.clip_alerts} alerts of {figures.clips} clips"
    kept = f"promise {figures.target_precision:.3f}, recall {figures.min_recall:.3f}"
    lines = [
        f"{played}, {figures.clip_alerts_false} false, on {figures.cameras} cameras; {kept}",
        "week  verdicts  incidents  pushed  false  precision        true seen  reviewed",
    ]
    for week in figures.weeks:
        interval = "-" if week.precision is None else "{:.0%} to {:.0%}".format(*week.precision)
        lines.append(
            f"{week.week:4}  {week.verdicts:8}  {week.incidents:9}  {week.pushed:6}  "
            f"{week.pushed_false:5}  {interval:15}  {f'{week.seen_true}/{week.true}':>9}  "
            f"{week.reviewed:8}"
        )
    lines += [
        f"{row.scenario}: push {row.push:.3f}, low {row.low:.3f}, n {row.n or 0} ({row.reason})"
        for row in figures.thresholds
    ]
    return lines
