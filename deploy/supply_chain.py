"""``make audit``: list the packages of each program, and look for known vulnerabilities in them.

Writes CycloneDX lists to ``build/sbom``. Fails if the package registries know of a vulnerability
that ``deploy/accepted_advisories.toml`` does not accept. A registry that knows no advisories is
named: repeat the command where the public registries can be reached.
"""

import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from build_console import CONSOLE, npm_output

ROOT = Path(__file__).resolve().parent.parent
AUDIT_BIN = ROOT / ".setup" / "audit" / "bin"
LISTS = ROOT / "build" / "sbom"
ACCEPTED = ROOT / "deploy" / "accepted_advisories.toml"
PROGRAMS = ("edge", "central")


@dataclass(frozen=True, slots=True)
class Audit:
    """What a registry says of the packages of a program.

    Args:
        n_known: Packages that it could tell about.
        n_packages: All packages.
        advisories: Package and version, with the number of an advisory.
    """

    program: str
    n_known: int
    n_packages: int
    advisories: tuple[tuple[str, str], ...]


def write_lists() -> list[Path]:
    """Write one list of packages for each program, and one for the console."""
    LISTS.mkdir(parents=True, exist_ok=True)
    written = []
    for program in PROGRAMS:
        target = LISTS / f"{program}.cdx.json"
        requirements = ROOT / "requirements" / f"{program}.txt"
        options = ["--output-reproducible", "--output-format", "JSON", "--output-file", str(target)]
        command = [str(AUDIT_BIN / "cyclonedx-py"), "requirements", str(requirements), *options]
        subprocess.run(command, check=True)
        written.append(target)
    target = LISTS / "console.cdx.json"
    arguments = ("sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only")
    target.write_text(npm_output(*arguments)[1], "utf-8")
    return [*written, target]


def audit_python(program: str) -> Audit:
    """Ask the package index about the locked packages of a program."""
    requirements = ROOT / "requirements" / f"{program}.txt"
    command = [str(AUDIT_BIN / "pip-audit"), "-r", str(requirements), "--require-hashes"]
    command += ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1} or not done.stdout:
        return Audit(program, 0, 1, ())
    packages = json.loads(done.stdout)["dependencies"]
    known = [package for package in packages if "skip_reason" not in package]
    advisories = tuple(
        (f"{package['name']} {package['version']}", advisory["id"])
        for package in known
        for advisory in package["vulns"]
    )
    return Audit(program, len(known), len(packages), advisories)


def audit_console() -> Audit:
    """Ask the npm registry about the packages that a browser gets."""
    n_packages = len(json.loads((CONSOLE / "package-lock.json").read_text("utf-8"))["packages"])
    _, output = npm_output("audit", "--omit", "dev", "--json", "--package-lock-only")
    try:
        report = json.loads(output)
    except ValueError:
        report = {}
    if "vulnerabilities" not in report:
        return Audit("console", 0, n_packages, ())
    advisories = tuple(
        (f"{name} {found['range']}", str(via["url"]).rpartition("/")[2])
        for name, found in report["vulnerabilities"].items()
        for via in found["via"]
        if isinstance(via, dict)
    )
    return Audit("console", n_packages, n_packages, advisories)


def accepted_advisories(file: Path, today: date) -> dict[str, str]:
    """Return the reasons of the advisories that are accepted today, by number."""
    entries = tomllib.loads(file.read_text("utf-8")).get("advisory", [])
    return {entry["id"]: entry["reason"] for entry in entries if entry["until"] >= today}


def report(audits: list[Audit], accepted: dict[str, str]) -> bool:
    """Print the result; return whether nothing has to be done."""
    is_good = True
    for audit in audits:
        print(f"{audit.program}: {audit.n_known} of {audit.n_packages} packages audited")
        if audit.n_known == 0:
            print(
                "  the registry tells no advisories: repeat `make audit` where the public ones "
                "can be reached"
            )
        for package, number in audit.advisories:
            reason = accepted.get(number)
            print(f"  {package}: {number}{f' accepted: {reason}' if reason else ''}")
            is_good = is_good and reason is not None
    return is_good


def main() -> None:
    """Write the lists and audit everything."""
    for written in write_lists():
        print(written.relative_to(ROOT))
    audits = [*(audit_python(program) for program in PROGRAMS), audit_console()]
    today = datetime.now(UTC).date()  # noqa: TID251  # a script that people start
    if not report(audits, accepted_advisories(ACCEPTED, today)):
        sys.exit("vulnerable packages: `make lock`, or accept in deploy/accepted_advisories.toml")


if __name__ == "__main__":
    main()
