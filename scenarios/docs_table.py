"""Write the library as a table: ``python -m scenarios.docs_table docs/scenarios.md``."""

import sys
from pathlib import Path

from pipeline.scenario_spec import Capability
from scenarios import catalogue
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.taxonomy import Maturity

BEGIN = "<!-- the list; python -m scenarios.docs_table docs/scenarios.md -->"
END = "<!-- end of the list -->"

HEAD = (
    "| key | 标题 · title | duty | family | GB/T 28181 | zone | level | uses | parameters "
    "| evidence |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)


def render_table() -> str:
    """Return the table with one row per scenario, in order of their keys."""
    return HEAD + "".join(map(_row, catalogue.load().values()))


def update_table(page: str) -> str:
    """Return the page with the table between its two marks replaced by the current one.

    Raises:
        ValueError: The page has no marks.
    """
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{render_table()}{END}{after}"


def stale_rows(page: str) -> list[str]:
    """Return the rows of the page that are out of date; a scenario without a row is allowed.

    Raises:
        ValueError: The page has no marks.
    """
    _, rest = page.split(BEGIN)
    rows, _ = rest.split(END)
    return sorted(set(rows.strip().splitlines()) - set(render_table().splitlines()))


def _row(scenario: ScenarioType) -> str:
    spec, alarm, duty = scenario.spec, scenario.alarm_type, scenario.duty.display_name
    settings = (f"{s.name} {s.default:g} {s.unit}".rstrip() for s in scenario.settings)
    zone = scenario.zone_kind
    needs = (need for need in Capability if need in spec.capabilities)
    cells = (
        f"`{scenario.key}`",
        f"{scenario.title.zh} · {scenario.title.en}",
        f"{duty.zh} · {duty.en}",
        _family(scenario),
        f"{alarm.method}/{alarm.number}" if alarm else "-",
        f"{zone}, required" if scenario.zone_required else zone,
        spec.level,
        ", ".join([*sorted(spec.labels), *needs]),
        ", ".join(settings),
        _evidence(scenario),
    )
    return f"| {' | '.join(cells)} |\n"


def _evidence(scenario: ScenarioType) -> str:
    """Return the strongest evidence, and how many cases of each kind there are."""
    real = [case for case in scenario.footage if not case.edits]
    alerting = sum(bool(case.expects) for case in real)
    composed = len(scenario.footage) - len(real)
    return (
        f"{scenario.evidence}: {alerting} real alert, {len(real) - alerting} real silent, "
        f"{composed} composed, {len(scenario.cases)} scripted"
    )


def _family(scenario: ScenarioType) -> str:
    """Return the family, and what else decides who is notified of an alert."""
    marks = {
        "experimental": scenario.maturity is Maturity.EXPERIMENTAL,
        "life and limb": scenario.life_and_limb,
    }
    return ", ".join([scenario.family, *(mark for mark, is_set in marks.items() if is_set)])


if __name__ == "__main__":
    [name] = sys.argv[1:]
    file = Path(name)
    file.write_text(update_table(file.read_text("utf-8")), "utf-8")
