"""A dog roams, and nobody is with it.

A dog that has never moved does not count: small detectors mistake stones for dogs.
"""

from scenarios import authoring as gw


class DogUnattended(gw.Parameters):
    radius_m: float = gw.parameter(
        5.0, min=0.5, max=10, zh="看管距离（米）", en="Distance to a person (m)"
    )


@gw.rule(DogUnattended, per="subject", labels={"dog", "person"}, hold="20s", clear="20s")
def dog_unattended(scene: gw.Scene, params: DogUnattended) -> gw.Signals:
    """Signal each dog that has moved and has nobody nearby."""
    for dog in scene.in_zone():
        roams = dog.label == "dog" and scene.has_moved(dog)
        if roams and not scene.neighbours(dog, "person", params.radius_m):
            yield scene.signal(dog, radius_m=params.radius_m)


DOG = gw.Walks("dog", [(4, 8), (12, 8)] * 6, 0.8)
OWNER = gw.Walks("person", [(5.5, 8), (13.5, 8)] * 6, 0.8)

scenario = gw.scenario(
    dog_unattended,
    title=gw.Text(zh="犬只无人看管", en="Dog unattended"),
    message=gw.Text(
        zh="犬只周围 {radius_m:g} 米内无人", en="A dog with nobody within {radius_m:g} m"
    ),
    duty=gw.DutyClass.HOUSING,
    family=gw.Family.ANIMALS,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a dog alone", [DOG], opens=1, reaches=gw.Level.MINOR),
        gw.Case("its owner is eleven metres away", [DOG, gw.Stays("person", (18, 18))], opens=1),
        gw.Case("the owner walks beside it", [DOG, OWNER], opens=0),
        gw.Case(
            "a dog that never moves is a stone",
            [gw.Stays("dog", (10, 8))],
            opens=0,
            duration=gw.seconds(60),
        ),
        gw.Case("a dog runs through", [gw.Walks("dog", [(0, 8), (20, 8)], 2.0)], opens=0),
    ],
    footage=[
        gw.FootageCase("dog-with-woman", expects=[], parameters={"hold": 2}),
        gw.FootageCase("zamba-4", expects=[], parameters={"hold": 2}),  # a leaf before the lens
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
