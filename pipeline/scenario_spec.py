"""What defines a scenario at every site: key, texts, level, labels and the inputs it needs."""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.signal import Level
from pipeline.text import Text


class Capability(StrEnum):
    """An input beyond tracks; computed only for cameras that have a scenario which needs it."""

    STATIC_OBJECTS = "static_objects"
    """Objects that appeared or disappeared and have not changed since."""
    VIEW_CHANGE = "view_change"
    """Whether the camera was covered, moved or defocused."""
    FALLING_OBJECTS = "falling_objects"
    """Small objects on a falling path."""
    FIRES = "fires"
    """Flames and smoke; experimental."""
    DENSE_CROWDS = "dense_crowds"
    """Crowds in which people hide each other; their number is estimated."""
    POSTURES = "postures"
    """Which people lie on the ground, and which of them fell."""
    OUTAGES = "outages"
    """Stream gaps: the rule is also evaluated while no frames arrive."""


PIXEL_CAPABILITIES = frozenset(
    {
        Capability.STATIC_OBJECTS,
        Capability.VIEW_CHANGE,
        Capability.FALLING_OBJECTS,
        Capability.FIRES,
        Capability.DENSE_CROWDS,
    }
)
"""The capabilities that ``PixelAnalyzer`` provides."""


class Per(StrEnum):
    """What one episode covers."""

    ZONE = "zone"
    """The whole zone: the strongest signal counts."""
    ALL_ZONES = "all_zones"
    """All zones of the scenario together: the rule is evaluated once, on the first zone."""
    SUBJECT = "subject"
    """One object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSpec:
    """The definition of a scenario, the same at every site.

    Args:
        key: ``[a-z][a-z0-9_]*``, also the name of its file.
        revision: Incremented whenever the rule would decide differently.
        message: The reason given in the alert, with the measures of its signals as ``{fields}``.
        level: Level of a new alert, unless the signal has a higher one.
        labels: Labels of the tracks that the rule sees; empty for a scenario that needs no
            detector.
        capabilities: Inputs that the rule reads beyond tracks.
    """

    key: str
    revision: int
    title: Text
    message: Text
    per: Per
    level: Level
    labels: frozenset[str]
    capabilities: frozenset[Capability] = frozenset()
