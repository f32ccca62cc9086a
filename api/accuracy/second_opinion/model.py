"""The question to a verifier and its opinion. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.text import Text


class OpinionValue(StrEnum):
    """What a verifier says; stored and shown under this name."""

    TRUE = "true"
    FALSE = "false"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What leaves the centre: no name of a camera, place or person, and no time.

    Args:
        title: What the scenario watches for.
        message: Why the alert is open.
        picture: The snapshot; the node has pixelated the heads in it.
    """

    title: str
    message: str
    picture: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The answer of a verifier.

    Args:
        explanation: What it sees, in its own words; either text may be empty.
    """

    value: OpinionValue
    explanation: Text
