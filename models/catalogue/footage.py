"""The list of recordings for the demo and the tests: find them here, or fetch them."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from models.catalogue.catalogue import Name, validation_messages
from models.catalogue.fetch import Artefact, find_local, find_or_fetch
from models.catalogue.progress import FetchProgress
from models.catalogue.search_paths import SearchPaths
from models.errors import CatalogueError, NotInCatalogueError

SHIPPED_FOOTAGE = Path(__file__).with_name("footage.toml")


class Clip(Artefact):
    """One recording."""

    summary: str


class FootageList(BaseModel):
    """All recordings, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: dict[Name, Clip]


def list_clips(file: Path = SHIPPED_FOOTAGE) -> dict[str, Clip]:
    """Return all recordings by name.

    Raises:
        CatalogueError: The file is invalid; names each key and its problem.
    """
    try:
        return FootageList.model_validate(tomllib.loads(file.read_text("utf-8"))).clip
    except ValidationError as error:
        raise CatalogueError(file, validation_messages(error)) from None


def find_clip(name: str, *, paths: SearchPaths | None = None) -> Path:
    """Find a clip on this machine by its name or file name, without fetching it.

    Raises:
        NotInCatalogueError: No clip has this name.
        NotFetchedError: The clip is not on this machine, or only a damaged one is.
    """
    key, clip = _clip_named(name)
    return find_local(key, clip, paths or SearchPaths.from_environment("footage"))


def pull_clip(
    name: str, *, paths: SearchPaths | None = None, progress: FetchProgress | None = None
) -> Path:
    """Find a clip on this machine, or fetch it.

    Raises:
        NotInCatalogueError: No clip has this name.
        NotFetchedError: No source has the clip; with a reason for each path and source.
    """
    key, clip = _clip_named(name)
    return find_or_fetch(key, clip, paths or SearchPaths.from_environment("footage"), progress)


def _clip_named(name: str) -> tuple[str, Clip]:
    clips = list_clips()
    for key, clip in clips.items():
        if name in (key, clip.file):
            return key, clip
    raise NotInCatalogueError(name, tuple(clips))
