"""The picture and the clip behind an alert: redacted, named by content, on disk for the centre.

The original reaches the disk sealed for a custodian, or, where there is none, not at all.
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
    """What the alert says of a piece of evidence, and what to upload."""

    evidence: Evidence
    upload: PendingUpload


class RenderedSnapshot(NamedTuple):
    """A picture that may leave the box, and its sealed original, which may not."""

    jpeg: bytes
    sealed_original: bytes | None = None


class EvidenceWriter:
    """Makes evidence, which waits in ``store`` for its upload; safe over threads.

    Args:
        sealer: Closes originals; without it none is kept.
    """

    def __init__(
        self, store: EvidenceStore, counters: Counters, *, sealer: Sealer | None = None
    ) -> None:
        self.store, self._counters, self._seal = store, counters, sealer
        self._numbers = count()

    def render_snapshot(self, frame: Frame, detections: Detections) -> RenderedSnapshot:
        """Redact a frame, seal its original, and keep both in memory."""
        original = self._seal.seal(_jpeg(frame.picture.rgb())) if self._seal else None
        return RenderedSnapshot(encode_redacted(frame, detections), original)

    def store_snapshot(self, snapshot: RenderedSnapshot) -> tuple[Evidence, PendingUpload | None]:
        """Keep a picture on the disk.

        Returns:
            What the alert says of it; and what to upload, or ``None`` where the disk
            is too full: the alert goes without.
        """
        name = hashlib.sha256(snapshot.jpeg).hexdigest()
        kept = self._keep(name, snapshot.jpeg)
        if kept and snapshot.sealed_original is not None:
            self._keep_original(name, snapshot.sealed_original)
        evidence = _evidence(name, "snapshot", MEDIA_TYPE, len(snapshot.jpeg), kept=kept)
        return evidence, PendingUpload(name, MEDIA_TYPE) if kept else None

    def write_clip(
        self, packets: Sequence[EncodedPacket], head_mask: HeadMask, *, since: datetime
    ) -> StoredEvidence | None:
        """Make a clip and keep it; ``None`` where there is no room, or nothing to be shown.

        Args:
            packets: A key frame first.
            head_mask: Says what to hide.
            since: What comes before is left out, where pictures are drawn anew.
        """
        size = sum(len(packet.content) for packet in packets)
        if not packets or not self.store.make_room("clip", size):
            return None
        part = self.store.temporary_file(f"{next(self._numbers)}")
        try:
            return self._written(packets, head_mask, since, part)
        except (ClipError, FFmpegError, OSError) as error:
            log.warning("clip_failed", reason=str(error))
            self._counters.add("clips_failed")
            return None
        finally:
            part.unlink(missing_ok=True)

    def _written(
        self, packets: Sequence[EncodedPacket], veil: HeadMask, since: datetime, part: Path
    ) -> StoredEvidence:
        copied = clip_writer.can_be_copied(packets, veil)
        if copied:
            clip_writer.copy_packets(packets, part)
        else:
            clip_writer.write_redacted(packets, veil, part, since=since)
        content = part.read_bytes()
        name = hashlib.sha256(content).hexdigest()
        self.store.put_clip(part, name)
        if not copied:
            self._seal_clip(name, packets)
        evidence = _evidence(name, "clip", clip_writer.MEDIA_TYPE, len(content), kept=True)
        return StoredEvidence(evidence, PendingUpload(name, clip_writer.MEDIA_TYPE))

    def _seal_clip(self, name: str, packets: Sequence[EncodedPacket]) -> None:
        """Keep what the camera sent; a clip that is copied shows it already."""
        if self._seal is None:
            return
        try:
            self._keep_original(name, self._seal.seal(clip_writer.mux_original(packets)))
        except FFmpegError as error:
            self._counters.add("originals_shed")
            log.warning("evidence_shed", kind="original", reason=str(error))

    def _keep_original(self, name: str, sealed: bytes) -> None:
        """Keep an original, if the disk has room for what need not be there."""
        try:
            if self.store.make_room("original", len(sealed)):
                self.store.put_original(name, sealed)
        except OSError as error:
            self._counters.add("originals_shed")
            log.warning("evidence_shed", kind="original", reason=error.strerror or str(error))

    def _keep(self, name: str, content: bytes) -> bool:
        try:
            if not self.store.make_room("snapshot", len(content)):
                return False
            self.store.put(name, content)
        except OSError as error:
            self._counters.add("snapshots_shed")
            log.warning("evidence_shed", kind="snapshot", reason=error.strerror or str(error))
            return False
        return True


def encode_redacted(frame: Frame, found: Detections) -> bytes:
    """Make a redacted JPEG; equal frames give equal bytes."""
    size = frame.picture.size
    if size.width > MAX_WIDTH_PX:
        size = Size(MAX_WIDTH_PX, round(size.height * MAX_WIDTH_PX / size.width))
    return _jpeg(pixelate(frame.picture.rgb(size), head_regions(found)))


def _jpeg(pixels: Pixels) -> bytes:
    flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), flags)
    return jpeg.tobytes()


def _evidence(
    name: str, kind: Literal["snapshot", "clip"], media_type: str, size: int, *, kept: bool
) -> Evidence:
    return Evidence(
        sha256=name,
        kind=kind,
        media_type=media_type,
        bytes=size,
        redacted=True,
        status="pending" if kept else "shed",
    )
