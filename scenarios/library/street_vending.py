"""Goods are sold where vending is forbidden. EXPERIMENTAL.

Small detectors know no stalls or handcarts. What they detect is people who stand for minutes
around a table, a tricycle (reported as a motorcycle or bicycle) or a truck that stands. People who
chat beside a parked bicycle look the same, so this is a note for review, never a work order by
itself. Umbrellas are left out: they are off the ground, so their position is unknown.
"""

from scenarios import authoring as gw

STALLS = {"dining table", "bench", "bicycle", "motorcycle", "truck"}
STANDING = gw.seconds(20)  # a passer-by is gone by then


class StreetVending(gw.Parameters):
    people: int = gw.parameter(2, min=1, max=50, zh="人数", en="People")
    radius_m: float = gw.parameter(
        2.0, min=0.5, max=10, zh="距摊位（米）", en="Distance from stall (m)"
    )


@gw.rule(StreetVending, per="subject", labels={"person", *STALLS}, hold="120s", clear="60s")
def street_vending(scene: gw.Scene, params: StreetVending) -> gw.Signals:
    """Signal each standing stall, with the people who stand around it."""
    for stall in scene.in_zone():
        if stall.label in STALLS and stands(scene, stall):
            near = scene.neighbours(stall, "person", params.radius_m)
            people = [person for person in near if stands(scene, person)]
            if len(people) >= params.people:
                yield scene.signal(stall, *people, people=len(people), radius_m=params.radius_m)


def stands(scene: gw.Scene, track: gw.Track) -> bool:
    """Return whether an object has been in its place for a while."""
    return scene.stationary_for(track) >= STANDING


TRICYCLE = gw.Stays("motorcycle", (10, 10))
VENDOR, CUSTOMER = gw.Stays("person", (11.2, 10.4)), gw.Stays("person", (9, 9.4))
PASSER_BY = gw.Walks("person", [(0, 9), (20, 9)], 1.2)

scenario = gw.scenario(
    street_vending,
    title=gw.Text(zh="占道经营（试验）", en="Street vending (experimental)"),
    message=gw.Text(
        zh="{people:.0f} 人停留在疑似摊位 {radius_m:g} 米内",
        en="{people:.0f} people stand within {radius_m:g} m of a possible stall",
    ),
    duty=gw.DutyClass.CITY,
    family=gw.Family.VENDING,
    maturity=gw.Maturity.EXPERIMENTAL,
    level=gw.Level.INFO,
    cases=[
        gw.Case(
            "two people stand at a tricycle",
            [TRICYCLE, VENDOR, CUSTOMER],
            opens=1,
            reaches=gw.Level.INFO,
        ),
        gw.Case("a tricycle is parked", [TRICYCLE, PASSER_BY], opens=0, duration=gw.seconds(160)),
        gw.Case("two people chat", [VENDOR, CUSTOMER], opens=0),
        gw.Case(
            "the people leave within the hold time",
            [TRICYCLE, *(gw.Leaves(person, after=gw.seconds(90)) for person in (VENDOR, CUSTOMER))],
            opens=0,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
