"""A file of a Debian package, without installing it and without root."""

import shutil
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.catalogue.progress import Watcher
from models.catalogue.sources import cut
from models.catalogue.sources.command import run
from models.errors import SourceError


class Deb(BaseModel):
    """What to take: the path the file would have once installed; packed with gzip is fine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["deb"]
    package: str
    member: str

    def __str__(self) -> str:
        """Name it as apt does."""
        return f"deb {self.package}"

    def fetch(self, to: Path, watch: Watcher) -> None:
        """Take the installed file, or else download the package and cut it out.

        Raises:
            SourceError: No apt here, no way to its mirror, or no such file.
        """
        installed = Path("/") / self.member
        if installed.exists():
            shutil.copyfile(installed, to)
            return
        with tempfile.TemporaryDirectory(dir=to.parent) as name:
            watch.tell(f"{self}: asking apt for the package")
            cut.from_deb(self._download(Path(name), watch), self.member, to)

    def _download(self, folder: Path, watch: Watcher) -> Path:
        """Download with the machine's package lists, or where it has none, with fresh ones."""
        wanted = ["download", self.package]
        as_we_are = ["-o", "APT::Sandbox::User="]
        try:
            run(str(self), ["apt-get", *as_we_are, *wanted], folder=folder)
        except SourceError as error:
            watch.tell(f"{error}; trying with package lists of our own")
            own = [*as_we_are, *_own_lists(folder)]
            run(str(self), ["apt-get", *own, "update"], folder=folder)
            run(str(self), ["apt-get", *own, *wanted], folder=folder)
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
