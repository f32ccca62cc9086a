"""A file of a Debian package, without installing it and without root."""

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
    """What to take: the path the file would have once installed; packed with gzip is fine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["deb"]
    package: str
    member: str

    def __str__(self) -> str:
        """Name it as apt does."""
        return f"deb {self.package}"

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Take the installed file, or else download the package and cut it out.

        Raises:
            SourceError: No apt here, no way to its mirror, or no such file.
        """
        installed = Path("/") / self.member
        if installed.exists():
            shutil.copyfile(installed, to)
            return
        with tempfile.TemporaryDirectory(dir=to.parent) as name:
            progress.report(f"{self}: asking apt for the package")
            archives.extract_from_deb(self._download(Path(name), progress), self.member, to)

    def _download(self, folder: Path, watch: FetchProgress) -> Path:
        """Download with the machine's package lists, or where it has none, with fresh ones."""
        wanted = ["download", self.package]
        as_we_are = ["-o", "APT::Sandbox::User="]
        try:
            run_client(str(self), ["apt-get", *as_we_are, *wanted], folder=folder)
        except SourceError as error:
            watch.report(f"{error}; trying with package lists of our own")
            own = [*as_we_are, *_own_lists(folder)]
            run_client(str(self), ["apt-get", *own, "update"], folder=folder)
            run_client(str(self), ["apt-get", *own, *wanted], folder=folder)
        packed = next(folder.glob("*.deb"), None)
        if packed is None:
            raise SourceError(str(self), "apt-get left no package")
        return packed


def _own_lists(folder: Path) -> list[str]:
    """Keep what apt writes inside ``folder``, where no root is needed."""
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    state = [f"Dir::State::Lists={folder}/lists", f"Dir::Cache={folder}/cache"]
    return [word for setting in state for word in ("-o", setting)]
