"""Find a file on this machine or fetch it from its sources; a checksum decides what is right."""

import os
import tempfile
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from models.catalogue.progress import FetchProgress, NoProgress
from models.catalogue.search_paths import SearchPaths, is_visible
from models.catalogue.sources.deb import DebSource
from models.catalogue.sources.https import HttpsSource
from models.catalogue.sources.npm import NpmSource
from models.catalogue.sources.pypi import PypiSource
from models.errors import NotFetchedError, SourceError

Source = Annotated[NpmSource | PypiSource | DebSource | HttpsSource, Field(discriminator="kind")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Artefact(BaseModel):
    """A file that can be fetched.

    Args:
        file: Its name in the search folders and in the cache, at most one folder deep.
        sha256: Checksum of the file as the source provides it, before any conversion.
        origin: Who made it.
        sources: Tried in order after the search folders and the cache.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(pattern=r"^([A-Za-z0-9_-]+/)?[A-Za-z0-9_-][A-Za-z0-9._-]*$")
    sha256: Sha256
    licence: str
    origin: str
    sources: tuple[Source, ...] = ()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def find_local(name: str, artefact: Artefact, paths: SearchPaths) -> Path:
    """Find the file in the search folders or the cache, without fetching it.

    Raises:
        NotFetchedError: The file is on no search path, or only with a wrong checksum.
    """
    reasons: list[str] = []
    for path in _candidates(artefact, paths):
        problem = _find_problem(path, artefact)
        if problem is None:
            return path
        reasons.append(problem)
    raise NotFetchedError(name, artefact.file, (*reasons, _not_on_paths(artefact, paths)))


def find_or_fetch(
    name: str, artefact: Artefact, paths: SearchPaths, progress: FetchProgress | None = None
) -> Path:
    """Find the file on this machine, or fetch it from the first source that has the right one.

    Raises:
        NotFetchedError: No source has the file; with a reason for each path and source.
    """
    progress = progress or NoProgress()
    try:
        return find_local(name, artefact, paths)
    except NotFetchedError as error:
        reasons = list(error.reasons)
    for reason in reasons[:-1]:
        progress.report(reason)
    for source in artefact.sources:
        try:
            return _fetch_to_cache(source, artefact, paths, progress)
        except SourceError as error:
            progress.report(str(error))
            reasons.append(str(error))
    raise NotFetchedError(name, artefact.file, tuple(reasons))


def _fetch_to_cache(
    source: Source, artefact: Artefact, paths: SearchPaths, progress: FetchProgress
) -> Path:
    """Fetch into a temporary folder, check the checksum, and move into the cache in one step."""
    target = paths.cache / artefact.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=paths.cache, prefix=".fetch-") as folder:
            fetched = Path(folder) / target.name
            source.fetch(fetched, progress)
            if problem := _find_problem(fetched, artefact):
                raise SourceError(str(source), problem.removeprefix(f"{fetched}: "))
            os.replace(fetched, target)  # noqa: PTH105 - atomic on every system
    except OSError as error:
        raise SourceError(str(source), f"{paths.cache} cannot be written: {error}") from error
    progress.report(f"{source}: {artefact.file} is in {paths.cache}")
    return target


def _candidates(artefact: Artefact, paths: SearchPaths) -> Iterator[Path]:
    yield from paths.find(artefact.file)
    if is_visible(cached := paths.cache / artefact.file):
        yield cached


def _find_problem(path: Path, artefact: Artefact) -> str | None:
    """Return why ``path`` is not the right file; ``None`` if it is."""
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}"
    if sha256 == artefact.sha256:
        return None
    return f"{path}: has sha256 {sha256}, not {artefact.sha256}: a different or damaged file"


def _not_on_paths(artefact: Artefact, paths: SearchPaths) -> str:
    folders = ", ".join(map(str, (*paths.folders, paths.cache)))
    return f"{paths.variable}: {artefact.file} not found in {folders}"
