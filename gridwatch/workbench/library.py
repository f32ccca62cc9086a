"""Load and list the scenarios of this machine, for ``gridwatch scenario list``."""

from collections.abc import Sequence

import msgspec
from rich.console import Console

from gridwatch.workbench import results_cache
from models.catalogue.catalogue import Catalogue as ModelCatalogue
from scenarios import catalogue
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.results import Figures


def load_library() -> catalogue.Catalogue:
    """Load all scenarios and check their labels against those that some model reports.

    Raises:
        LibraryError: A file of the library is broken, or watches a label that no model reports.
        RuleFileError: A rule file is broken, or watches such a label.
        CatalogueError: The site's own model catalogue is invalid.
    """
    return catalogue.load(labels=ModelCatalogue.load().vocabulary)


def listing_rows(scenario_types: Sequence[ScenarioType]) -> list[dict[str, object]]:
    """Return one object for each scenario; ``figures`` is null until its file has been tested."""
    figures = results_cache.load_figures(scenario_types)
    return [_row(kind, figures.get(kind.key)) for kind in scenario_types]


def print_listing(scenario_types: Sequence[ScenarioType]) -> None:
    """Print three lines for each scenario."""
    figures = results_cache.load_figures(scenario_types)
    console = Console(highlight=False, soft_wrap=True)
    for kind in scenario_types:
        console.print(f"[bold]{kind.key}[/]  {kind.title.zh}  {kind.title.en}")
        duty, zone = kind.duty.display_name, str(kind.zone_kind)
        if kind.zone_required:
            zone += " (required)"
        traits = (f"{duty.zh} {duty.en}", kind.spec.level, zone, kind.evidence)
        console.print("  " + " · ".join((*traits, _describe_figures(figures.get(kind.key)))))
        settings = (f"{s.name} {s.default:g} {s.unit}".rstrip() for s in kind.settings)
        console.print("  [dim]" + ", ".join(settings) + "[/]")


def _describe_figures(figures: Figures | None) -> str:
    if figures is None:
        return "not tested since its last change"
    (right, opened), (detected, expected) = figures.precision, figures.recall
    return f"precision {right}/{opened}, recall {detected}/{expected}"


def _row(kind: ScenarioType, figures: Figures | None) -> dict[str, object]:
    spec, alarm = kind.spec, kind.alarm_type
    return {
        "key": kind.key,
        "revision": spec.revision,
        "title": msgspec.to_builtins(spec.title),
        "because": msgspec.to_builtins(spec.message),
        "duty": kind.duty,
        "duty_title": msgspec.to_builtins(kind.duty.display_name),
        "family": kind.family,
        "maturity": kind.maturity,
        "life_and_limb": kind.life_and_limb,
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
