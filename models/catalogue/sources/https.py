"""Download a file from a public address."""

from pathlib import Path
from typing import Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field

from models.catalogue.progress import FetchProgress
from models.errors import SourceError

TIMEOUT = httpx.Timeout(30, connect=10)
"""Seconds between two chunks, and until the connection is up."""


class HttpsSource(BaseModel):
    """A file at a public address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["https"]
    address: str = Field(pattern=r"^https?://")

    def __str__(self) -> str:
        """Return the address."""
        return self.address

    def fetch(self, to: Path, progress: FetchProgress) -> None:
        """Download the file, following redirects and the machine's proxy.

        Raises:
            SourceError: The address does not answer, or answers with an error.
        """
        progress.report(f"{self}: downloading")
        try:
            with httpx.stream(
                "GET", self.address, timeout=TIMEOUT, follow_redirects=True
            ) as response:
                response.raise_for_status()
                _write_body(response, to, progress)
        except httpx.HTTPStatusError as error:
            raise SourceError(str(self), f"answers {error.response.status_code}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(str(self), str(error) or type(error).__name__) from error


def _write_body(response: httpx.Response, to: Path, progress: FetchProgress) -> None:
    total = int(response.headers.get("Content-Length", 0))
    with to.open("wb") as target:
        for chunk in response.iter_bytes():
            target.write(chunk)
            progress.advance(target.tell(), max(total, target.tell()))
