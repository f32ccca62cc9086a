"""Write the table of security requirements into ``docs/security.md``, from ``docs/security.csv``.

Each line of the file names a requirement of OWASP ASVS 5.0 of level 1 or 2, in our own short words,
and says whether it is met, open or not applicable. What is met names the tests that show it, as
``tests/…/test_x.py::test_name``, or a heading of the documentation where documentation is required.
"""

import csv
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "docs" / "security.csv"
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- requirements: deploy/security_table.py -->", "<!-- end of requirements -->"
STATUSES = {"met": "met", "not applicable": "n/a", "open": "**open**"}
CHAPTERS = {
    1: "Encoding and sanitization",
    2: "Validation and business logic",
    3: "Web front end",
    4: "API and web service",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorization",
    9: "Self-contained tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "Secure communication",
    13: "Configuration",
    14: "Data protection",
    15: "Secure coding and architecture",
    16: "Logs and errors",
    17: "WebRTC",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of the standard.

    Args:
        number: Such as ``1.2.10``, without the letter V of the standard.
        level: 1 or 2.
        evidence: Tests and headings that show it.
        note: Why it does not apply, what is missing, or what to know.
    """

    number: str
    level: int
    summary: str
    status: str
    evidence: tuple[str, ...]
    note: str

    @property
    def chapter(self) -> int:
        """The number of its chapter."""
        return int(self.number.partition(".")[0])


def read_requirements(file: Path = DATA) -> list[Requirement]:
    """Return the requirements in the order of the file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            Requirement(
                number=row["requirement"],
                level=int(row["level"]),
                summary=row["summary"],
                status=row["status"],
                evidence=tuple(row["evidence"].split()),
                note=row["note"],
            )
            for row in csv.DictReader(lines)
        ]


def make_table(requirements: list[Requirement]) -> str:
    """Return the counts of each chapter, and its table."""
    parts = [_counts(requirements)]
    for chapter, title in CHAPTERS.items():
        rows = [r for r in requirements if r.chapter == chapter]
        lines = [f"### {chapter} {title}", "", "| | level | requirement | | shown by |"]
        lines += ["|---|---|---|---|---|", *map(_row, rows)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def replace_table(page: str, table: str) -> str:
    """Return the page with another table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _counts(requirements: list[Requirement]) -> str:
    lines = ["| chapter | met | n/a | open |", "|---|---|---|---|"]
    total: Counter[str] = Counter(r.status for r in requirements)
    for chapter, title in CHAPTERS.items():
        counts = Counter(r.status for r in requirements if r.chapter == chapter)
        lines.append(f"| {chapter} {title} | {_cells(counts)} |")
    return "\n".join([*lines, f"| **all {len(requirements)}** | {_cells(total)} |"])


def _cells(counts: Counter[str]) -> str:
    return " | ".join(str(counts[status]) for status in STATUSES)


def _row(requirement: Requirement) -> str:
    shown = [_link(evidence) for evidence in requirement.evidence]
    shown += [requirement.note] if requirement.note else []
    status = STATUSES[requirement.status]
    return (
        f"| {requirement.number} | {requirement.level} | {requirement.summary} | {status} | "
        f"{'; '.join(shown)} |"
    )


def _link(evidence: str) -> str:
    """Return a test as code, and a heading of the documentation as a link."""
    if "::" in evidence:
        return f"`{evidence.removeprefix('tests/')}`"
    page, _, heading = evidence.removeprefix("docs/").partition("#")
    title = heading.replace("-", " ")
    return f"[{title}]({'' if page == PAGE.name else page}#{heading})"


def main() -> None:
    """Write the table, or fail with ``--check`` if it is not up to date."""
    page = PAGE.read_text("utf-8")
    written = replace_table(page, make_table(read_requirements()))
    if "--check" in sys.argv:
        sys.exit(0 if written == page else "stale: run python deploy/security_table.py")
    PAGE.write_text(written, "utf-8")


if __name__ == "__main__":
    main()
