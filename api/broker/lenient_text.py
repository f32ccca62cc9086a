"""Read the texts in MQTT packets without ending the session of the centre for an odd one.

paho ends the connection for U+0000 and U+FEFF in a user property, which brokers pass on: one node
would disconnect the ingest of all. It also looks at each character in Python, for every message.
"""

from paho.mqtt import properties
from paho.mqtt.exception import MalformedPacket


def read_text(buffer: bytes, limit: int) -> tuple[str, int]:
    """Read a text with its length in front; return it and the number of bytes that it took.

    Invalid UTF-8 is replaced: whoever reads the text refuses it.

    Args:
        limit: Bytes left in this part of the packet.

    Raises:
        MalformedPacket: The text is longer than that.
    """
    length = int.from_bytes(buffer[:2], "big")
    if limit < 2 or length > limit - 2:
        raise MalformedPacket("a text is longer than its packet")
    return bytes(buffer[2 : 2 + length]).decode("utf-8", "replace"), 2 + length


def use_lenient_text() -> None:
    """Make paho read texts in this way, in this process."""
    properties.readUTF = read_text
