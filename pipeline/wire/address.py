"""Nodes and their topics."""

import re
from dataclasses import dataclass
from typing import Self

from pipeline.errors import WireError

TOPIC_ROOT = "gw/v1"
ALERT_FILTER = f"{TOPIC_ROOT}/+/+/+/up/alert/#"
INGEST_FILTER = f"$share/ingest/{ALERT_FILTER}"

MAX_TOPIC_LENGTH = 400
"""Longer than every topic of a node, which has at most 340 characters."""

NAME_PATTERN = re.compile(r"[a-z0-9-]{1,64}")
SCENARIO_KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """An edge node: its district, its site, and its name there.

    Raises:
        WireError: A part is not ``[a-z0-9-]{1,64}``.
    """

    district: str
    site: str
    name: str

    def __post_init__(self) -> None:
        """Check that every part fits into a topic, a user name and an ACL."""
        for part in (self.district, self.site, self.name):
            if not NAME_PATTERN.fullmatch(part):
                raise WireError(f"{part!r} is no name: use 1 to 64 of a-z, 0-9 and -")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse ``district/site/node``.

        Raises:
            WireError: There are not three parts, or one is not a name.
        """
        parts = text.strip("/").split("/")
        if len(parts) != 3:
            raise WireError(f"{text!r} is no node: write district/site/node")
        return cls(*parts)

    def __str__(self) -> str:
        """``district/site/node``, which is also the broker's user name."""
        return f"{self.district}/{self.site}/{self.name}"

    @property
    def client_id(self) -> str:
        """The parts joined by dots: slashes in a client id break some brokers."""
        return f"{self.district}.{self.site}.{self.name}"

    def topic(self, *parts: str) -> str:
        """Return a topic below the prefix of the node: ``topic("up", "status")``."""
        return "/".join((TOPIC_ROOT, str(self), *parts))


def alert_topic(node: Node, *, scenario: str, camera: str) -> str:
    """Return the topic of the alerts of one scenario and camera."""
    return node.topic("up", "alert", scenario, camera)


def parse_topic(topic: str) -> tuple[Node, tuple[str, ...]]:
    """Split a topic into the node and the parts behind its prefix.

    Raises:
        WireError: The topic is not below ``gw/v1/{district}/{site}/{node}``.
    """
    if len(topic) > MAX_TOPIC_LENGTH:
        raise WireError(f"the topic has {len(topic)} characters, more than {MAX_TOPIC_LENGTH}")
    parts = topic.split("/")
    if len(parts) < 6 or "/".join(parts[:2]) != TOPIC_ROOT:
        raise WireError(f"{topic!r} does not lie below {TOPIC_ROOT}/district/site/node")
    return Node(*parts[2:5]), tuple(parts[5:])
