"""Evidence to the centre: idempotent, one file at a time, from its own queue."""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import httpx
import structlog

from edge.errors import OutboxFullError
from edge.evidence.store import EvidenceStore
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox, PendingUpload
from pipeline.wire import Node, sign

log = structlog.get_logger()

PERMANENT_REFUSALS = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
"""Answers that another try does not change; all else is tried again."""
MAX_RETRY_DELAY_S = 60.0


def evidence_request(
    sha256: str, content: bytes, *, node: Node, key: bytes, media_type: str
) -> tuple[str, dict[str, str]]:
    """Give the path of a file at the centre, and the headers that say whose it is."""
    path = f"/v1/evidence/{sha256}"
    headers = {
        "Content-Type": media_type,
        "X-Gridwatch-Node": str(node),
        "X-Gridwatch-Signature": sign(key, path, content),
    }
    return path, headers


class Uploader:
    """Send all evidence until the centre has it; an alert never waits for this.

    Args:
        now: The box's clock, for what has waited too long.
        monotonic_s: Seconds that only grow, whatever that clock is set to.
    """

    def __init__(
        self,
        *,
        url: str,
        node: Node,
        key: bytes,
        outbox: Outbox,
        store: EvidenceStore,
        counters: Counters,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._url, self._node, self._key = url.rstrip("/"), node, key
        self._outbox, self._evidence, self._counters = outbox, store, counters
        self._now, self._steady = now, monotonic_s
        self._woken = threading.Event()
        self._told = ""
        outbox.on_commit(self._woken.set)

    def wake(self) -> None:
        """Look into the queue, and at ``stop``, now."""
        self._woken.set()

    def run(self, stop: threading.Event) -> None:
        """Upload until ``stop``; call ``wake`` after setting it."""
        pause = 0.0
        with httpx.Client(timeout=httpx.Timeout(10.0)) as client:
            while not stop.is_set():
                if pause:
                    stop.wait(pause * (0.5 + secrets.randbelow(500) / 1000))
                self._woken.clear()
                self._evidence.expire(self._now(), monotonic_s=self._steady())
                waiting = self._outbox.pending_uploads(limit=10)
                if all(self._upload(client, each) for each in waiting):
                    pause = 0.0
                    if not waiting:
                        self._woken.wait(5.0)
                else:
                    pause = min(max(pause * 2, 0.5), MAX_RETRY_DELAY_S)

    def _upload(self, client: httpx.Client, upload: PendingUpload) -> bool:
        """Send one file; ``False`` to try again later."""
        content = self._evidence.read(upload.sha256)
        if content is None:
            return self._give_up(upload, "the file is gone")
        path, headers = evidence_request(
            upload.sha256, content, node=self._node, key=self._key, media_type=upload.media_type
        )
        try:
            answer = client.put(self._url + path, content=content, headers=headers)
        except httpx.HTTPError as error:
            return self._failed(f"{type(error).__name__}: {error}")
        if answer.is_success:
            return self._done(upload)
        if answer.status_code in PERMANENT_REFUSALS:
            return self._give_up(upload, f"the centre answers {answer.status_code}")
        return self._failed(f"the centre answers {answer.status_code}")

    def _done(self, upload: PendingUpload) -> bool:
        """Forget the file; where even that finds no room on the disk, it is sent again."""
        try:
            self._outbox.mark_uploaded(upload.sha256)
        except OutboxFullError as error:
            return self._failed(str(error))
        self._told = ""
        self._evidence.delete(upload.sha256)
        return True

    def _give_up(self, upload: PendingUpload, reason: str) -> bool:
        """Send it no more; where a full disk cannot be told so, it is tried again."""
        try:
            self._outbox.reject_upload(upload.sha256, reason)
        except OutboxFullError as error:
            return self._failed(str(error))
        log.error("evidence_rejected", sha256=upload.sha256, reason=reason)
        return True

    def _failed(self, reason: str) -> bool:
        self._counters.add("upload_failures")
        if reason != self._told:
            self._told = reason
            log.warning("upload_failed", url=self._url, reason=reason)
        return False
