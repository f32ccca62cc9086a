"""The reasons of verdicts, by scenario, and the verdict that each stands for. Pure.

A page shows the codes in its own language; they can be counted, free text cannot. A reason other
than "it is true" is the same for the desk, a worker on site and an auditor.
"""

from enum import StrEnum

from api.accuracy.scenario_traits import traits_of
from api.accuracy.store import VerdictValue
from scenarios.definition.taxonomy import Family


class VerdictReason(StrEnum):
    """Why an incident is not true; stored and shown under this name."""

    NOTHING_THERE = "nothing_there"
    PICTURE_FAULT = "picture_fault"
    """Light, reflection or something in front of the camera."""
    THIS_SPOT = "this_spot"
    """The same thing at the same spot again, such as a sign or a puppet."""
    OTHER_OBJECT = "other_object"
    """Something else was taken for it."""
    ZONE_OR_SETTING = "zone_or_setting"
    NORMAL_ACTIVITY = "normal_activity"
    """It is there, and it is no hazard."""
    PERMITTED = "permitted"
    """It is there, and it is announced or allowed."""
    ALREADY_KNOWN = "already_known"
    CANNOT_TELL = "cannot_tell"

    STEAM_OR_DUST = "steam_or_dust"
    BENDING_DOWN = "bending_down"
    RESTING = "resting"
    ANIMAL = "animal"
    WAITING_OR_EVENT = "waiting_or_event"
    """A queue, a class, a performance: people gather for a harmless reason."""
    LOADING = "loading"
    TRAFFIC_LIGHT = "traffic_light"
    FIXED_OBJECT = "fixed_object"
    """It always stands there."""
    LEAF_OR_BIRD = "leaf_or_bird"


_FALSE, _BENIGN = VerdictValue.FALSE, VerdictValue.BENIGN

VALUE_OF = {
    VerdictReason.NOTHING_THERE: _FALSE,
    VerdictReason.PICTURE_FAULT: _FALSE,
    VerdictReason.THIS_SPOT: _FALSE,
    VerdictReason.OTHER_OBJECT: _FALSE,
    VerdictReason.ZONE_OR_SETTING: _FALSE,
    VerdictReason.NORMAL_ACTIVITY: _BENIGN,
    VerdictReason.PERMITTED: _BENIGN,
    VerdictReason.ALREADY_KNOWN: VerdictValue.DUPLICATE,
    VerdictReason.CANNOT_TELL: VerdictValue.UNSURE,
    VerdictReason.STEAM_OR_DUST: _FALSE,
    VerdictReason.BENDING_DOWN: _FALSE,
    VerdictReason.RESTING: _BENIGN,
    VerdictReason.ANIMAL: _FALSE,
    VerdictReason.WAITING_OR_EVENT: _BENIGN,
    VerdictReason.LOADING: _BENIGN,
    VerdictReason.TRAFFIC_LIGHT: _BENIGN,
    VerdictReason.FIXED_OBJECT: _FALSE,
    VerdictReason.LEAF_OR_BIRD: _FALSE,
}

_OF_FAMILY: dict[str, tuple[VerdictReason, ...]] = {
    Family.CROWD: (VerdictReason.WAITING_OR_EVENT,),
    Family.PANIC: (VerdictReason.WAITING_OR_EVENT,),
    Family.PERSON_DOWN: (VerdictReason.BENDING_DOWN, VerdictReason.RESTING),
    Family.INTRUSION: (VerdictReason.ANIMAL,),
    Family.LOITERING: (VerdictReason.RESTING,),
    Family.WATER: (VerdictReason.ANIMAL, VerdictReason.RESTING),
    Family.FIRE: (VerdictReason.STEAM_OR_DUST,),
    Family.TRAFFIC: (VerdictReason.TRAFFIC_LIGHT,),
    Family.PEDESTRIAN: (VerdictReason.ANIMAL,),
    Family.PARKING: (VerdictReason.LOADING,),
    Family.BICYCLES: (VerdictReason.FIXED_OBJECT,),
    Family.OBJECTS: (VerdictReason.FIXED_OBJECT, VerdictReason.LOADING),
    Family.FALLING_OBJECTS: (VerdictReason.LEAF_OR_BIRD,),
    Family.VENDING: (VerdictReason.FIXED_OBJECT,),
}
_GENERAL = tuple(VerdictReason)[: tuple(VerdictReason).index(VerdictReason.STEAM_OR_DUST)]


def reasons_of(scenario: str) -> tuple[VerdictReason, ...]:
    """Return the reasons that a page offers for a scenario, its own ones first."""
    return (*_OF_FAMILY.get(traits_of(scenario).family, ()), *_GENERAL)


def value_of(reason: VerdictReason | None) -> VerdictValue:
    """Return the verdict of a rejection; without a code it is false."""
    return VALUE_OF[reason] if reason else VerdictValue.FALSE
