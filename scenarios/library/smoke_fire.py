"""Flames or smoke. EXPERIMENTAL.

Decided by colour, outline and flicker, without a model. An operator always reviews it first.
"""

from scenarios import authoring as gw


class SmokeFire(gw.Parameters):
    likeness: float = gw.parameter(0.8, min=0.5, max=1, zh="相似度下限", en="Minimum likeness")


@gw.rule(SmokeFire, per="zone", needs={"fires"}, hold="2s", clear="20s")
def smoke_fire(scene: gw.Scene, params: SmokeFire) -> gw.Signals:
    """Signal each region that looks enough like a fire."""
    for fire in scene.fires():
        if fire.score >= params.likeness:
            yield scene.signal(fire, likeness=fire.score, growth=fire.growth, flicker=fire.flicker)


FIRE_BOX = gw.Box(0.4, 0.35, 0.14, 0.3)

scenario = gw.scenario(
    smoke_fire,
    title=gw.Text(zh="烟火（试验）", en="Smoke or fire (experimental)"),
    message=gw.Text(
        zh="疑似烟火：面积增至 {growth:.1f} 倍，亮度波动 {flicker:.0f} 级，请复核",
        en="Possible fire, review first: grown {growth:.1f} times, flicker {flicker:.0f} levels",
    ),
    duty=gw.DutyClass.FIRE,
    family=gw.Family.FIRE,
    maturity=gw.Maturity.EXPERIMENTAL,
    life_and_limb=True,
    # Minor, because an operator reviews it before anybody is sent.
    level=gw.Level.MINOR,
    cases=[
        gw.Case(
            "flames grow",
            [],
            edits=[gw.Flames(box=FIRE_BOX, after=gw.seconds(40))],
            duration=gw.seconds(70),
            opens=1,
            reaches=gw.Level.MINOR,
        ),
        gw.Case(
            "smoke grows",
            [],
            edits=[gw.Smoke(box=FIRE_BOX, after=gw.seconds(40))],
            duration=gw.seconds(70),
            opens=1,
        ),
        gw.Case(
            "an object is not a fire",
            [],
            edits=[gw.PlacedObject(box=FIRE_BOX, after=gw.seconds(40))],
            duration=gw.seconds(70),
            opens=0,
        ),
        gw.Case(
            "the lights change",
            [],
            edits=[
                gw.LightChange(gain=1.8, after=gw.seconds(40)),
                gw.LightChange(gain=0.4, after=gw.seconds(55)),
            ],
            duration=gw.seconds(70),
            opens=0,
        ),
        gw.Case(
            "people walk past",
            [gw.Walks("person", [(0, y), (20, y)], 0.4) for y in (6, 9, 12)],
            opens=0,
        ),
    ],
    footage=[
        gw.FootageCase("fire/yard_explosion_night.mp4", expects=[(4.0, 5.7)]),
        gw.FootageCase("fire/night_billboards_lookalike.mp4", expects=[]),
        gw.FootageCase("traffic/a_casino.mp4", expects=[]),
        gw.FootageCase("traffic/a_milanoest.mp4", expects=[]),
        gw.FootageCase("vtest.avi", expects=[]),
        gw.FootageCase("traffic.mp4", expects=[]),
        gw.FootageCase("one-by-one-person-detection.mp4", expects=[]),
        gw.FootageCase(
            "vtest.avi",
            edits=[
                gw.Flames(
                    box=gw.Box(0.1, 0.5, 0.08, 0.15), after=gw.seconds(40), until=gw.seconds(65)
                )
            ],
            duration=gw.seconds(79),
            expects=[(49.4, 78.8)],
            tolerance_s=5,
        ),
        gw.FootageCase(
            "vtest.avi",
            edits=[
                gw.Smoke(
                    box=gw.Box(0.75, 0.1, 0.2, 0.4), after=gw.seconds(40), until=gw.seconds(65)
                )
            ],
            duration=gw.seconds(79),
            expects=[(51.6, 78.8)],
            tolerance_s=5,
        ),
    ],
)
