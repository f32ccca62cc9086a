"""An electric bicycle is taken into a building or a lift, where its battery may catch fire.

Detectors report electric bicycles as bicycles or motorcycles and cannot tell a plain bicycle from
an electric one. A site that allows plain bicycles has its operators review before it sends anybody.
"""

from scenarios import authoring as gw

TWO_WHEELERS = {"motorcycle", "bicycle"}
CARS = {"car", "van", "truck", "bus"}  # some of them are also detected as a motorcycle
# A detector finds bicycles faintly in prams, shelves and walkers; in most frames of the hold it
# must be as sure as of anything that it follows.
MIN_SCORE = 0.4


class EbikeIndoors(gw.Parameters):
    vehicles: int = gw.parameter(1, min=1, max=20, zh="车辆数", en="Vehicles", is_min_count=True)


@gw.rule(
    EbikeIndoors,
    per="zone",
    labels={*TWO_WHEELERS, *CARS, "person"},
    hold="2s",
    clear="20s",
)
def ebike_indoors(scene: gw.Scene, params: EbikeIndoors) -> gw.Signals:
    """Signal all two-wheelers in the zone that are nothing else at the same time.

    A person who rides or pushes one is higher than it; one in the same place is a walker whose legs
    or bag look like wheels.
    """
    candidates = (track for track in scene.in_zone() if track.label in TWO_WHEELERS)
    sure = [track for track in candidates if track.score >= MIN_SCORE]
    bikes = [track for track in sure if not scene.is_duplicate(track, {*CARS, "person"})]
    if len(bikes) >= params.vehicles:
        yield scene.signal(*bikes, vehicles=len(bikes))


HALL = [(5, 4), (15, 4), (15, 12), (5, 12)]
SHORT = {"hold": 0.4}  # of clips that last two seconds
ENTRANCE = [(10, 18), (10, 5)]
PUSHED = [gw.Walks("person", [(10.6, 18), (10.6, 5)], 1.2), gw.Walks("motorcycle", ENTRANCE, 1.2)]

scenario = gw.scenario(
    ebike_indoors,
    title=gw.Text(zh="电动车进楼", en="E-bike indoors"),
    message=gw.Text(zh="{vehicles:.0f} 辆电动车进楼", en="E-bikes indoors: {vehicles:.0f}"),
    duty=gw.DutyClass.FIRE,
    family=gw.Family.FIRE_HAZARD,
    must_confirm=True,
    level=gw.Level.MAJOR,
    revision=2,
    cases=[
        gw.Case("an e-bike is pushed in", PUSHED, opens=1, zone=HALL, reaches=gw.Level.MAJOR),
        gw.Case("a bicycle stands in the hall", [gw.Stays("bicycle", (10, 8))], opens=1, zone=HALL),
        gw.Case("a person comes home", [gw.Walks("person", ENTRANCE, 1.2)], opens=0, zone=HALL),
        gw.Case("an e-bike stands outside", [gw.Stays("motorcycle", (10, 15))], opens=0, zone=HALL),
        gw.Case(
            "an e-bike turns round in the doorway",
            [gw.Walks("motorcycle", [(10, 16), (10, 11.6), (10, 16)], 1.4)],
            opens=0,
            zone=HALL,
        ),
    ],
    footage=[
        gw.FootageCase("nofi132", expects=[(1.6, 1.8)], tolerance_s=0.5, parameters=SHORT),
        *(
            gw.FootageCase(clip, expects=[], parameters=SHORT)
            for clip in ("nofi088", "nofi095", "nofi128", "gmd-1-adl-10", "gmd-3-adl-18")
        ),
        gw.FootageCase("towncentre-street", expects=[]),
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
