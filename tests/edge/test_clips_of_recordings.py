"""A complete node with clips of recordings, reported while an alert is open or after it closed."""

from datetime import timedelta
from pathlib import Path

import av
import pytest

from edge.config.loader import load_config
from edge.errors import DeliveryTimeoutError
from edge.evidence.store import CLIPS
from edge.wiring import open_node
from pipeline.alert import Change
from pipeline.wire import AlertMessage
from tests.brokers import free_port
from tests.edge.nodes import write_clip
from tests.edge.test_box import SCRIPTED, START, broker_and_centre, settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("footage") / "clip.avi", frames=400)


def run_node(
    tmp_path: Path, footage: Path, *, post_roll: int
) -> tuple[list[AlertMessage], list[bytes]]:
    """Run a node; return the revisions of its alert, and the evidence of the last one.

    The revisions are sorted: under load a closing revision may overtake an update.
    """
    with broker_and_centre(tmp_path) as (broker, centre, server):
        clip = f"clip = true\npost_roll = {post_roll}"
        file = settings(tmp_path / "node", footage, broker.port, server.port, clip=clip)
        with open_node(load_config(file), SCRIPTED) as node:
            node.run(deliver_within=timedelta(seconds=30))
        revisions = sorted(centre.received, key=lambda message: message.data.rev)
        return revisions, [server.stored[e.sha256] for e in revisions[-1].data.evidence]


def test_a_clip_is_reported_after_its_post_roll(tmp_path: Path, footage: Path) -> None:
    (opened, clipped, closed), (_, content) = run_node(tmp_path, footage, post_roll=3)

    assert [m.change for m in (opened, clipped, closed)] == ["opened", "updated", "closed"]
    assert [m.data.rev for m in (opened, clipped, closed)] == [1, 2, 3]
    assert [e.kind for e in opened.data.evidence] == ["snapshot"]
    assert [e.kind for e in clipped.data.evidence] == ["snapshot", "clip"]
    assert closed.data.evidence == clipped.data.evidence
    assert clipped.data.observed_at == opened.data.observed_at, "nothing else changes"
    (tmp_path / "clip.mp4").write_bytes(content)
    with av.open(str(tmp_path / "clip.mp4")) as shown:
        pictures = [(p.time, p.to_ndarray(format="gray")) for p in shown.decode(video=0)]
    assert len(pictures) == 81, "five seconds before, three after"
    before = (opened.data.opened_at - START).total_seconds() - 5
    square = pictures[0][1][60].argmax()
    assert abs(square - before * 40) < 12, "the square moves 40 pixels per second"


@pytest.mark.parametrize("post_roll", [20, 60])
def test_a_closed_alert_gets_its_clip_in_a_second_closing_revision(
    tmp_path: Path, footage: Path, post_roll: int
) -> None:
    (_, closed, again), evidence = run_node(tmp_path, footage, post_roll=post_roll)

    assert (closed.change, again.change) == (Change.CLOSED, Change.CLOSED)
    assert (closed.data.rev, again.data.rev) == (2, 3)
    assert again.data.closed_at == closed.data.closed_at
    assert again.data.close_reason == closed.data.close_reason
    assert len(evidence) == 2


def test_two_runs_report_equal_clips_in_equal_messages(tmp_path: Path, footage: Path) -> None:
    one, one_sent = run_node(tmp_path / "one", footage, post_roll=3)
    two, two_sent = run_node(tmp_path / "two", footage, post_roll=3)

    assert [m.data for m in one] == [m.data for m in two]
    assert one_sent == two_sent


def test_pending_clips_survive_a_restart_and_incomplete_ones_do_not(
    tmp_path: Path, footage: Path
) -> None:
    file = settings(tmp_path / "node", footage, free_port(), free_port(), clip="clip = true")
    with open_node(load_config(file), SCRIPTED) as node, pytest.raises(DeliveryTimeoutError):
        node.run(deliver_within=timedelta(seconds=1))
    clips = tmp_path / "node" / "data" / "evidence" / CLIPS
    waiting = [clip.name for clip in clips.iterdir()]
    (clips / "0.part").write_bytes(b"half")
    (clips / ("ab" * 32)).write_bytes(b"of nobody")

    with open_node(load_config(file), SCRIPTED):
        assert len(waiting) == 1
        assert [clip.name for clip in clips.iterdir()] == waiting
