"""The parts of the edge benchmark that need neither a peer nor minutes."""

from itertools import count
from pathlib import Path

import pytest

from edge.sources.video_file import open_video, video_duration
from gridwatch.benchmarks.edge import idle_clip
from gridwatch.benchmarks.edge.camera_cost import measure_tracker_ms
from gridwatch.benchmarks.edge.measured_camera import MeasuredCamera
from gridwatch.benchmarks.edge.stage_profile import Stopwatch, profile_stages
from gridwatch.benchmarks.edge.tracking_accuracy import track_detections
from gridwatch.benchmarks.peers.peer import PYTHON_VARIABLE, Peer, PeerError
from gridwatch.benchmarks.rounds import interleaved
from models import detector
from models.catalogue import footage
from models.errors import ModelError
from pipeline.frame import Size
from tests.requirements import require


def the(clip: str) -> Path:
    try:
        return footage.find_clip(clip)
    except ModelError:
        require(condition=False, what=clip)
        raise


def test_rounds_are_interleaved_and_report_their_spread() -> None:
    numbers = count()
    figures = interleaved({name: lambda: float(next(numbers)) for name in "ab"}, 3)

    assert [figures["a"].median, figures["b"].median] == [2, 3]
    assert (figures["a"].least, figures["a"].most) == (0, 4)


def test_without_the_peer_the_error_names_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PYTHON_VARIABLE, str(tmp_path / "python"))

    with pytest.raises(PeerError, match="make peer"):
        Peer(tmp_path)


def test_tracks_are_written_in_mot15_format(tmp_path: Path) -> None:
    rows = (f"{n},-1,{10 + n},20,40,100,0.9,-1,-1,-1\n" for n in range(1, 11))
    (tmp_path / "found.txt").write_text("".join(rows), "ascii")
    lines = track_detections(tmp_path / "found.txt")

    assert len(lines) == 8
    assert {line.split(",")[1] for line in lines} == {"1"}


def test_a_tracker_update_takes_measurable_time() -> None:
    assert 0 < measure_tracker_ms(5) < 50


def test_an_inner_stage_is_not_counted_for_the_outer_one() -> None:
    watch = Stopwatch()
    watch.timed("outer", lambda: watch.timed("inner", lambda: sum(range(2_000_000))))

    assert watch.seconds["outer"] < watch.seconds["inner"] / 10


@pytest.mark.slow
def test_a_quiet_minute_needs_little_inference_and_gives_the_same_alerts(tmp_path: Path) -> None:
    idle_clip.write_idle_clip(
        the("one-by-one-person-detection.mp4"), tmp_path / "quiet.mp4", Size(640, 360)
    )
    try:
        model = detector.load_detector("deimv2-femto", allow_fetch=False)
    except ModelError:
        require(condition=False, what="deimv2-femto")
        raise
    camera = MeasuredCamera(tmp_path / "quiet.mp4", model, model)
    same, stages = camera.same_alerts(), profile_stages(camera)

    assert video_duration(tmp_path / "quiet.mp4").total_seconds() == 60
    assert open_video(tmp_path / "quiet.mp4").streams.video[0].codec_context.name == "h264"
    assert same
    assert (
        sum(n for reason, n in camera.reasons.items() if reason.runs_inference)
        < 0.2 * camera.samples
    )
    assert stages.keys() == {"decode", "gate", "looks", "rules"}
    assert stages["looks"] == max(stages.values())
