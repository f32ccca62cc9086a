"""Somebody sells where none may. EXPERIMENTAL: small detectors know no stalls and handcarts.

What they see is people who stand around a table, a tricycle (seen as a motorcycle or bicycle)
or a truck that stands, for minutes. People who chat beside a parked bicycle look the same, so
it is a note for review, never an order by itself. Umbrellas are left out: they hang in the
air, and where they stand cannot be told.
"""

from scenarios.authoring import (
    Annotated,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Leaves,
    Level,
    Parameters,
    Scene,
    Signal,
    Stays,
    Text,
    Track,
    Walks,
    scenario,
    seconds,
    tunable,
)

STALLS = {"dining table", "bench", "bicycle", "motorcycle", "truck"}
STANDS = 20  # seconds in its place from which on somebody stands, and a stall does
TRICYCLE = Stays("motorcycle", (10, 10))
VENDOR, CUSTOMER = Stays("person", (11.2, 10.4)), Stays("person", (9, 9.4))
PASSER = Walks("person", [(0, 9), (20, 9)], 1.2)


class Vending(Parameters, frozen=True):
    """What a site may set."""

    people: Annotated[int, tunable(1, 50, zh="人数", en="People")] = 2
    radius_m: Annotated[float, tunable(0.5, 10, zh="距摊位（米）", en="From the stall (m)")] = 2.0


@scenario(
    Vending,
    title=Text(zh="占道经营（试验）", en="Street vending (experimental)"),
    because=Text(
        zh="{people:.0f} 人停留在疑似摊位 {radius_m:g} 米内",
        en="{people:.0f} people stand within {radius_m:g} m of what may be a stall",
    ),
    duty=DutyClass.CITY,
    per="subject",
    level=Level.INFO,
    watches={"person", *STALLS},
    hold=seconds(120),
    clear=seconds(60),
    cases=(
        Case("at a tricycle", [TRICYCLE, VENDOR, CUSTOMER], opens=1, reaches=Level.INFO),
        Case("a parked tricycle", [TRICYCLE, PASSER], opens=0, duration=seconds(160)),
        Case("people who chat", [VENDOR, CUSTOMER], opens=0),
        Case(
            "who parks and goes",
            [TRICYCLE, *(Leaves(one, after=seconds(90)) for one in (VENDOR, CUSTOMER))],
            opens=0,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ),
)
def rule(scene: Scene, vending: Vending) -> Iterator[Signal]:
    """Point at each stall that stands, with the people who stand around it."""
    for stall in scene.in_zone():
        if stall.label in STALLS and stands(scene, stall):
            around = scene.neighbours(stall, "person", vending.radius_m)
            staying = [person for person in around if stands(scene, person)]
            if len(staying) >= vending.people:
                yield scene.signal(stall, *staying, people=len(staying), radius_m=vending.radius_m)


def stands(scene: Scene, track: Track) -> bool:
    """Tell whether something has been in its place for a while."""
    return scene.stationary_for(track).total_seconds() >= STANDS
