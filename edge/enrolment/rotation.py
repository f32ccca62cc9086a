"""Rotate the node's key: agree on a new one with the centre, then use it on all connections."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from edge.enrolment.credentials import CredentialFiles, Credentials, credentials_from
from edge.enrolment.enroll import post
from edge.enrolment.key_exchange import KeyExchange, certificate_expiry
from edge.enrolment.key_holder import KeyHolder
from edge.errors import EnrolmentError
from pipeline.wire import sign, verify_signature
from pipeline.wire.enrolment import CONFIRMATION_PATH, ROTATION_PATH
from pipeline.wire.signature import NodeKey

CHECK_EVERY_S = 3600.0
RETRY_AFTER_S = 5.0
RENEW_BEFORE = timedelta(days=30)
"""Of the certificate's expiry."""
SIGNATURE_HEADER = "X-Gridwatch-Signature"

log = structlog.get_logger()


@dataclass(slots=True)
class KeyRotation:
    """Rotates the key of an enrolled node.

    Args:
        files: Where its credentials are.
        holder: Gets the new key.
        on_rotated: Called after that, so that connections log in again.
        verify: The certificates that are trusted, as ``httpx`` takes it.
        now: The node's clock.
    """

    files: CredentialFiles
    holder: KeyHolder
    on_rotated: Callable[[], None]
    verify: ssl.SSLContext | bool
    now: Callable[[], datetime]
    _asked: threading.Event = field(default_factory=threading.Event)

    def request(self) -> None:
        """Rotate the key soon."""
        self._asked.set()

    def run(self, stop: threading.Event) -> None:
        """Rotate whenever it is asked for or due, until ``stop``; call ``request`` after it."""
        while not stop.is_set():
            delay_s = CHECK_EVERY_S
            try:
                if self._asked.is_set() or self._is_due() or self.files.read_next():
                    self._asked.clear()
                    self.rotate()
            except (EnrolmentError, OSError, ValueError) as error:
                log.warning("key_rotation_failed", reason=str(error))
                delay_s = RETRY_AFTER_S
            self._asked.wait(delay_s)

    def rotate(self) -> None:
        """Agree on a new key, unless that has been done; confirm it, and use it.

        Raises:
            EnrolmentError: The centre cannot be reached, or refuses.
            OSError: The credentials cannot be written.
            ValueError: The credentials are damaged.
        """
        current = self.files.read()
        if current is None:
            return
        following = self.files.read_next() or self._agree(current)
        self._confirm(following)
        self.files.use_next()
        previous = bytes(self.holder.key)
        self.holder.key = NodeKey(bytes.fromhex(following.key), previous)
        log.info("key_rotated", node=following.node)
        self.on_rotated()

    def _is_due(self) -> bool:
        current = self.files.read()
        if current is None:
            return False
        return certificate_expiry(current.certificate) - RENEW_BEFORE < self.now()

    def _agree(self, current: Credentials) -> Credentials:
        exchange, key = KeyExchange.create(), bytes.fromhex(current.key)
        request = exchange.request()
        headers = _headers(current, sign(key, ROTATION_PATH, request))
        url = current.centre_url + ROTATION_PATH
        response = post(url, request, headers, verify=self.verify)
        signature = response.headers.get(SIGNATURE_HEADER, "")
        if not verify_signature(key, ROTATION_PATH, request + response.content, signature):
            raise EnrolmentError(f"{url}: the answer is not the centre's")
        answer, next_key = exchange.read_answer(request, response.content)
        following = credentials_from(
            answer,
            key=next_key,
            certificate_key=exchange.certificate_key_pem,
            centre_url=current.centre_url,
            centre_host=current.broker_host,
        )
        self.files.write_next(following)
        return following

    def _confirm(self, following: Credentials) -> None:
        """Prove to the centre that the node has the new key.

        Raises:
            EnrolmentError: It cannot be reached, or does not know this key.
        """
        signature = sign(bytes.fromhex(following.key), CONFIRMATION_PATH, b"")
        url = following.centre_url + CONFIRMATION_PATH
        post(url, b"", _headers(following, signature), verify=self.verify)


def _headers(credentials: Credentials, signature: str) -> dict[str, str]:
    return {
        "X-Gridwatch-Node": credentials.node,
        SIGNATURE_HEADER: signature,
        "Content-Type": "application/json",
    }
