"""Take a file from a Debian package, without installing it and without root."""

import shutil
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.catalogue.progress import FetchProgress
from models.catalogue.sources import archives
from models.catalogue.sources.package_client import run_client
from models.errors import SourceError


class DebSource(BaseModel):
    """A file of a Debian package.

    Args:
        member: The path of the file once installed, without the leading slash.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["deb"]
    package: str
    member: str

    def __str__(self) -> str:
        """Return the package as apt names it."""
        return f"deb {self.package}"

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Copy the installed file, or else download the package and extract the file.

        Raises:
            SourceError: apt is missing, its mirror is unreachable, or there is no such file.
        """
        installed = Path("/") / self.member
        if installed.exists():
            shutil.copyfile(installed, to)
            return
        with tempfile.TemporaryDirectory(dir=to.parent) as name:
            progress.report(f"{self}: downloading the package with apt")
            archives.extract_from_deb(self._download(Path(name), progress), self.member, to)

    def _download(self, folder: Path, progress: FetchProgress) -> Path:
        """Download with the machine's package lists, or else with fresh ones."""
        download = ["download", self.package]
        as_current_user = ["-o", "APT::Sandbox::User="]
        try:
            run_client(str(self), ["apt-get", *as_current_user, *download], folder=folder)
        except SourceError as error:
            progress.report(f"{error}; trying again with fresh package lists")
            options = [*as_current_user, *_private_list_options(folder)]
            run_client(str(self), ["apt-get", *options, "update"], folder=folder)
            run_client(str(self), ["apt-get", *options, *download], folder=folder)
        package = next(folder.glob("*.deb"), None)
        if package is None:
            raise SourceError(str(self), "apt-get downloaded no package")
        return package


def _private_list_options(folder: Path) -> list[str]:
    """Return options that keep apt's package lists inside ``folder``, which needs no root."""
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    settings = [f"Dir::State::Lists={folder}/lists", f"Dir::Cache={folder}/cache"]
    return [word for setting in settings for word in ("-o", setting)]
