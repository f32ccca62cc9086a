"""A file at a public address."""

from pathlib import Path
from typing import Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field

from models.catalogue.progress import FetchProgress
from models.errors import SourceError

TIMEOUT = httpx.Timeout(30, connect=10)
"""Seconds without a byte, and until the first answer."""


class HttpsSource(BaseModel):
    """What to take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["https"]
    address: str = Field(pattern=r"^https?://")

    def __str__(self) -> str:
        """Name the address."""
        return self.address

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Download the file, following redirects and the machine's proxy.

        Raises:
            SourceError: The address does not answer, or not with the file.
        """
        progress.report(f"{self}: downloading")
        try:
            with httpx.stream("GET", self.address, timeout=TIMEOUT, follow_redirects=True) as got:
                got.raise_for_status()
                _write(got, to, progress)
        except httpx.HTTPStatusError as error:
            raise SourceError(str(self), f"answers {error.response.status_code}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(str(self), str(error) or type(error).__name__) from error


def _write(got: httpx.Response, to: Path, watch: FetchProgress) -> None:
    total = int(got.headers.get("Content-Length", 0))
    with to.open("wb") as target:
        for chunk in got.iter_bytes():
            target.write(chunk)
            watch.advance(target.tell(), max(total, target.tell()))
