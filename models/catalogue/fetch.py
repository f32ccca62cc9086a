"""Sources in order, checksum, and only then a place in the cache."""

import os
import tempfile
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from models.catalogue.artefact import Artefact, Source
from models.catalogue.progress import FetchProgress, NoProgress
from models.catalogue.search_paths import SearchPaths, is_visible
from models.errors import NotFetchedError, SourceError


def sha256_of(path: Path) -> str:
    """Sum up a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def find_local(name: str, artefact: Artefact, paths: SearchPaths) -> Path:
    """Find the file on this machine, without fetching it.

    Raises:
        NotFetchedError: It is in no folder and not in the cache, or only a wrong one is.
    """
    reasons: list[str] = []
    for path in _here(artefact, paths):
        wrong = _wrong(path, artefact)
        if wrong is None:
            return path
        reasons.append(wrong)
    raise NotFetchedError(name, artefact.file, (*reasons, _nowhere(artefact, paths)))


def find_or_fetch(
    name: str, artefact: Artefact, paths: SearchPaths, progress: FetchProgress | None = None
) -> Path:
    """Find the file, or fetch it from the first source that gives the right one.

    Raises:
        NotFetchedError: Nobody has it; with a reason for each place and source.
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
            return _land(source, artefact, paths, progress)
        except SourceError as error:
            progress.report(str(error))
            reasons.append(str(error))
    raise NotFetchedError(name, artefact.file, tuple(reasons))


def _land(source: Source, artefact: Artefact, places: SearchPaths, watch: FetchProgress) -> Path:
    """Fetch beside its place in the cache, check, and move it there in one step."""
    target = places.cache / artefact.file
    try:
        places.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=places.cache, prefix=".fetch-") as folder:
            fresh = Path(folder) / artefact.file
            source.fetch(fresh, watch)
            if wrong := _wrong(fresh, artefact):
                raise SourceError(str(source), wrong.removeprefix(f"{fresh}: "))
            os.replace(fresh, target)  # noqa: PTH105 - replaces in one step on every system
    except OSError as error:
        raise SourceError(str(source), f"{places.cache} cannot be written: {error}") from error
    watch.report(f"{source}: {artefact.file} is in {places.cache}")
    return target


def _here(artefact: Artefact, places: SearchPaths) -> Iterator[Path]:
    yield from places.find(artefact.file)
    if is_visible(cached := places.cache / artefact.file):
        yield cached


def _wrong(path: Path, artefact: Artefact) -> str | None:
    """Say in what way ``path`` is not the file that was asked for."""
    try:
        found = sha256_of(path)
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}"
    if found == artefact.sha256:
        return None
    return f"{path}: has sha256 {found}, not {artefact.sha256}: another or a damaged file"


def _nowhere(artefact: Artefact, places: SearchPaths) -> str:
    folders = ", ".join(map(str, places.folders)) or "no folder"
    return f"{places.variable}: no right {artefact.file} in {folders}, nor in {places.cache}"
