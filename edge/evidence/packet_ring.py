"""Hold the last seconds of a camera as undecoded packets, which costs almost no CPU time."""

import threading
from collections import deque
from datetime import datetime
from itertools import islice

from edge.sources.packets import EncodedPacket


class PacketRing:
    """The latest packets of a camera, in whole groups of pictures; thread-safe.

    Args:
        max_bytes: Size above which the oldest group is discarded.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._packets: deque[EncodedPacket] = deque()
        self._keys: deque[datetime] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Size of the packets held."""
        return self._bytes

    @property
    def begins_at(self) -> datetime | None:
        """Capture time of the oldest frame; ``None`` if there is none."""
        with self._lock:
            return self._packets[0].at if self._packets else None

    def push(self, packet: EncodedPacket) -> None:
        """Add a packet; packets before the first key frame are ignored."""
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
        """Discard the groups that are not needed to show the time from ``before`` on."""
        with self._lock:
            while len(self._keys) > 1 and self._keys[1] <= before:
                self._drop_group()

    def cut(self, since: datetime, until: datetime) -> list[EncodedPacket]:
        """Return the packets needed to show ``since`` to ``until``, as far as they are held.

        Returns:
            Packets in decoding order with the same codec parameters, starting with a key frame;
            empty if there is no key frame up to ``until``. If the parameters changed, only
            packets after the change are returned.
        """
        with self._lock:
            packets = list(self._packets)
        other_codec = [i for i, p in enumerate(packets) if p.codec != packets[-1].codec]
        packets = packets[other_codec[-1] + 1 :] if other_codec else packets
        keys = [i for i, p in enumerate(packets) if p.is_key and p.at <= until]
        inside = [i for i, p in enumerate(packets) if p.at <= until]
        if not keys:
            return []
        first = max((i for i in keys if packets[i].at <= since), default=keys[0])
        return list(islice(packets, first, inside[-1] + 1))

    def _drop_group(self) -> None:
        """Discard the oldest key frame and all packets up to the next one."""
        self._keys.popleft()
        self._bytes -= len(self._packets.popleft().content)
        while self._packets and not self._packets[0].is_key:
            self._bytes -= len(self._packets.popleft().content)
