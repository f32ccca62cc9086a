"""What the pixel detectors have learned of a scene, as bytes that outlive the process.

The format is a line with its version, a SHA-256 of the rest in hexadecimal, and a compressed
msgpack document.
"""

import hashlib
import zlib
from datetime import datetime
from typing import Self

import msgspec
import numpy as np

from pipeline.errors import SavedSceneError
from pipeline.geometry.boxes import Float32Array
from pipeline.pixels.background_model import BackgroundModel
from pipeline.pixels.masks import Plane

FORMAT = b"gridwatch-scene 1\n"
DIGEST_LENGTH = 64


class SavedPlane(msgspec.Struct, frozen=True, kw_only=True):
    """An array of 8-bit or float32 values."""

    shape: tuple[int, ...]
    dtype: str
    values: bytes

    @classmethod
    def of(cls, array: Plane | Float32Array) -> Self:
        """Copy an array."""
        return cls(shape=array.shape, dtype=array.dtype.str, values=array.tobytes())

    def array(self) -> Plane | Float32Array:
        """Return the array, which may be written to."""
        flat = np.frombuffer(self.values, np.dtype(self.dtype))
        return flat.reshape(self.shape).copy()


class SavedBackground(msgspec.Struct, frozen=True, kw_only=True):
    """A background model: its pixels, and how often each was confirmed."""

    pixels: SavedPlane
    confirmed: SavedPlane

    @classmethod
    def of(cls, background: BackgroundModel) -> Self:
        """Copy what a model has learned."""
        return cls(
            pixels=SavedPlane.of(background.pixels), confirmed=SavedPlane.of(background.confirmed)
        )

    def restore_to(self, background: BackgroundModel) -> None:
        """Make a model continue with this background."""
        pixels, confirmed = self.pixels.array(), self.confirmed.array()
        background.restore(np.asarray(pixels, np.uint8), np.asarray(confirmed, np.uint8))


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """The usual view: mean gradients, their sharpness, and from how many images."""

    gradients: SavedPlane
    sharpness: float
    images: int


class SavedScene(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was learned of one scene.

    Args:
        source: Names node and camera; a scene of another one is not used.
        at: Time of the last frame.
        view: ``None`` if the usual view was not learned.
        coverage: Which moving objects the detector has seen, as ``CoverageHistory`` writes it;
            older nodes do not know it.
    """

    source: str
    at: datetime
    static_objects: SavedBackground | None = None
    fires: SavedBackground | None = None
    view: SavedView | None = None
    coverage: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the scene as the content of a file."""
        content = zlib.compress(msgspec.msgpack.encode(self), 1)
        return FORMAT + hashlib.sha256(content).hexdigest().encode() + content

    @classmethod
    def from_bytes(cls, data: bytes, *, source: str) -> Self:
        """Read the content of a file.

        Raises:
            SavedSceneError: It is no saved scene of this version, is damaged, or belongs to
                another source.
        """
        if not data.startswith(FORMAT):
            raise SavedSceneError("it is no saved scene of this version")
        digest = data[len(FORMAT) : len(FORMAT) + DIGEST_LENGTH]
        content = data[len(FORMAT) + DIGEST_LENGTH :]
        if hashlib.sha256(content).hexdigest().encode() != digest:
            raise SavedSceneError("it is damaged")
        scene = msgspec.msgpack.decode(zlib.decompress(content), type=cls)
        if scene.source != source:
            raise SavedSceneError("it was learned by another camera")
        return scene
