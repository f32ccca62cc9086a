"""Boxes that send as fast as the broker takes it: prepared packets over bare sockets.

A process of its own, so that what is measured keeps its cores: reads a ``Load`` on standard
input, prints ``ready``, waits for a line, and prints an ``Answer``.
"""

import asyncio
import sys
import time

import msgspec

from api.mqtt.packets import (
    USER_PROPERTY,
    Kind,
    Publish,
    connect,
    length,
    puback,
    read_publish,
    sized,
    split,
    subscribe,
    text,
)
from pipeline.wire import Node, Receipt, read, sign
from pipeline.wire.alert import CONTENT_TYPE
from pipeline.wire.signature import PROPERTY, broker_password

WINDOW = 100
"""Publishes of one box without the broker's answer."""
RESEND_AFTER_S = 5.0
PUBLISH, CONTENT_TYPE_ID = 0x32, 0x03


class Batch(msgspec.Struct, frozen=True):
    """What one box sends, in order; entry n is number n + 1 of its boot, but for repeats."""

    node: str
    key: bytes
    topics: list[str]
    payloads: list[bytes]
    seqs: list[int]


class Load(msgspec.Struct, frozen=True):
    """What all boxes send, and whether they wait for receipts."""

    port: int
    batches: list[Batch]
    is_receipted: bool


class Answer(msgspec.Struct, frozen=True):
    """How long it took, from the first message to the last answer."""

    seconds: float
    resent: int


class Box:
    """One connection, which knows as much of MQTT 5 as this needs."""

    def __init__(self, batch: Batch, *, is_receipted: bool) -> None:
        self._batch = batch
        self._waits_for_receipts = is_receipted
        self._packets = [
            _publish(topic, payload, bytes.fromhex(sign(batch.key, topic, payload)))
            for topic, payload in zip(batch.topics, batch.payloads, strict=True)
        ]
        self._unanswered = asyncio.Semaphore(WINDOW)
        self._n_acked = 0
        self._open = set(batch.seqs) if is_receipted else set[int]()
        self._moved_at = 0.0
        self._acked_seq = 0
        self._subscribed = asyncio.Event()
        self.resent = 0

    async def connect(self, port: int) -> None:
        """Log in, and ask for receipts."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        node = Node.parse(self._batch.node)
        password = broker_password(self._batch.key)
        self._writer.write(
            connect(node.client_id, user=str(node), password=password, keepalive_s=60)
        )
        self._writer.write(subscribe(1, [node.topic("down", "receipt")]))
        self._reading = asyncio.create_task(self._read())
        await self._subscribed.wait()

    async def send(self) -> None:
        """Send all, and wait until all is answered; what is not is sent again."""
        self._moved_at = time.monotonic()
        for number, packet in enumerate(self._packets):
            await self._put(number, packet)
        while self._open or self._n_acked < len(self._packets) + self.resent:
            await asyncio.sleep(0.002)
            if self._open and time.monotonic() - self._moved_at > RESEND_AFTER_S:
                await self._again()
        self._reading.cancel()
        self._writer.close()

    async def _again(self) -> None:
        self._moved_at = time.monotonic()
        for number, seq in enumerate(self._batch.seqs):
            if seq in self._open:
                self.resent += 1
                await self._put(number, self._packets[number])

    async def _put(self, number: int, packet: tuple[bytes, bytes]) -> None:
        await self._unanswered.acquire()
        head, tail = packet
        self._writer.write(head + (number % 60000 + 1).to_bytes(2, "big") + tail)

    async def _read(self) -> None:
        buffer = bytearray()
        while data := await self._reader.read(2**16):
            buffer += data
            for came in split(buffer):
                match came.kind:
                    case Kind.PUBACK:
                        self._n_acked += 1
                        self._unanswered.release()
                    case Kind.SUBACK:
                        self._subscribed.set()
                    case Kind.PUBLISH:
                        self._settle(read_publish(came))

    def _settle(self, message: Publish) -> None:
        self._writer.write(puback(message.number))
        receipt = read(message.payload, Receipt)
        self._moved_at = time.monotonic()
        self._open.difference_update(receipt.also)
        self._open.difference_update(range(self._acked_seq, receipt.acked_seq + 1))
        self._acked_seq = receipt.acked_seq


async def drive(load: Load) -> Answer:
    """Send everything, once told to."""
    boxes = [Box(batch, is_receipted=load.is_receipted) for batch in load.batches]
    for box in boxes:
        await box.connect(load.port)
    _say(b"ready")
    await asyncio.to_thread(sys.stdin.buffer.readline)
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for box in boxes:
            group.create_task(box.send())
    return Answer(time.monotonic() - began, sum(box.resent for box in boxes))


def _publish(topic: str, payload: bytes, signature: bytes) -> tuple[bytes, bytes]:
    """Prepare a PUBLISH: what stands before its number, and what behind."""
    properties = bytes([CONTENT_TYPE_ID]) + text(CONTENT_TYPE)
    properties += bytes([USER_PROPERTY]) + text(PROPERTY) + text(signature.hex())
    head, tail = text(topic), sized(properties) + payload
    return bytes([PUBLISH]) + length(len(head) + 2 + len(tail)) + head, tail


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Run as a process."""
    load = msgspec.json.decode(sys.stdin.buffer.readline(), type=Load)
    _say(msgspec.json.encode(asyncio.run(drive(load))))


if __name__ == "__main__":
    main()
