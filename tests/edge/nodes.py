"""An ``edge.toml``, recordings and an evidence store for tests of a node."""

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

from edge.evidence.evidence_writer import EvidenceWriter
from edge.evidence.sealing import Sealer
from edge.evidence.store import EvidenceLimits, EvidenceStore
from edge.health.counters import Counters
from models.catalogue import footage
from models.catalogue.store import ModelStore
from models.errors import ModelError
from pipeline.wire import Node
from tests.requirements import require

KEY = bytes(range(32))
NODE = Node("demo", "market", "box-1")
CENTRAL = "central-password"
LOGINS = {
    str(NODE): hmac.new(KEY, b"mqtt", hashlib.sha256).hexdigest(),
    "central": CENTRAL,
}

MODEL = "deimv2-femto"
EDGE_TOML = f"""\
node = "demo/market/box-1"
key = "{KEY.hex()}"
data = "data"
metrics_port = 9464

[broker]
host = "127.0.0.1"
port = 1883

[centre]
url = "http://127.0.0.1:8080"

[model]
name = "{MODEL}"
detect_fps = 5
gate = false

[evidence]
clip = false

[drill]
enabled = false

[[camera]]
name = "north-gate"
source = "file:clip.avi"
start_at = 2026-03-01T08:00:00Z
pace = "fast"
location = {{ lon = 104.05, lat = 30.64 }}

[[camera.zone]]
name = "steps"
points = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]

[[camera.scenario]]
key = "crowd_gathering"
zones = ["steps"]
people = 5
hold = 20
"""


def open_evidence_writer(
    folder: Path,
    counters: Counters | None = None,
    *,
    min_free_bytes: int = 0,
    max_bytes: int = 1 << 40,
    max_age: timedelta = timedelta(days=1),
    sealer: Sealer | None = None,
) -> EvidenceWriter:
    """Open an evidence writer with a store in ``folder``."""
    counters = counters or Counters()
    limits = EvidenceLimits(min_free_bytes=min_free_bytes, max_bytes=max_bytes, max_age=max_age)
    return EvidenceWriter(EvidenceStore(folder, counters, limits), counters, sealer=sealer)


def write_edge_toml(folder: Path, text: str = EDGE_TOML) -> Path:
    """Write an edge.toml beside a recording of two seconds."""
    if not (folder / "clip.avi").exists():
        write_clip(folder / "clip.avi")
    (folder / "text.avi").write_text("this is no video")
    file = folder / "edge.toml"
    file.write_text(text, "utf-8")
    return file


def write_clip(file: Path, *, frames: int = 20, fps: int = 10, codec: str = "mpeg4") -> Path:
    """Write a small video in which a bright square moves over grey."""
    with av.open(str(file), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(frames):
            pixels = np.full((120, 160, 3), 90, np.uint8)
            pixels[40:80, number * 4 : number * 4 + 20] = 230
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return file


def footage_path(name: str = "vtest.avi") -> Path:
    """Return the path of real footage, or skip the test."""
    try:
        return footage.find_clip(name)
    except ModelError:
        require(False, f"footage {name}")
        raise


def installed_model() -> str:
    """Return the name of the best installed model, or skip the test."""
    try:
        return ModelStore().best_available(allow_fetch=False)
    except ModelError:
        require(False, "any model")
        raise


def with_installed_model(text: str = EDGE_TOML) -> str:
    """Set an installed model in an edge.toml, or skip the test."""
    return text.replace(f'name = "{MODEL}"', f'name = "{installed_model()}"')
