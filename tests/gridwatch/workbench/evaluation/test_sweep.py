"""A sweep finds the best parameters and says how sure that is."""

import msgspec
import pytest

from gridwatch.errors import UsageError
from gridwatch.workbench.evaluation.sweep import Sweep, rank_combinations
from gridwatch.workbench.evaluation.tables import sweep_rows
from gridwatch.workbench.evaluation.truth import Watch
from scenarios import catalogue
from tests.gridwatch.workbench.evaluation.test_scoring import alert, outcome

CROWD = catalogue.load()["crowd_gathering"]


def test_all_combinations_of_the_values_watch_each_clip() -> None:
    sweep = Sweep.parse(["people=3,4", "radius_m=1.5,2"], CROWD)
    watches = sweep.make_watches([Watch(scenario="crowd_gathering", settings={"hold": 5})])

    assert [watch.settings for watch in watches] == [
        {"hold": 5, "people": people, "radius_m": spacing}
        for people in (3, 4)
        for spacing in (1.5, 2)
    ]


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["people"], "write PARAM"),
        (["peeple=3"], "crowd_gathering has"),
        (["people=3,many"], "'many' is not a number"),
        (["people=1"], "out of range"),
        (["people=3", "people=4"], "twice"),
        (["people=3,4,5,6,7,8,9", "hold=1,2,3,4,5,6,7,8,9,10"], "70 combinations"),
    ],
)
def test_a_wrong_sweep_is_refused_with_the_reason(texts: list[str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Sweep.parse(texts, CROWD)


def test_what_is_better_on_every_clip_wins_always_and_what_is_equal_shares() -> None:
    sweep = Sweep(({"people": 3}, {"people": 4}, {"people": 5}))
    clips = [f"clip-{number}" for number in range(8)]
    outcomes = [
        outcome(*alerts, happenings=((10, 30),), clip=clip, variant=variant)
        for clip in clips
        for variant, alerts in enumerate([(alert(11),), (alert(11),), ()])
    ]

    points = rank_combinations(sweep, outcomes)

    assert [(p.settings["people"], round(p.win_share, 2)) for p in points] == [
        (3, 0.5),
        (4, 0.5),
        (5, 0.0),
    ]
    assert len(list(sweep_rows(points))) == 2 + 3
    assert msgspec.json.encode(points)


def test_a_difference_on_one_clip_of_many_is_not_sure() -> None:
    sweep = Sweep(({"people": 3}, {"people": 4}))
    outcomes = [
        outcome(
            *([alert(11)] if variant == 0 or clip else []),
            happenings=((10, 30),),
            clip=str(clip),
            variant=variant,
        )
        for clip in range(10)
        for variant in (0, 1)
    ]

    best = rank_combinations(sweep, outcomes)[0]

    assert best.settings == {"people": 3}
    # The clip is missing from (1 - 1/10)^10 = 35 % of the resamples: there both are equal.
    assert best.win_share == pytest.approx(1 - 0.349 / 2, abs=0.04)
