"""Clips for the demonstration and the tests: find them here, or pull them."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from models.catalogue.artefact import Artefact
from models.catalogue.catalogue import Name, mistakes_in
from models.catalogue.fetch import locate, obtain
from models.catalogue.progress import Watcher
from models.catalogue.search_paths import Places
from models.errors import CatalogueError, NotInCatalogueError

SHIPPED = Path(__file__).with_name("footage.toml")


class Clip(Artefact):
    """One recording."""

    summary: str


class Footage(BaseModel):
    """All recordings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: dict[Name, Clip]


def clips(file: Path = SHIPPED) -> dict[str, Clip]:
    """Read the list of recordings.

    Raises:
        CatalogueError: Names the file, each key, and what is wrong.
    """
    try:
        return Footage.model_validate(tomllib.loads(file.read_text("utf-8"))).clip
    except ValidationError as error:
        raise CatalogueError(file, mistakes_in(error)) from None


def find(name: str, *, places: Places | None = None) -> Path:
    """Find a clip on this machine, by its name or its file's; nothing is fetched.

    Raises:
        NotInCatalogueError: No clip has this name.
        NotFetchedError: It is not here, or only a damaged one is.
    """
    key, clip = _named(name)
    return locate(key, clip, places or Places.of("footage"))


def pull(name: str, *, places: Places | None = None, watch: Watcher | None = None) -> Path:
    """Find a clip, or fetch it.

    Raises:
        NotInCatalogueError: No clip has this name.
        NotFetchedError: Nobody has it; with a reason for each place and source.
    """
    key, clip = _named(name)
    return obtain(key, clip, places or Places.of("footage"), watch)


def _named(name: str) -> tuple[str, Clip]:
    known = clips()
    for key, clip in known.items():
        if name in (key, clip.file):
            return key, clip
    raise NotInCatalogueError(name, tuple(known))
