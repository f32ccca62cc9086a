"""The simulated world: the same for the same seed, and what its description promises."""

from dataclasses import replace
from itertools import combinations, groupby

from gridwatch.simulation.world.happenings import APART, KINDS, OUTAGE
from gridwatch.simulation.world.profile import PROFILES
from gridwatch.simulation.world.world import draw_world
from pipeline.alert import Change
from scenarios import catalogue

SMALL = replace(PROFILES["district-day"], happenings=60, hours=4, streets=2)


def test_the_same_seed_draws_the_same_world_and_another_seed_another() -> None:
    world = draw_world(SMALL, 7)

    assert draw_world(SMALL, 7).reports == world.reports
    assert draw_world(SMALL, 8).reports != world.reports


def test_there_are_as_many_true_happenings_as_the_profile_says() -> None:
    happenings = draw_world(replace(SMALL, has_power_cut=False), 1).truth.happenings

    assert sum(happening.is_true for happening in happenings) == SMALL.happenings
    assert any(not happening.is_true for happening in happenings)


def test_happenings_of_one_family_at_one_place_are_apart() -> None:
    happenings = draw_world(SMALL, 3).truth.happenings
    for first, second in combinations(happenings, 2):
        if (first.place, first.kind.family) == (second.place, second.kind.family):
            assert second.starts_at >= first.ends_at + APART or (
                first.starts_at >= second.ends_at + APART
            )


def test_each_alert_is_opened_once_and_its_revisions_follow_in_time() -> None:
    reports = sorted(draw_world(SMALL, 2).reports, key=lambda r: (r.alert.id, r.alert.rev))
    for _, group in groupby(reports, key=lambda report: report.alert.id):
        revisions = [report.alert for report in group]
        assert [alert.rev for alert in revisions] == list(range(1, len(revisions) + 1))
        assert revisions[0].change is Change.OPENED
        assert all(alert.change is not Change.CLOSED for alert in revisions[:-1])
        times = [alert.observed_at for alert in revisions]
        assert times == sorted(times)


def test_a_power_cut_is_one_happening_at_every_place_of_its_street() -> None:
    world = draw_world(SMALL, 1)
    cut = [happening for happening in world.truth.happenings if happening.is_outage]

    assert len({happening.number for happening in cut}) == 1
    (street,) = {happening.place.micro_grid[:9] for happening in cut}
    assert len(cut) == sum(p.micro_grid.startswith(street) for p in world.district.places)


def test_the_scenarios_that_see_one_happening_are_of_its_family() -> None:
    scenarios = catalogue.load()
    for kind in (OUTAGE, *(kind for kind, _ in KINDS)):
        assert {scenarios[key].family for key in kind.scenarios} == {kind.family}
