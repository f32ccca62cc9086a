"""``gridwatch scenario list``: what there is, what a site may set, and how well it is proven."""

from collections.abc import Sequence

import msgspec
from rich.console import Console

from gridwatch.workbench import results_cache
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.results import Figures

Type = ScenarioType


def listing_rows(kinds: Sequence[Type]) -> list[dict[str, object]]:
    """Make an object for each scenario; ``figures`` is null until its file has been tested."""
    figures = results_cache.load_figures(kinds)
    return [_row(kind, figures.get(kind.key)) for kind in kinds]


def print_listing(kinds: Sequence[Type]) -> None:
    """Print three lines for each scenario."""
    figures = results_cache.load_figures(kinds)
    console = Console(highlight=False, soft_wrap=True)
    for kind in kinds:
        console.print(f"[bold]{kind.key}[/]  {kind.title.zh}  {kind.title.en}")
        duty, spec = kind.duty.display_name, kind.spec
        zone = f"{kind.zone_kind} (required)" if kind.zone_required else kind.zone_kind
        traits = (f"{duty.zh} {duty.en}", spec.level, zone, kind.evidence)
        console.print("  " + " · ".join((*traits, _proof(figures.get(kind.key)))))
        settings = (f"{s.name} {s.default:g} {s.unit}".rstrip() for s in kind.settings)
        console.print("  [dim]" + ", ".join(settings) + "[/]")


def _proof(figures: Figures | None) -> str:
    if figures is None:
        return "not tested as it is now"
    (good, came), (found, expected) = figures.precision, figures.recall
    return f"precision {good}/{came}, recall {found}/{expected}"


def _row(kind: Type, figures: Figures | None) -> dict[str, object]:
    spec, alarm = kind.spec, kind.alarm_type
    return {
        "key": kind.key,
        "revision": spec.revision,
        "title": msgspec.to_builtins(spec.title),
        "because": msgspec.to_builtins(spec.message),
        "duty": kind.duty,
        "duty_title": msgspec.to_builtins(kind.duty.display_name),
        "gb28181": {"method": alarm.method, "type": alarm.number} if alarm else None,
        "zone_kind": kind.zone_kind,
        "zone_required": kind.zone_required,
        "per": spec.per,
        "level": spec.level,
        "watches": sorted(spec.labels),
        "needs": sorted(spec.capabilities),
        "parameters": msgspec.to_builtins(kind.settings),
        "evidence": kind.evidence,
        "cases": len(kind.cases),
        "footage": len(kind.footage),
        "figures": msgspec.to_builtins(figures),
    }
