"""Flames or smoke. EXPERIMENTAL: colour, growth and flicker, no network; always looked at first."""

from scenarios.authoring import (
    Annotated,
    Box,
    Case,
    DutyClass,
    Flames,
    FootageCase,
    Iterator,
    Level,
    LightChange,
    Parameters,
    PlacedObject,
    Scene,
    Signal,
    Smoke,
    Text,
    Walks,
    scenario,
    seconds,
    tunable,
)

PLACE = Box(0.4, 0.35, 0.14, 0.3)


class SmokeFire(Parameters, frozen=True):
    """What a site may set."""

    likeness: Annotated[float, tunable(0.5, 1, zh="相似度下限", en="Least likeness")] = 0.8


@scenario(
    SmokeFire,
    title=Text(zh="烟火（试验）", en="Smoke or fire (experimental)"),
    because=Text(
        zh="疑似烟火：面积增至 {growth:.1f} 倍，亮度波动 {flicker:.0f} 级，请复核",
        en="May be a fire: grown {growth:.1f} times, flickers by {flicker:.0f} levels; look first",
    ),
    duty=DutyClass.FIRE,
    per="zone",
    # Minor on purpose: an operator looks before anybody runs. A proven model may say worse.
    level=Level.MINOR,
    needs={"fires"},
    hold=seconds(8),
    clear=seconds(20),
    cases=(
        Case(
            "flames that grow",
            [],
            edits=[Flames(box=PLACE, after=seconds(40))],
            duration=seconds(70),
            opens=1,
            reaches=Level.MINOR,
        ),
        Case(
            "smoke that grows",
            [],
            edits=[Smoke(box=PLACE, after=seconds(40))],
            duration=seconds(70),
            opens=1,
        ),
        Case(
            "a thing is no fire",
            [],
            edits=[PlacedObject(box=PLACE, after=seconds(40))],
            duration=seconds(70),
            opens=0,
        ),
        Case(
            "lamps are no fire",
            [],
            edits=[
                LightChange(gain=1.8, after=seconds(40)),
                LightChange(gain=0.4, after=seconds(55)),
            ],
            duration=seconds(70),
            opens=0,
        ),
        Case(
            "people who pass are none",
            [Walks("person", [(0, y), (20, y)], 0.4) for y in (6, 9, 12)],
            opens=0,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase(
            "vtest.avi",
            edits=[Flames(box=Box(0.1, 0.5, 0.08, 0.15), after=seconds(40), until=seconds(65))],
            duration=seconds(79),
            expects=[(49.4, 78.8)],
            tolerance_s=5,
        ),
        FootageCase(
            "vtest.avi",
            edits=[Smoke(box=Box(0.75, 0.1, 0.2, 0.4), after=seconds(40), until=seconds(65))],
            duration=seconds(79),
            expects=[(51.6, 78.8)],
            tolerance_s=5,
        ),
    ),
)
def rule(scene: Scene, fire: SmokeFire) -> Iterator[Signal]:
    """Point at each place that is like enough to a fire."""
    for place in scene.fires():
        if place.score >= fire.likeness:
            yield scene.signal(
                place, likeness=place.score, growth=place.growth, flicker=place.flicker
            )
