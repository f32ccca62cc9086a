"""What the core asks of others."""

from typing import Protocol, runtime_checkable

import msgspec

from pipeline.detection import Detections
from pipeline.frame import Frame


class ModelId(msgspec.Struct, frozen=True, kw_only=True):
    """Which weights looked: name in the catalogue, and checksum of the file that ran."""

    name: str
    sha256: str


class Detector(Protocol):
    """Pixels in, objects out. May be shared by many cameras, one call at a time."""

    @property
    def model(self) -> ModelId:
        """The weights behind it."""
        ...

    @property
    def labels(self) -> frozenset[str]:
        """All it can find, in the catalogue's vocabulary."""
        ...

    @property
    def confident(self) -> float:
        """From this score on a detection counts by itself; below it only keeps a track alive."""
        ...

    def detect(self, frame: Frame) -> Detections:
        """Find all objects, the doubtful ones below ``confident`` too."""
        ...


@runtime_checkable
class Attentive(Protocol):
    """A detector that looks less where nothing is being decided."""

    def attend(self, *, closely: bool) -> None:
        """Note, after each frame, whether the next ones may decide something."""
        ...
