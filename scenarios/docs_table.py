"""Write the library as a table: ``python -m scenarios.docs_table docs/scenarios.md``."""

import sys
from pathlib import Path

from scenarios import catalogue
from scenarios.definition.scenario_type import ScenarioType

BEGIN = "<!-- the list; python -m scenarios.docs_table docs/scenarios.md -->"
END = "<!-- end of the list -->"

HEAD = (
    "| key | 标题 · title | duty | GB/T 28181 | zone | level | looks at | parameters | proof |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


def render_table() -> str:
    """Write a row for each scenario, in order of the keys."""
    return HEAD + "".join(map(_row, catalogue.load().values()))


def update_table(page: str) -> str:
    """Put the table of today between the marks of a page.

    Raises:
        ValueError: The page has no marks.
    """
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{render_table()}{END}{after}"


def stale_rows(page: str) -> list[str]:
    """The rows of a page that are not so today; a scenario without a row is no lie.

    Raises:
        ValueError: The page has no marks.
    """
    _, rest = page.split(BEGIN)
    rows, _ = rest.split(END)
    return sorted(set(rows.strip().splitlines()) - set(render_table().splitlines()))


def _row(kind: ScenarioType) -> str:
    hazard, alarm = kind.hazard, kind.alarm_type
    settings = (f"{s.name} {s.default:g} {s.unit}".rstrip() for s in kind.settings)
    cells = (
        f"`{kind.key}`",
        f"{kind.title.zh} · {kind.title.en}",
        f"{kind.duty.display_name.zh} · {kind.duty.display_name.en}",
        f"{alarm.method}/{alarm.number}" if alarm else "-",
        f"{kind.zone_kind}, required" if kind.zone_required else kind.zone_kind,
        hazard.level,
        ", ".join(sorted(hazard.labels) + sorted(hazard.capabilities)),
        ", ".join(settings),
        f"{kind.evidence}, {len(kind.cases)} cases, {len(kind.footage)} clips",
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    [name] = sys.argv[1:]
    file = Path(name)
    file.write_text(update_table(file.read_text("utf-8")), "utf-8")
