"""Which cameras are decoded on demand without being asked for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.config.camera_binding import BoundCamera
from edge.config.settings import CameraSettings
from edge.sources.camera_address import CameraAddress
from edge.sources.on_demand_decoder import OnDemandDecoder
from edge.sources.source_factory import SourceFactory
from pipeline.geometry.shapes import Point, Zone
from pipeline.rules.scenario import Scenario
from scenarios import catalogue

WHOLE = Zone("all", (Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)))
LIVE = CameraAddress(url="rtsp://127.0.0.1/live")


def scenario(key: str) -> Scenario:
    return catalogue.load()[key].bind((WHOLE,), {})


def decoder_of(
    source: CameraAddress | Path, *scenarios: str, gate: bool = True, **settings: object
) -> OnDemandDecoder | None:
    fields = {
        "name": "gate",
        "source": "rtsp://127.0.0.1/live",
        "scenario": [{"key": "intrusion"}],
        **settings,
    }
    camera = BoundCamera(
        settings=CameraSettings.model_validate(fields),
        source=source,
        scenarios=tuple(scenario(key) for key in scenarios),
    )
    factory = SourceFactory(
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        jitter=lambda: 0.0,
        count=lambda *_: None,
        detect_fps=5,
        gate=gate,
    )
    return factory.decoder_for(camera)


def test_a_live_camera_that_watches_tracks_is_decoded_on_demand() -> None:
    assert decoder_of(LIVE, "crowd_gathering", "intrusion") is not None


@pytest.mark.parametrize("key", ["high_toss", "smoke_fire"])
def test_a_scenario_that_looks_at_the_pixels_gets_every_frame(key: str) -> None:
    assert decoder_of(LIVE, "intrusion", key) is None
    assert decoder_of(LIVE, key, decode="on_demand") is not None


def test_a_recording_and_a_camera_without_the_gate_get_every_frame() -> None:
    assert decoder_of(Path("clip.mp4"), "intrusion") is None
    assert decoder_of(LIVE, "intrusion", gate=False) is None
    assert decoder_of(LIVE, "intrusion", decode="all") is None
