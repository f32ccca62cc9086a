"""Pictures to a real HTTP server: each once, again after faults, resumed by the next run."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.evidence.evidence_writer import EvidenceFolder
from edge.evidence.upload import Uploader
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox, PendingUpload
from tests.edge.evidence.test_evidence_writer import a_frame, people
from tests.edge.evidence_server import a_shelf
from tests.edge.nodes import KEY, NODE, a_folder
from tests.messages import NOON, a_message
from tests.waiting import until


@contextmanager
def uploading(outbox: Outbox, evidence: EvidenceFolder, port: int) -> Iterator[Counters]:
    counters, stop = Counters(), threading.Event()
    uploader = Uploader(
        url=f"http://127.0.0.1:{port}/",
        node=NODE,
        key=KEY,
        outbox=outbox,
        evidence=evidence.files,
        counters=counters,
        now=lambda: NOON,
        steady=time.monotonic,
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


def with_a_picture(tmp_path: Path) -> tuple[Outbox, EvidenceFolder, PendingUpload]:
    outbox = Outbox(tmp_path, "boot-a")
    folder = a_folder(tmp_path / "evidence")
    evidence, upload = folder.keep(folder.draw(a_frame(), people((0.5, 0.25, 0.1, 0.5))))
    assert upload is not None
    outbox.put([a_message(evidence=(evidence,))], decided_at=NOON, uploads=[upload])
    return outbox, folder, upload


def test_a_picture_is_uploaded_once_and_then_deleted(tmp_path: Path) -> None:
    outbox, folder, upload = with_a_picture(tmp_path)
    content = folder.files.read(upload.sha256)

    with a_shelf() as shelf, uploading(outbox, folder, shelf.port):
        until(lambda: outbox.depth().uploads == 0)

    assert shelf.taken == {upload.sha256: content}
    assert folder.files.read(upload.sha256) is None
    assert outbox.counters()["evidence_uploaded"] == 1


def test_a_centre_in_trouble_is_asked_again(tmp_path: Path) -> None:
    outbox, folder, upload = with_a_picture(tmp_path)

    with a_shelf(500, 403) as shelf, uploading(outbox, folder, shelf.port) as counters:
        until(lambda: outbox.depth().uploads == 0)

    assert (shelf.asked, list(shelf.taken)) == (3, [upload.sha256])
    assert counters.total("upload_failures") == 2


def test_what_the_centre_never_takes_is_not_sent_again(tmp_path: Path) -> None:
    outbox, folder, _ = with_a_picture(tmp_path)

    with a_shelf(422) as shelf, uploading(outbox, folder, shelf.port):
        until(lambda: outbox.depth().uploads == 0)

    assert shelf.asked == 1
    assert outbox.counters()["evidence_rejected"] == 1


def test_without_a_centre_pictures_wait_for_the_next_run(tmp_path: Path) -> None:
    outbox, folder, upload = with_a_picture(tmp_path)
    with a_shelf() as shelf:
        port = shelf.port
    with uploading(outbox, folder, port) as counters:
        until(lambda: counters.total("upload_failures") >= 1)
    outbox.close()

    again = Outbox(tmp_path, "boot-b")
    with a_shelf() as shelf, uploading(again, folder, shelf.port):
        until(lambda: again.depth().uploads == 0)

    assert list(shelf.taken) == [upload.sha256]
