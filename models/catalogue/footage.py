"""Clips for the demonstration and the tests: find them here, or pull them."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from models.catalogue.artefact import Artefact
from models.catalogue.catalogue import Name, validation_messages
from models.catalogue.fetch import find_local, find_or_fetch
from models.catalogue.progress import FetchProgress
from models.catalogue.search_paths import SearchPaths
from models.errors import CatalogueError, NotInCatalogueError

SHIPPED_FOOTAGE = Path(__file__).with_name("footage.toml")


class Clip(Artefact):
    """One recording."""

    summary: str


class FootageList(BaseModel):
    """All recordings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: dict[Name, Clip]


def list_clips(file: Path = SHIPPED_FOOTAGE) -> dict[str, Clip]:
    """Read the list of recordings.

    Raises:
        CatalogueError: Names the file, each key, and what is wrong.
    """
    try:
        return FootageList.model_validate(tomllib.loads(file.read_text("utf-8"))).clip
    except ValidationError as error:
        raise CatalogueError(file, validation_messages(error)) from None


def find_clip(name: str, *, paths: SearchPaths | None = None) -> Path:
    """Find a clip on this machine, by its name or its file's; nothing is fetched.

    Raises:
        NotInCatalogueError: No clip has this name.
        NotFetchedError: It is not here, or only a damaged one is.
    """
    key, clip = _named(name)
    return find_local(key, clip, paths or SearchPaths.from_environment("footage"))


def pull_clip(
    name: str, *, paths: SearchPaths | None = None, progress: FetchProgress | None = None
) -> Path:
    """Find a clip, or fetch it.

    Raises:
        NotInCatalogueError: No clip has this name.
        NotFetchedError: Nobody has it; with a reason for each place and source.
    """
    key, clip = _named(name)
    return find_or_fetch(key, clip, paths or SearchPaths.from_environment("footage"), progress)


def _named(name: str) -> tuple[str, Clip]:
    known = list_clips()
    for key, clip in known.items():
        if name in (key, clip.file):
            return key, clip
    raise NotInCatalogueError(name, tuple(known))
