"""A file that is had from somewhere: its name, its checksum, and where from."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from models.catalogue.sources.deb import DebSource
from models.catalogue.sources.https import HttpsSource
from models.catalogue.sources.npm import NpmSource
from models.catalogue.sources.pypi import PypiSource

Source = Annotated[NpmSource | PypiSource | DebSource | HttpsSource, Field(discriminator="kind")]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Artefact(BaseModel):
    """A file and its sources, tried in order after the folders of the user.

    Args:
        file: Its name in folders and cache.
        sha256: Of the file as the source gives it, before any conversion.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    sha256: Sha256
    licence: str
    origin: str
    sources: tuple[Source, ...] = ()
