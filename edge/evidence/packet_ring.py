"""The last seconds of a camera, as it sent them: undecoded, so that keeping them costs nothing."""

import threading
from collections import deque
from datetime import datetime
from itertools import islice

from edge.sources.packets import EncodedPacket


class PacketRing:
    """Packets of one camera, whole groups of pictures; safe over threads.

    Args:
        max_bytes: What it may hold; beyond, the oldest group goes, however new.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._packets: deque[EncodedPacket] = deque()
        self._keys: deque[datetime] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """What it holds now."""
        return self._bytes

    @property
    def begins_at(self) -> datetime | None:
        """When its oldest picture was taken."""
        with self._lock:
            return self._packets[0].at if self._packets else None

    def push(self, packet: EncodedPacket) -> None:
        """Take a packet; what comes before the first key frame is of no use."""
        with self._lock:
            if packet.is_key:
                self._keys.append(packet.at)
            if not self._keys:
                return
            self._packets.append(packet)
            self._bytes += len(packet.content)
            while self._bytes > self._max_bytes and self._keys:
                self._drop_group()

    def trim(self, before: datetime) -> None:
        """Drop the groups that nobody needs who wants to see from ``before`` on."""
        with self._lock:
            while len(self._keys) > 1 and self._keys[1] <= before:
                self._drop_group()

    def cut(self, since: datetime, until: datetime) -> list[EncodedPacket]:
        """Give what it takes to show ``since`` to ``until``, as far as it is there.

        Returns:
            Packets in the order of decoding, a key frame first, of one coding: the last.
        """
        with self._lock:
            packets = list(self._packets)
        coded = [i for i, one in enumerate(packets) if one.codec != packets[-1].codec]
        packets = packets[coded[-1] + 1 :] if coded else packets
        keys = [i for i, one in enumerate(packets) if one.is_key and one.at <= until]
        wanted = [i for i, one in enumerate(packets) if one.at <= until]
        if not keys:
            return []
        begin = max((i for i in keys if packets[i].at <= since), default=keys[0])
        return list(islice(packets, begin, wanted[-1] + 1))

    def _drop_group(self) -> None:
        """Drop the oldest key frame and all up to the next."""
        self._keys.popleft()
        self._bytes -= len(self._packets.popleft().content)
        while self._packets and not self._packets[0].is_key:
            self._bytes -= len(self._packets.popleft().content)
