"""The picture behind an alert: redacted, named by its content, on disk until the centre has it.

Of the original nothing is kept: no unredacted picture ever reaches the disk.
"""

import hashlib
import os
import shutil
from pathlib import Path

import cv2
import structlog

from edge.health import Counters
from edge.outbox import Upload
from edge.redact import heads, redacted
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.wire import Evidence

log = structlog.get_logger()

QUALITY = 85
WIDEST = 1280
MEDIA_TYPE = "image/jpeg"


class EvidenceFolder:
    """Pictures that wait for their upload.

    Args:
        folder: Made if it is not there.
        keep_free: Bytes of disk that pictures leave to alerts; below it they are shed.
    """

    def __init__(self, folder: Path, counters: Counters, *, keep_free: int) -> None:
        self._folder, self._counters, self._keep_free = folder, counters, keep_free
        folder.mkdir(parents=True, exist_ok=True)

    def snapshot(self, frame: Frame, found: Detections) -> tuple[Evidence, Upload | None]:
        """Redact a frame and keep it.

        Returns:
            What the alert says of it; and what to upload, or ``None`` where the disk
            is too full: the alert goes without.
        """
        jpeg = encoded(frame, found)
        name = hashlib.sha256(jpeg).hexdigest()
        kept = self._keep(name, jpeg)
        evidence = Evidence(
            sha256=name,
            kind="snapshot",
            media_type=MEDIA_TYPE,
            bytes=len(jpeg),
            redacted=True,
            status="pending" if kept else "shed",
        )
        return evidence, Upload(name, MEDIA_TYPE) if kept else None

    def read(self, sha256: str) -> bytes | None:
        """Read a file; ``None`` if it is gone."""
        try:
            return (self._folder / sha256).read_bytes()
        except FileNotFoundError:
            return None

    def forget(self, sha256: str) -> None:
        """Delete a file that the centre has."""
        (self._folder / sha256).unlink(missing_ok=True)

    def _keep(self, name: str, content: bytes) -> bool:
        try:
            if shutil.disk_usage(self._folder).free - len(content) < self._keep_free:
                return self._shed("disk_low")
            _write(self._folder / name, content)
        except OSError as error:
            return self._shed(error.strerror or str(error))
        return True

    def _shed(self, reason: str) -> bool:
        self._counters.add("evidence_shed")
        log.warning("evidence_shed", reason=reason)
        return False


def encoded(frame: Frame, found: Detections) -> bytes:
    """Make a redacted JPEG; equal frames give equal bytes."""
    size = frame.picture.size
    if size.width > WIDEST:
        size = Size(WIDEST, round(size.height * WIDEST / size.width))
    pixels = redacted(frame.picture.rgb(size), heads(found))
    flags = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), flags)
    return jpeg.tobytes()


def _write(file: Path, content: bytes) -> None:
    """Write so that a power cut leaves the whole file or none."""
    part = file.with_suffix(".part")
    with part.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
