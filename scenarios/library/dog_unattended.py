"""A dog walks about and nobody is with it.

What has never moved is no dog: small detectors see dogs in stones.
"""

from scenarios.authoring import (
    Annotated,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Level,
    Parameters,
    Scene,
    Signal,
    Stays,
    Text,
    Walks,
    scenario,
    seconds,
    tunable,
)

DOG = Walks("dog", [(4, 8), (12, 8)] * 6, 0.8)
OWNER = Walks("person", [(5.5, 8), (13.5, 8)] * 6, 0.8)


class Dog(Parameters, frozen=True):
    """What a site may set."""

    radius_m: Annotated[float, tunable(0.5, 10, zh="看管距离（米）", en="Leash (m)")] = 5.0


@scenario(
    Dog,
    title=Text(zh="犬只无人看管", en="Dog unattended"),
    because=Text(zh="犬只周围 {radius_m:g} 米内无人", en="A dog, and nobody within {radius_m:g} m"),
    duty=DutyClass.HOUSING,
    per="subject",
    level=Level.MINOR,
    watches={"dog", "person"},
    hold=seconds(20),
    clear=seconds(20),
    cases=(
        Case("a dog alone", [DOG], opens=1, reaches=Level.MINOR),
        Case("its owner is far away", [DOG, Stays("person", (18, 18))], opens=1),
        Case("on the leash", [DOG, OWNER], opens=0),
        Case("a stone", [Stays("dog", (10, 8))], opens=0, duration=seconds(60)),
        Case("it runs through", [Walks("dog", [(0, 8), (20, 8)], 2.0)], opens=0),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
    ),
)
def rule(scene: Scene, leash: Dog) -> Iterator[Signal]:
    """Point at each dog that walks alone."""
    for dog in scene.in_zone():
        walks = dog.label == "dog" and scene.has_moved(dog)
        if walks and not scene.neighbours(dog, "person", leash.radius_m):
            yield scene.signal(dog, radius_m=leash.radius_m)
