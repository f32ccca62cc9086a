"""Somebody sells where none may. EXPERIMENTAL: small detectors know no stalls and handcarts.

What they see is people who stand around a table, a tricycle (seen as a motorcycle or bicycle)
or a truck that stands, for minutes. People who chat beside a parked bicycle look the same, so
it is a note for review, never an order by itself. Umbrellas are left out: they hang in the
air, and where they stand cannot be told.
"""

from scenarios import authoring as gw

STALLS = {"dining table", "bench", "bicycle", "motorcycle", "truck"}
STANDS = 20  # seconds in its place from which on somebody stands, and a stall does


class Vending(gw.Parameters):
    people: int = gw.parameter(2, min=1, max=50, zh="人数", en="People")
    radius_m: float = gw.parameter(2.0, min=0.5, max=10, zh="距摊位（米）", en="From the stall (m)")


@gw.rule(Vending, per="subject", labels={"person", *STALLS}, hold="120s", clear="60s")
def street_vending(scene: gw.Scene, params: Vending) -> gw.Signals:
    """Point at each stall that stands, with the people who stand around it."""
    for stall in scene.in_zone():
        if stall.label in STALLS and stands(scene, stall):
            around = scene.neighbours(stall, "person", params.radius_m)
            staying = [person for person in around if stands(scene, person)]
            if len(staying) >= params.people:
                yield scene.signal(stall, *staying, people=len(staying), radius_m=params.radius_m)


def stands(scene: gw.Scene, track: gw.Track) -> bool:
    """Tell whether something has been in its place for a while."""
    return scene.stationary_for(track).total_seconds() >= STANDS


TRICYCLE = gw.Stays("motorcycle", (10, 10))
VENDOR, CUSTOMER = gw.Stays("person", (11.2, 10.4)), gw.Stays("person", (9, 9.4))
PASSER = gw.Walks("person", [(0, 9), (20, 9)], 1.2)

scenario = gw.scenario(
    street_vending,
    title=gw.Text(zh="占道经营（试验）", en="Street vending (experimental)"),
    message=gw.Text(
        zh="{people:.0f} 人停留在疑似摊位 {radius_m:g} 米内",
        en="{people:.0f} people stand within {radius_m:g} m of what may be a stall",
    ),
    duty=gw.DutyClass.CITY,
    level=gw.Level.INFO,
    cases=[
        gw.Case("at a tricycle", [TRICYCLE, VENDOR, CUSTOMER], opens=1, reaches=gw.Level.INFO),
        gw.Case("a parked tricycle", [TRICYCLE, PASSER], opens=0, duration=gw.seconds(160)),
        gw.Case("people who chat", [VENDOR, CUSTOMER], opens=0),
        gw.Case(
            "who parks and goes",
            [TRICYCLE, *(gw.Leaves(one, after=gw.seconds(90)) for one in (VENDOR, CUSTOMER))],
            opens=0,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
