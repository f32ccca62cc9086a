"""A dog walks about and nobody is with it.

What has never moved is no dog: small detectors see dogs in stones.
"""

from scenarios import authoring as gw


class Dog(gw.Parameters):
    radius_m: float = gw.parameter(5.0, min=0.5, max=10, zh="看管距离（米）", en="Leash (m)")


@gw.rule(Dog, per="subject", labels={"dog", "person"}, hold="20s", clear="20s")
def dog_unattended(scene: gw.Scene, params: Dog) -> gw.Signals:
    """Point at each dog that walks alone."""
    for dog in scene.in_zone():
        walks = dog.label == "dog" and scene.has_moved(dog)
        if walks and not scene.neighbours(dog, "person", params.radius_m):
            yield scene.signal(dog, radius_m=params.radius_m)


DOG = gw.Walks("dog", [(4, 8), (12, 8)] * 6, 0.8)
OWNER = gw.Walks("person", [(5.5, 8), (13.5, 8)] * 6, 0.8)

scenario = gw.scenario(
    dog_unattended,
    title=gw.Text(zh="犬只无人看管", en="Dog unattended"),
    message=gw.Text(
        zh="犬只周围 {radius_m:g} 米内无人", en="A dog, and nobody within {radius_m:g} m"
    ),
    duty=gw.DutyClass.HOUSING,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("a dog alone", [DOG], opens=1, reaches=gw.Level.MINOR),
        gw.Case("its owner is far away", [DOG, gw.Stays("person", (18, 18))], opens=1),
        gw.Case("on the leash", [DOG, OWNER], opens=0),
        gw.Case("a stone", [gw.Stays("dog", (10, 8))], opens=0, duration=gw.seconds(60)),
        gw.Case("it runs through", [gw.Walks("dog", [(0, 8), (20, 8)], 2.0)], opens=0),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ],
)
