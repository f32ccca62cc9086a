"""Write the snapshots and clips of alerts to disk, heads pixelated, named by their SHA-256.

Originals reach the disk only sealed for a custodian, and only if one is configured.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import structlog
from av.error import FFmpegError

from edge.errors import ClipError
from edge.evidence import clip_writer
from edge.evidence.head_mask import HeadMask
from edge.evidence.redaction import head_regions, pixelate
from edge.evidence.sealing import Sealer
from edge.evidence.store import EvidenceStore
from edge.health.counters import Counters
from edge.outbox.outbox import PendingUpload
from edge.sources.packets import EncodedPacket
from pipeline.detection import Detections
from pipeline.frame import Frame, Pixels, Size
from pipeline.wire import Evidence

log = structlog.get_logger()

JPEG_QUALITY = 85
MAX_WIDTH_PX = 1280
MEDIA_TYPE = "image/jpeg"


class StoredEvidence(NamedTuple):
    """Evidence as its alert names it, and the upload of its file."""

    evidence: Evidence
    upload: PendingUpload


class RenderedSnapshot(NamedTuple):
    """A snapshot that may be uploaded, and its sealed original, which never is."""

    jpeg: bytes
    sealed_original: bytes | None = None


class EvidenceWriter:
    """Write evidence to ``store``, where it waits for its upload; thread-safe.

    Args:
        sealer: Seals originals; without it they are not kept.
    """

    def __init__(
        self, store: EvidenceStore, counters: Counters, *, sealer: Sealer | None = None
    ) -> None:
        self.store, self._counters, self._sealer = store, counters, sealer
        self._numbers = count()

    def render_snapshot(self, frame: Frame, detections: Detections) -> RenderedSnapshot:
        """Pixelate the heads of a frame and seal its original, in memory."""
        original = self._sealer.seal(_jpeg(frame.picture.rgb())) if self._sealer else None
        return RenderedSnapshot(encode_redacted(frame, detections), original)

    def store_snapshot(self, snapshot: RenderedSnapshot) -> tuple[Evidence, PendingUpload | None]:
        """Store a snapshot on disk.

        Returns:
            The evidence for the alert, and its upload. If there is no room on disk, the evidence
            has the status ``shed`` and the upload is ``None``.
        """
        name = hashlib.sha256(snapshot.jpeg).hexdigest()
        is_stored = self._store_jpeg(name, snapshot.jpeg)
        if is_stored and snapshot.sealed_original is not None:
            self._store_original(name, snapshot.sealed_original)
        evidence = _evidence(name, "snapshot", MEDIA_TYPE, len(snapshot.jpeg), is_stored=is_stored)
        return evidence, PendingUpload(name, MEDIA_TYPE) if is_stored else None

    def write_clip(
        self, packets: Sequence[EncodedPacket], head_mask: HeadMask, *, since: datetime
    ) -> StoredEvidence | None:
        """Write a clip and store it.

        Args:
            packets: Packets of the clip; the first is a key frame.
            head_mask: The regions to pixelate.
            since: Start of the clip; a clip that is copied may start at an earlier key frame.

        Returns:
            The clip; ``None`` if there is no room on disk or no frame may be shown.
        """
        size = sum(len(packet.content) for packet in packets)
        if not packets or not self.store.make_room("clip", size):
            return None
        part = self.store.temporary_file(f"{next(self._numbers)}")
        try:
            return self._write_clip(packets, head_mask, since, part)
        except (ClipError, FFmpegError, OSError) as error:
            log.warning("clip_failed", reason=str(error))
            self._counters.add("clips_failed")
            return None
        finally:
            part.unlink(missing_ok=True)

    def _write_clip(
        self, packets: Sequence[EncodedPacket], head_mask: HeadMask, since: datetime, part: Path
    ) -> StoredEvidence:
        is_copy = clip_writer.can_be_copied(packets, head_mask)
        if is_copy:
            clip_writer.copy_packets(packets, part)
        else:
            clip_writer.write_redacted(packets, head_mask, part, since=since)
        content = part.read_bytes()
        name = hashlib.sha256(content).hexdigest()
        self.store.put_clip(part, name)
        if not is_copy:
            self._seal_clip(name, packets)
        evidence = _evidence(name, "clip", clip_writer.MEDIA_TYPE, len(content), is_stored=True)
        return StoredEvidence(evidence, PendingUpload(name, clip_writer.MEDIA_TYPE))

    def _seal_clip(self, name: str, packets: Sequence[EncodedPacket]) -> None:
        """Store the sealed original of a redacted clip; a copied clip is its own original."""
        if self._sealer is None:
            return
        try:
            self._store_original(name, self._sealer.seal(clip_writer.mux_original(packets)))
        except FFmpegError as error:
            self._counters.add("originals_shed")
            log.warning("evidence_shed", kind="original", reason=str(error))

    def _store_original(self, name: str, sealed: bytes) -> None:
        """Store a sealed original, if there is room for optional files."""
        try:
            if self.store.make_room("original", len(sealed)):
                self.store.put_original(name, sealed)
        except OSError as error:
            self._counters.add("originals_shed")
            log.warning("evidence_shed", kind="original", reason=error.strerror or str(error))

    def _store_jpeg(self, name: str, content: bytes) -> bool:
        try:
            if not self.store.make_room("snapshot", len(content)):
                return False
            self.store.put(name, content)
        except OSError as error:
            self._counters.add("snapshots_shed")
            log.warning("evidence_shed", kind="snapshot", reason=error.strerror or str(error))
            return False
        return True


def encode_redacted(frame: Frame, detections: Detections) -> bytes:
    """Encode a frame as JPEG, heads pixelated; equal frames give equal bytes."""
    size = frame.picture.size
    if size.width > MAX_WIDTH_PX:
        size = Size(MAX_WIDTH_PX, round(size.height * MAX_WIDTH_PX / size.width))
    return _jpeg(pixelate(frame.picture.rgb(size), head_regions(detections)))


def _jpeg(pixels: Pixels) -> bytes:
    flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), flags)
    return jpeg.tobytes()


def _evidence(
    name: str, kind: Literal["snapshot", "clip"], media_type: str, size: int, *, is_stored: bool
) -> Evidence:
    return Evidence(
        sha256=name,
        kind=kind,
        media_type=media_type,
        bytes=size,
        redacted=True,
        status="pending" if is_stored else "shed",
    )
