"""Upload evidence to the centre, one file at a time; repeating an upload is harmless."""

import secrets
import ssl
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus

import httpx
import structlog

from edge.enrolment.key_holder import KeyHolder
from edge.errors import OutboxFullError
from edge.evidence.store import EvidenceStore
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox, PendingUpload
from pipeline.wire import Node, sign

log = structlog.get_logger()

PERMANENT_REFUSALS = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
"""Status codes of the centre after which an upload is not repeated. A proxy may send the same."""
PROBLEM_DOCUMENT = "application/problem+json"
"""Media type of the centre's own refusals (RFC 9457)."""
MAX_PENDING, BATCH = 100, 10
MIN_RETRY_DELAY_S, MAX_RETRY_DELAY_S = 0.5, 60.0
POLL_INTERVAL_S = 5.0


def evidence_request(
    sha256: str, content: bytes, *, node: Node, key: bytes, media_type: str
) -> tuple[str, dict[str, str]]:
    """Return the path of a file at the centre, and signed headers for its upload."""
    path = f"/v1/evidence/{sha256}"
    headers = {
        "Content-Type": media_type,
        "X-Gridwatch-Node": str(node),
        "X-Gridwatch-Signature": sign(key, path, content),
    }
    return path, headers


class Uploader:
    """Upload pending evidence until the centre has all of it; alerts do not wait for it.

    Args:
        verify: The certificates that are trusted, as ``httpx`` takes it.
        now: The node's clock, by which files expire.
        monotonic_s: Returns monotonic seconds, which a change of the clock does not affect.
    """

    def __init__(  # noqa: PLR0913  # parts of a node, each by its name
        self,
        *,
        url: str,
        node: Node,
        keys: KeyHolder,
        outbox: Outbox,
        store: EvidenceStore,
        counters: Counters,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._verify = verify
        self._url, self._node, self._keys = url.rstrip("/"), node, keys
        self._outbox, self._store, self._counters = outbox, store, counters
        self._now, self._monotonic_s = now, monotonic_s
        self._woken = threading.Event()
        self._last_failure = ""
        self._refused: set[str] = set()
        outbox.on_commit(self._woken.set)

    def wake(self) -> None:
        """Check the queue and ``stop`` now."""
        self._woken.set()

    def run(self, stop: threading.Event) -> None:
        """Upload until ``stop``; call ``wake`` after setting it."""
        delay_s = 0.0
        with httpx.Client(timeout=httpx.Timeout(10.0), verify=self._verify) as client:
            while not stop.is_set():
                if delay_s:
                    stop.wait(delay_s * (0.5 + secrets.randbelow(500) / 1000))
                self._woken.clear()
                self._store.expire(self._now(), monotonic_s=self._monotonic_s())
                pending = self._next_uploads()
                if self._upload_all(client, pending):
                    delay_s = 0.0
                    if not pending:
                        self._woken.wait(POLL_INTERVAL_S)
                else:
                    delay_s = min(max(delay_s * 2, MIN_RETRY_DELAY_S), MAX_RETRY_DELAY_S)

    def _next_uploads(self) -> list[PendingUpload]:
        """Return the next files; those that were refused for now come after the others."""
        pending = self._outbox.pending_uploads(limit=MAX_PENDING)
        self._refused &= {upload.sha256 for upload in pending}
        return sorted(pending, key=lambda upload: upload.sha256 in self._refused)[:BATCH]

    def _upload_all(self, client: httpx.Client, uploads: Sequence[PendingUpload]) -> bool:
        """Upload files; return whether all are settled.

        Stops when nothing answers; what refuses one file may take the others.
        """
        are_settled = True
        for upload in uploads:
            try:
                are_settled &= self._upload(client, upload)
            except httpx.HTTPError as error:
                return self._failed(f"{type(error).__name__}: {error}")
        return are_settled

    def _upload(self, client: httpx.Client, upload: PendingUpload) -> bool:
        """Upload one file; return whether it is settled and need not be tried again.

        Raises:
            httpx.HTTPError: The centre does not answer.
        """
        content = self._store.read(upload.sha256)
        if content is None:
            return self._give_up(upload, "the file no longer exists")
        path, headers = evidence_request(
            upload.sha256,
            content,
            node=self._node,
            key=self._keys.key,
            media_type=upload.media_type,
        )
        response = client.put(self._url + path, content=content, headers=headers)
        if response.is_success:
            return self._done(upload)
        is_of_centre = response.headers.get("Content-Type", "").startswith(PROBLEM_DOCUMENT)
        if response.status_code in PERMANENT_REFUSALS and is_of_centre:
            return self._give_up(upload, f"the centre answered {response.status_code}")
        self._refused.add(upload.sha256)
        sender = "the centre" if is_of_centre else "a proxy before the centre, or another server,"
        return self._failed(f"{sender} answered {response.status_code}")

    def _done(self, upload: PendingUpload) -> bool:
        """Delete an uploaded file; on a full disk it stays and is uploaded again."""
        try:
            self._outbox.mark_uploaded(upload.sha256)
        except OutboxFullError as error:
            return self._failed(str(error))
        self._last_failure = ""
        self._store.delete(upload.sha256)
        return True

    def _give_up(self, upload: PendingUpload, reason: str) -> bool:
        """Mark an upload as refused; on a full disk it stays pending."""
        try:
            self._outbox.reject_upload(upload.sha256, reason)
        except OutboxFullError as error:
            return self._failed(str(error))
        log.error("evidence_rejected", sha256=upload.sha256, reason=reason)
        return True

    def _failed(self, reason: str) -> bool:
        self._counters.add("upload_failures")
        if reason != self._last_failure:
            self._last_failure = reason
            log.warning("upload_failed", url=self._url, reason=reason)
        return False
