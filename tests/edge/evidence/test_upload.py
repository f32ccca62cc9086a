"""Uploads to a real HTTP server: once each, repeated after errors, resumed by the next run."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.enrolment.key_holder import KeyHolder
from edge.evidence.evidence_writer import EvidenceWriter
from edge.evidence.upload import Uploader
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox, PendingUpload
from tests.edge.evidence.test_evidence_writer import make_frame, people
from tests.edge.evidence_server import evidence_server
from tests.edge.nodes import KEY, NODE, open_evidence_writer
from tests.messages import NOON, make_message
from tests.waiting import wait_until


@contextmanager
def running_uploader(outbox: Outbox, evidence: EvidenceWriter, port: int) -> Iterator[Counters]:
    counters, stop = Counters(), threading.Event()
    uploader = Uploader(
        url=f"http://127.0.0.1:{port}/",
        node=NODE,
        keys=KeyHolder.of(KEY),
        outbox=outbox,
        store=evidence.store,
        counters=counters,
        now=lambda: NOON,
        monotonic_s=time.monotonic,
    )
    thread = threading.Thread(target=uploader.run, args=(stop,))
    thread.start()
    try:
        yield counters
    finally:
        stop.set()
        uploader.wake()
        thread.join(10)
        assert not thread.is_alive()


def with_pending_snapshot(tmp_path: Path) -> tuple[Outbox, EvidenceWriter, PendingUpload]:
    outbox = Outbox(tmp_path, "boot-a")
    folder = open_evidence_writer(tmp_path / "evidence")
    evidence, upload = folder.store_snapshot(
        folder.render_snapshot(make_frame(), people((0.5, 0.25, 0.1, 0.5)))
    )
    assert upload is not None
    outbox.put([make_message(evidence=(evidence,))], decided_at=NOON, uploads=[upload])
    return outbox, folder, upload


def test_a_snapshot_is_uploaded_once_and_then_deleted(tmp_path: Path) -> None:
    outbox, folder, upload = with_pending_snapshot(tmp_path)
    content = folder.store.read(upload.sha256)

    with evidence_server() as server, running_uploader(outbox, folder, server.port):
        wait_until(lambda: outbox.depth().uploads == 0)

    assert server.stored == {upload.sha256: content}
    assert folder.store.read(upload.sha256) is None
    assert outbox.counters()["evidence_uploaded"] == 1


def test_an_upload_is_repeated_after_an_error_of_the_centre(tmp_path: Path) -> None:
    outbox, folder, upload = with_pending_snapshot(tmp_path)

    with (
        evidence_server(500, 403) as server,
        running_uploader(outbox, folder, server.port) as counters,
    ):
        wait_until(lambda: outbox.depth().uploads == 0)

    assert (server.requests, list(server.stored)) == (3, [upload.sha256])
    assert counters.total("upload_failures") == 2


def test_a_refusal_of_a_proxy_is_tried_again(tmp_path: Path) -> None:
    outbox, folder, upload = with_pending_snapshot(tmp_path)

    with evidence_server(-413, -422) as server, running_uploader(outbox, folder, server.port):
        wait_until(lambda: outbox.depth().uploads == 0)

    assert (server.requests, list(server.stored)) == (3, [upload.sha256])


def test_a_file_that_a_proxy_refuses_does_not_delay_the_others(tmp_path: Path) -> None:
    outbox, folder, refused = with_pending_snapshot(tmp_path)
    evidence, other = folder.store_snapshot(
        folder.render_snapshot(make_frame(), people((0.1, 0.2, 0.1, 0.5)))
    )
    assert other is not None
    outbox.put([make_message(2, evidence=(evidence,))], decided_at=NOON, uploads=[other])

    with evidence_server(-413) as server, running_uploader(outbox, folder, server.port):
        wait_until(lambda: outbox.depth().uploads == 0)

    assert list(server.stored) == [other.sha256, refused.sha256]


def test_a_refused_upload_is_not_repeated(tmp_path: Path) -> None:
    outbox, folder, _ = with_pending_snapshot(tmp_path)

    with evidence_server(422) as server, running_uploader(outbox, folder, server.port):
        wait_until(lambda: outbox.depth().uploads == 0)

    assert server.requests == 1
    assert outbox.counters()["evidence_rejected"] == 1


def test_without_a_centre_uploads_wait_for_the_next_run(tmp_path: Path) -> None:
    outbox, folder, upload = with_pending_snapshot(tmp_path)
    with evidence_server() as server:
        port = server.port
    with running_uploader(outbox, folder, port) as counters:
        wait_until(lambda: counters.total("upload_failures") >= 1)
    outbox.close()

    again = Outbox(tmp_path, "boot-b")
    with evidence_server() as server, running_uploader(again, folder, server.port):
        wait_until(lambda: again.depth().uploads == 0)

    assert list(server.stored) == [upload.sha256]
