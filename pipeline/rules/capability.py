"""What a rule may ask for beyond the detector's tracks; computed only where it is asked for."""

from enum import StrEnum


class Capability(StrEnum):
    """A view of the camera that costs something, or that most rules must not see."""

    STATIC_OBJECTS = "stills"
    """Things that appeared or vanished and stay so."""
    VIEW = "view"
    """Whether the camera still sees what it used to."""
    FALLING_OBJECTS = "tosses"
    """Small things that fall."""
    FIRES = "fires"
    """Flames and smoke; experimental."""
    POSTURES = "postures"
    """Who lies, and who fell."""
    OUTAGES = "outages"
    """For how long no picture has come: the rule is asked in gaps, too."""


PIXEL_CAPABILITIES = frozenset(
    {Capability.STATIC_OBJECTS, Capability.VIEW, Capability.FALLING_OBJECTS, Capability.FIRES}
)
"""The needs that are met by looking at pixels."""
