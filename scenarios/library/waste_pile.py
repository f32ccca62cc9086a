"""Rubbish piles up in a place and stays."""

from scenarios.authoring import (
    Annotated,
    Box,
    Case,
    DutyClass,
    FootageCase,
    Iterator,
    Level,
    LightChange,
    Parameters,
    PlacedObject,
    Scene,
    Signal,
    StaticChange,
    Text,
    Walks,
    minutes,
    scenario,
    seconds,
    tunable,
)

HEAP = [
    PlacedObject(box=Box(0.42, 0.5, 0.08, 0.14), after=seconds(40)),
    PlacedObject(box=Box(0.53, 0.52, 0.07, 0.12), after=seconds(50)),
    PlacedObject(box=Box(0.47, 0.7, 0.09, 0.12), after=seconds(60)),
]
QUICK = {"hold": 60}


class WastePile(Parameters, frozen=True):
    """What a site may set."""

    covered_share: Annotated[
        float, tunable(0.005, 1, zh="占区域面积", en="Share of the zone covered")
    ] = 0.02


@scenario(
    WastePile,
    title=Text(zh="垃圾堆积", en="Waste piling up"),
    because=Text(
        zh="{things:.0f} 处堆放物覆盖区域的 {covered_share:.0%}，已 {held_s:.0f} 秒",
        en="{covered_share:.0%} of the zone covered for {held_s:.0f} s, things: {things:.0f}",
    ),
    duty=DutyClass.CITY,
    # One worker with one cart goes there once, however many bags lie there.
    per="zone",
    level=Level.MINOR,
    needs={"stills"},
    hold=minutes(5),
    clear=minutes(1),
    report_every=minutes(10),
    cases=(
        Case("three bags are one pile", [], edits=HEAP, opens=1, reaches=Level.MINOR),
        Case(
            "one small bag is none",
            [],
            edits=[PlacedObject(box=Box(0.5, 0.5, 0.05, 0.09), after=seconds(40))],
            parameters=QUICK,
            opens=0,
        ),
        Case(
            "what is collected in time",
            [],
            edits=[
                PlacedObject(box=Box(0.45, 0.5, 0.15, 0.2), after=seconds(40), until=seconds(80))
            ],
            parameters=QUICK,
            opens=0,
        ),
        Case(
            "people pass by",
            [Walks("person", [(0, 8), (20, 8)], 0.4)],
            edits=HEAP,
            parameters=QUICK,
            opens=1,
        ),
        Case(
            "a lamp piles up nothing",
            [],
            edits=[LightChange(gain=1.6, after=seconds(40))],
            parameters=QUICK,
            opens=0,
        ),
    ),
    footage=(
        FootageCase("vtest.avi", expects=[]),
        FootageCase("traffic.mp4", expects=[]),
        FootageCase("one-by-one-person-detection.mp4", expects=[]),
        FootageCase(
            "vtest.avi",
            edits=[PlacedObject(box=Box(0.5, 0.42, 0.16, 0.2), after=seconds(40))],
            duration=seconds(130),
            parameters={"hold": 60},
            expects=[(103, 130)],
            tolerance_s=5,
        ),
    ),
)
def rule(scene: Scene, waste: WastePile) -> Iterator[Signal]:
    """Point at all things together, once they cover enough of the zone."""
    things = scene.static_objects(StaticChange.APPEARED)
    covered = sum(thing.share for thing in things) / scene.zone_area
    if covered >= waste.covered_share:
        yield scene.signal(*things, things=len(things), covered_share=min(covered, 1))
