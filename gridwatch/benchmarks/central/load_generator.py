"""Boxes that send as fast as the broker takes it, over the connection of a real box.

A process of its own, so that what is measured keeps its own interpreter: reads a ``Load`` on
standard input, prints ``ready``, waits for a line, and prints an ``LoadResult``.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Condition, Semaphore

import msgspec

from edge.outbox.mqtt import (
    Broker,
    Connection,
    ConnectionEvent,
    ConnectionLost,
    IncomingMessage,
    OutgoingMessage,
    PublishAcknowledged,
)
from edge.outbox.signed_messages import broker_login, signed_status
from pipeline.wire import Node, Receipt, decode_message, sign
from pipeline.wire.alert import CONTENT_TYPE
from pipeline.wire.signature import SIGNATURE_PROPERTY

MAX_IN_FLIGHT = 100
"""Publishes of one box without the broker's answer."""
RESEND_AFTER_S = 5.0


class NodeLoad(msgspec.Struct, frozen=True):
    """What one box sends, in order; entry n is number n + 1 of its boot, but for repeats."""

    node: str
    key: bytes
    topics: list[str]
    payloads: list[bytes]
    seqs: list[int]


class Load(msgspec.Struct, frozen=True):
    """What all boxes send, and whether they wait for receipts."""

    port: int
    batches: list[NodeLoad]
    is_receipted: bool


class LoadResult(msgspec.Struct, frozen=True):
    """How long it took, from the first message to the last answer."""

    seconds: float
    resent: int


class LoadNode:
    """One connection and what it has to send."""

    def __init__(self, batch: NodeLoad, port: int, *, is_receipted: bool) -> None:
        node = Node.parse(batch.node)
        self._seqs = batch.seqs
        self._posts = [
            _post(batch.key, topic, payload)
            for topic, payload in zip(batch.topics, batch.payloads, strict=True)
        ]
        self._window = Semaphore(MAX_IN_FLIGHT)
        self._moved = Condition()
        self._unanswered = 0
        self._open = set(batch.seqs) if is_receipted else set[int]()
        self._acked_seq = 0
        self._lost = ""
        self.resent = 0
        self._connection = Connection(
            Broker(host="127.0.0.1", port=port),
            broker_login(node, batch.key),
            will=signed_status(node, "offline", key=batch.key, boot_id="bench", software=""),
            on_event=self._hear,
        )
        self._connection.open(node.topic("down", "receipt"))

    def send(self) -> None:
        """Send all, and wait until all is answered; what is not is sent again.

        Raises:
            SystemExit: The broker hung up.
        """
        for post in self._posts:
            self._put(post)
        while not self._is_done():
            self.resent += self._send_again()
        self._connection.close()

    def _is_done(self) -> bool:
        """Wait for all answers, as long as they come."""
        with self._moved:
            while left := self._left():
                if not self._moved.wait_for(partial(self._has_moved, left), RESEND_AFTER_S):
                    return False
                if self._lost:
                    sys.exit(f"the broker hung up: {self._lost}")
        return True

    def _left(self) -> int:
        return len(self._open) + self._unanswered

    def _has_moved(self, left: int) -> bool:
        return bool(self._lost) or self._left() < left

    def _send_again(self) -> int:
        late = [
            post for seq, post in zip(self._seqs, self._posts, strict=True) if seq in self._open
        ]
        for post in late:
            self._put(post)
        return len(late)

    def _put(self, post: OutgoingMessage) -> None:
        self._window.acquire()
        with self._moved:
            self._unanswered += 1
        self._connection.publish(post)

    def _hear(self, event: ConnectionEvent) -> None:
        with self._moved:
            match event:
                case PublishAcknowledged():
                    self._unanswered -= 1
                    self._window.release()
                case IncomingMessage(payload=payload):
                    self._settle(decode_message(payload, Receipt))
                case ConnectionLost(reason=reason):
                    self._lost = reason
            self._moved.notify()

    def _settle(self, receipt: Receipt) -> None:
        self._open.difference_update(receipt.also)
        self._open.difference_update(range(self._acked_seq, receipt.acked_seq + 1))
        self._acked_seq = receipt.acked_seq


def run_load(load: Load) -> LoadResult:
    """Send everything, once told to."""
    boxes = [LoadNode(batch, load.port, is_receipted=load.is_receipted) for batch in load.batches]
    _say(b"ready")
    sys.stdin.buffer.readline()
    began = time.monotonic()
    with ThreadPoolExecutor(len(boxes)) as threads:
        for sent in [threads.submit(box.send) for box in boxes]:
            sent.result()
    return LoadResult(time.monotonic() - began, sum(box.resent for box in boxes))


def _post(key: bytes, topic: str, payload: bytes) -> OutgoingMessage:
    signature = {SIGNATURE_PROPERTY: sign(key, topic, payload)}
    return OutgoingMessage(
        topic=topic, payload=payload, content_type=CONTENT_TYPE, properties=signature
    )


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Run as a process."""
    load = msgspec.json.decode(sys.stdin.buffer.readline(), type=Load)
    _say(msgspec.json.encode(run_load(load)))


if __name__ == "__main__":
    main()
