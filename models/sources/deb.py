"""A file of a Debian package, without installing it and without root."""

import gzip
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import IO, Literal, cast

from pydantic import BaseModel, ConfigDict

from models.errors import SourceError
from models.sources.command import run
from models.watch import Watcher


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
            self._cut(self._download(Path(name), watch), to)

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

    def _cut(self, packed: Path, to: Path) -> None:
        command = ["dpkg-deb", "--fsys-tarfile", str(packed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tar:
            try:
                found = tar.stdout is not None and self._copy(tar.stdout, to)
            except tarfile.TarError as error:
                raise SourceError(str(self), f"cannot be unpacked: {error}") from error
            finally:
                tar.kill()
        if not found:
            raise SourceError(str(self), f"has no {self.member}")

    def _copy(self, unpacked: IO[bytes], to: Path) -> bool:
        with tarfile.open(fileobj=unpacked, mode="r|") as tar:
            for entry in tar:
                path = entry.name.removeprefix("./")
                file = tar.extractfile(entry) if path.removesuffix(".gz") == self.member else None
                if file is None:
                    continue
                with to.open("wb") as target, _plain(file, path) as plain:
                    shutil.copyfileobj(plain, target)
                return True
        return False


def _plain(file: IO[bytes], path: str) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(file)) if path.endswith(".gz") else file


def _own_lists(folder: Path) -> list[str]:
    """Keep what apt writes inside ``folder``, where no root is needed."""
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    state = [f"Dir::State::Lists={folder}/lists", f"Dir::Cache={folder}/cache"]
    return [word for setting in state for word in ("-o", setting)]
