"""Waste piles up in a place and stays."""

from scenarios import authoring as gw


class WastePile(gw.Parameters):
    covered_share: float = gw.parameter(
        0.02, min=0.005, max=1, zh="占区域面积", en="Share of the zone covered"
    )


@gw.rule(
    WastePile,
    per="zone",  # one work order, however many bags there are
    needs={"static_objects"},
    hold="5m",
    clear="1m",
    report_every="10m",
)
def waste_pile(scene: gw.Scene, params: WastePile) -> gw.Signals:
    """Signal all objects together once they cover enough of the zone."""
    items = scene.static_objects(gw.StaticChange.APPEARED)
    covered_share = sum(item.share for item in items) / scene.zone_area
    if covered_share >= params.covered_share:
        yield scene.signal(*items, things=len(items), covered_share=min(covered_share, 1))


THREE_BAGS = [
    gw.PlacedObject(box=gw.Box(0.42, 0.5, 0.08, 0.14), after=gw.seconds(40)),
    gw.PlacedObject(box=gw.Box(0.53, 0.52, 0.07, 0.12), after=gw.seconds(50)),
    gw.PlacedObject(box=gw.Box(0.47, 0.7, 0.09, 0.12), after=gw.seconds(60)),
]
SHORT_HOLD = {"hold": 60}

scenario = gw.scenario(
    waste_pile,
    title=gw.Text(zh="垃圾堆积", en="Waste piling up"),
    message=gw.Text(
        zh="{things:.0f} 处堆放物覆盖区域的 {covered_share:.0%}，已 {held_s:.0f} 秒",
        en="{covered_share:.0%} of the zone covered for {held_s:.0f} s by objects: {things:.0f}",
    ),
    duty=gw.DutyClass.CITY,
    family=gw.Family.OBJECTS,
    level=gw.Level.MINOR,
    cases=[
        gw.Case("three bags are one alert", [], edits=THREE_BAGS, opens=1, reaches=gw.Level.MINOR),
        gw.Case(
            "one small bag is too little",
            [],
            edits=[gw.PlacedObject(box=gw.Box(0.5, 0.5, 0.05, 0.09), after=gw.seconds(40))],
            parameters=SHORT_HOLD,
            opens=0,
        ),
        gw.Case(
            "waste is collected within the hold time",
            [],
            edits=[
                gw.PlacedObject(
                    box=gw.Box(0.45, 0.5, 0.15, 0.2), after=gw.seconds(40), until=gw.seconds(80)
                )
            ],
            parameters=SHORT_HOLD,
            opens=0,
        ),
        gw.Case(
            "people walk past three bags",
            [gw.Walks("person", [(0, 8), (20, 8)], 0.4)],
            edits=THREE_BAGS,
            parameters=SHORT_HOLD,
            opens=1,
        ),
        gw.Case(
            "the lights change",
            [],
            edits=[gw.LightChange(gain=1.6, after=gw.seconds(40))],
            parameters=SHORT_HOLD,
            opens=0,
        ),
    ],
    footage=[
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase(
            "vtest.avi",
            edits=[gw.PlacedObject(box=gw.Box(0.5, 0.42, 0.16, 0.2), after=gw.seconds(40))],
            duration=gw.seconds(130),
            parameters={"hold": 60},
            expects=[(103, 130)],
            tolerance_s=5,
        ),
    ],
)
