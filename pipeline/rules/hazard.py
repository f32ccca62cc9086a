"""What is watched for, and the words for it."""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.capability import Capability
from pipeline.signal import Level
from pipeline.text import Text


class Per(StrEnum):
    """What one happening is."""

    ZONE = "zone"
    """The zone as a whole: its strongest signal speaks."""
    ALL_ZONES = "all_zones"
    """All zones of the scenario together: the rule is evaluated once, on the first zone."""
    SUBJECT = "subject"
    """Each object by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSpec:
    """A kind of happening, the same at every site.

    Args:
        key: ``[a-z][a-z0-9_]*``, also the name of its file.
        revision: Counts up whenever the rule would decide differently.
        message: Its reason, with the measures of its signals as ``{fields}``.
        level: How bad it is when it opens; a signal may say worse.
        labels: Labels it looks at; all others are taken out before the rule. None for a
            hazard that needs no detector.
        capabilities: What it looks at beyond tracks.
    """

    key: str
    revision: int
    title: Text
    message: Text
    per: Per
    level: Level
    labels: frozenset[str]
    capabilities: frozenset[Capability] = frozenset()
