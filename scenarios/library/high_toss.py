"""Something is thrown from a window.

The camera looks at the façade; the thing must be two pixels of 320 x 180 or larger and be seen
for a second of its fall. With 5 pictures a second that is whatever falls 4 m; set 10 for less.
"""

from scenarios.authoring import (
    Annotated,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Level,
    LightChange,
    Parameters,
    Point,
    Scene,
    Signal,
    Text,
    ThrownObject,
    Walks,
    scenario,
    seconds,
    tunable,
)

BOX = ThrownObject(start=Point(0.4, 0.05), gravity=0.4, after=seconds(5))


class HighToss(Parameters, frozen=True):
    """What a site may set."""

    fall_share: Annotated[
        float, tunable(0.2, 1, zh="最小下落（占画面高度）", en="Least fall (share of the height)")
    ] = 0.25


@scenario(
    HighToss,
    title=Text(zh="高空抛物", en="Object thrown from above"),
    because=Text(
        zh="物体按抛物线下落，已落下画面高度的 {fall_share:.0%}",
        en="Something falls on a parabola, {fall_share:.0%} of the frame's height so far",
    ),
    duty=DutyClass.HOUSING,
    per="zone",
    # Whoever walks below may be killed, and who threw it is there only now.
    level=Level.CRITICAL,
    needs={"tosses"},
    hold=seconds(0),
    clear=seconds(10),
    cases=(
        Case("a box from a window", [], edits=[BOX], opens=1, reaches=Level.CRITICAL),
        Case(
            "two one after the other are one",
            [],
            edits=[BOX, ThrownObject(start=Point(0.6, 0.05), gravity=0.6, after=seconds(8))],
            opens=1,
        ),
        Case(
            "a bird",
            [],
            edits=[
                ThrownObject(
                    start=Point(0, 0.3), speed=Point(0.3, 0.03), gravity=0, after=seconds(5)
                )
            ],
            opens=0,
        ),
        Case(
            "a lift",
            [],
            edits=[
                ThrownObject(
                    start=Point(0.4, 0.1), speed=Point(0, 0.3), gravity=0, after=seconds(5)
                )
            ],
            opens=0,
        ),
        Case("walkers below", [Walks("person", [(5, 20), (5, 0)], 1.4)], opens=0),
        Case(
            "lamps",
            [],
            edits=[
                LightChange(gain=1.5, after=seconds(5)),
                LightChange(gain=0.6, after=seconds(8)),
            ],
            opens=0,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase(
            "vtest.avi",
            edits=[ThrownObject(start=Point(0.3, 0.1), after=seconds(20))],
            duration=seconds(60),
            expects=[(21, 31.8)],
        ),
    ),
)
def rule(scene: Scene, toss: HighToss) -> Iterator[Signal]:
    """Point at each thing that falls far enough."""
    for thing in scene.falling_objects():
        if thing.drop >= toss.fall_share:
            yield scene.signal(thing, fall_share=thing.drop)
