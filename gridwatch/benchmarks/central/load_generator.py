"""Nodes that publish as fast as the broker accepts, over the connection of a real node.

Runs as a separate process, so that it does not share an interpreter with what is measured: reads
a ``Load`` from standard input, prints ``ready``, waits for a line, and prints a ``LoadResult``.
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
"""Messages of one node that wait for their PUBACK."""
RESEND_AFTER_S = 5.0


class NodeLoad(msgspec.Struct, frozen=True):
    """The messages of one node, in order, with their sequence numbers."""

    node: str
    key: bytes
    topics: list[str]
    payloads: list[bytes]
    seqs: list[int]


class Load(msgspec.Struct, frozen=True):
    """The messages of all nodes, and whether they wait for receipts."""

    port: int
    batches: list[NodeLoad]
    is_receipted: bool


class LoadResult(msgspec.Struct, frozen=True):
    """Seconds from the first message to the last acknowledgement."""

    seconds: float
    resent: int


class LoadNode:
    """The connection of one node, and its messages."""

    def __init__(self, batch: NodeLoad, port: int, *, is_receipted: bool) -> None:
        node = Node.parse(batch.node)
        self._seqs = batch.seqs
        self._messages = [
            _make_message(batch.key, topic, payload)
            for topic, payload in zip(batch.topics, batch.payloads, strict=True)
        ]
        self._window = Semaphore(MAX_IN_FLIGHT)
        self._progress = Condition()
        self._unanswered = 0
        self._open = set(batch.seqs) if is_receipted else set[int]()
        self._acked_seq = 0
        self._lost = ""
        self.resent = 0
        self._connection = Connection(
            Broker(host="127.0.0.1", port=port),
            broker_login(node, batch.key),
            will=signed_status(node, "offline", key=batch.key, boot_id="bench", software=""),
            on_event=self._on_event,
        )
        self._connection.open(node.topic("down", "receipt"))

    def send(self) -> None:
        """Publish all messages and wait until all are acknowledged; resend those that are not.

        Raises:
            SystemExit: The broker closed the connection.
        """
        for message in self._messages:
            self._publish(message)
        while not self._is_done():
            self.resent += self._send_again()
        self._connection.close()

    def _is_done(self) -> bool:
        """Wait for all acknowledgements; return False once none arrives for a while."""
        with self._progress:
            while left := self._pending():
                if not self._progress.wait_for(partial(self._has_progress, left), RESEND_AFTER_S):
                    return False
                if self._lost:
                    sys.exit(f"the broker closed the connection: {self._lost}")
        return True

    def _pending(self) -> int:
        return len(self._open) + self._unanswered

    def _has_progress(self, left: int) -> bool:
        return bool(self._lost) or self._pending() < left

    def _send_again(self) -> int:
        late = [
            message
            for seq, message in zip(self._seqs, self._messages, strict=True)
            if seq in self._open
        ]
        for message in late:
            self._publish(message)
        return len(late)

    def _publish(self, message: OutgoingMessage) -> None:
        self._window.acquire()
        with self._progress:
            self._unanswered += 1
        self._connection.publish(message)

    def _on_event(self, event: ConnectionEvent) -> None:
        with self._progress:
            match event:
                case PublishAcknowledged():
                    self._unanswered -= 1
                    self._window.release()
                case IncomingMessage(payload=payload):
                    self._on_receipt(decode_message(payload, Receipt))
                case ConnectionLost(reason=reason):
                    self._lost = reason
            self._progress.notify()

    def _on_receipt(self, receipt: Receipt) -> None:
        self._open.difference_update(receipt.also)
        self._open.difference_update(range(self._acked_seq, receipt.acked_seq + 1))
        self._acked_seq = receipt.acked_seq


def run_load(load: Load) -> LoadResult:
    """Publish everything once a line arrives on standard input."""
    nodes = [LoadNode(batch, load.port, is_receipted=load.is_receipted) for batch in load.batches]
    _print(b"ready")
    sys.stdin.buffer.readline()
    began = time.monotonic()
    with ThreadPoolExecutor(len(nodes)) as threads:
        for sent in [threads.submit(node.send) for node in nodes]:
            sent.result()
    return LoadResult(time.monotonic() - began, sum(node.resent for node in nodes))


def _make_message(key: bytes, topic: str, payload: bytes) -> OutgoingMessage:
    signature = {SIGNATURE_PROPERTY: sign(key, topic, payload)}
    return OutgoingMessage(
        topic=topic, payload=payload, content_type=CONTENT_TYPE, properties=signature
    )


def _print(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Read the load, run it, and print the result."""
    load = msgspec.json.decode(sys.stdin.buffer.readline(), type=Load)
    _print(msgspec.json.encode(run_load(load)))


if __name__ == "__main__":
    main()
