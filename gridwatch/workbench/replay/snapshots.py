"""Pictures for a report: small, with heads made unknowable, as text that a page can hold."""

from base64 import b64encode

import cv2
import numpy as np

from edge.evidence.redaction import head_regions, pixelate
from pipeline.detection import Detections
from pipeline.frame import Frame, Size

SNAPSHOT_WIDTH_PX = 480
JPEG_QUALITY = 55


def encode_snapshot(frame: Frame, detections: Detections) -> str:
    """Encode a frame as a small JPEG data URL in which nobody can be recognised."""
    size = frame.picture.size
    width = min(SNAPSHOT_WIDTH_PX, size.width)
    small = frame.picture.rgb(Size(width, round(size.height * width / size.width)))
    safe = pixelate(small, head_regions(detections))
    bgr = cv2.cvtColor(safe, cv2.COLOR_RGB2BGR)
    good, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not good:
        raise ValueError("the picture cannot be encoded")
    return "data:image/jpeg;base64," + b64encode(np.asarray(jpeg).tobytes()).decode()
