"""The figures of a day whose outcome is written down here."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from api.accuracy.reporting.alarm_load import Alarm
from gridwatch.simulation.judge import Figures, Sent, judge
from gridwatch.simulation.queries import DayOutcome, Entry, IncidentOutcome, StoredAlert
from gridwatch.simulation.stories import Story, tell_stories
from gridwatch.simulation.world.model import Happening, Report
from gridwatch.simulation.world.profile import PROFILES
from gridwatch.simulation.world.truth import Truth
from gridwatch.simulation.world.world import draw_world
from tests.api.alerts import NOON, noon_plus

SMALL = replace(PROFILES["calm-day"], happenings=4, hours=2, streets=1, repeat_share=0)
WORLD = draw_world(SMALL, 1)
SPACE = UUID(int=7)


def first_reports() -> list[Report]:
    """Return one report of each true happening."""
    by_number = {report.happening: report for report in reversed(WORLD.reports)}
    return [by_number[number] for number in sorted(WORLD.truth.true_numbers & by_number.keys())]


def incident(name: str, **changes: object) -> IncidentOutcome:
    outcome = IncidentOutcome(
        id=uuid5(SPACE, name),
        key=name,
        root=None,
        recurrence_of=None,
        state="dispatched",
        level="major",
        created_at=NOON,
        n_alerts=1,
        street="990101001",
        probability=0.9,
        is_pushed=True,
        answered_at=noon_plus(30),
        is_called=True,
        is_equipment=False,
        is_open=True,
        is_late=False,
        is_silent=False,
    )
    return replace(outcome, **changes)  # type: ignore[arg-type]  # fields by name


def alarm(name: str, *, desk: str = "one", at: datetime = NOON) -> Alarm:
    return Alarm(incident=uuid5(SPACE, name), at=at, desk=desk, source="fall", ended_at=None)


def day(
    holders: dict[IncidentOutcome, list[Report]],
    *,
    entries: list[Entry] | None = None,
    desk_alarms: list[Alarm] | None = None,
) -> DayOutcome:
    """Return the outcome of a day in which incidents hold the alerts of these reports."""
    alerts = [
        StoredAlert(
            alert_id=report.alert.id,
            rev=report.alert.rev,
            incident=holder.id,
            camera=report.camera.name,
            scenario=report.alert.scenario,
            how="opens",
            opened_at=report.alert.opened_at,
            observed_at=report.alert.observed_at,
            received_at=report.alert.observed_at,
        )
        for holder, reports in holders.items()
        for report in reports
    ]
    return DayOutcome(
        incidents=list(holders),
        alerts=alerts,
        revisions=frozenset((alert.alert_id, alert.rev) for alert in alerts),
        desk_alarms=desk_alarms or [],
        n_verifications=0,
        n_notifications=len(alerts),
        repeated_steps=[],
        entries=entries or [],
    )


def sent_of(
    outcome: DayOutcome,
    *,
    unsent: frozenset[tuple[UUID, int]] = frozenset(),
    early: int = 0,
    found_by_audit: frozenset[UUID] = frozenset(),
) -> Sent:
    """Return what the nodes sent.

    Args:
        unsent: Revisions that nodes decided on and that did not arrive.
    """
    return Sent(
        revisions=outcome.revisions | unsent,
        unconfirmed=frozenset(),
        early=early,
        found_by_audit=found_by_audit,
    )


def judged(
    holders: dict[IncidentOutcome, list[Report]],
    *,
    unsent: frozenset[tuple[UUID, int]] = frozenset(),
    early: int = 0,
    found_by_audit: frozenset[UUID] = frozenset(),
    desk_alarms: list[Alarm] | None = None,
) -> Figures:
    """Judge a day in which incidents hold the alerts of these reports."""
    outcome = day(holders, desk_alarms=desk_alarms)
    sent = sent_of(outcome, unsent=unsent, early=early, found_by_audit=found_by_audit)
    return judge(WORLD.truth, sent, outcome, hours=2, consoles=1, now=noon_plus(3600))


def stories_of(outcome: DayOutcome) -> list[Story]:
    return tell_stories(WORLD.truth, sent_of(outcome), outcome, now=noon_plus(3600))


def test_one_incident_for_each_happening_is_perfect() -> None:
    reports = first_reports()
    figures = judged({incident(str(n)): [report] for n, report in enumerate(reports)})

    assert figures.incidents_per_happening == 1
    assert (figures.wrong_merges, figures.wrong_splits) == (0, 0)
    assert figures.longest_unanswered_s == 30
    assert figures.is_sound


def test_an_incident_with_two_happenings_is_a_wrong_merge_also_through_its_root() -> None:
    first, second, *_ = first_reports()
    root = incident("root", n_alerts=2)

    assert judged({root: [first, second]}).wrong_merges == 1
    assert judged({root: [first], incident("child", root=root.id): [second]}).wrong_merges == 1


def test_two_incidents_of_one_happening_are_a_wrong_split_unless_linked() -> None:
    report = first_reports()[0]
    other = replace(report, alert=replace(report.alert, id=uuid5(SPACE, "other view")))
    WORLD.truth.number_of_alert[other.alert.id] = report.happening
    first, second = incident("first"), incident("second", created_at=noon_plus(60))

    assert judged({first: [report], second: [other]}).wrong_splits == 1
    recurrence = replace(second, recurrence_of=first.id)
    assert judged({first: [report], recurrence: [other]}).wrong_splits == 0
    merged = replace(second, root=first.id)
    assert judged({first: [report], merged: [other]}).incidents == 1


def test_what_is_lost_doubled_stranded_or_early_makes_a_day_unsound() -> None:
    reports = first_reports()

    assert judged({}, unsent=frozenset({(reports[0].alert.id, 99)})).lost == 1
    assert judged({incident("a", n_alerts=2): reports[:1]}).doubled == 1
    assert judged({incident("a", is_silent=True): reports[:1]}).stranded == 1
    assert judged({incident("a"): reports[:1]}, found_by_audit=frozenset({SPACE})).stranded == 1
    assert not judged({incident("a"): reports[:1]}, early=1).is_sound


def test_each_fault_is_told_with_its_happenings_incidents_and_steps() -> None:
    first, second, *_ = first_reports()
    root = incident("root", n_alerts=3)
    confirmed = Entry(
        incident=root.id,
        at=noon_plus(30),
        actor="D-01",
        action="confirm",
        to_state="filed",
        reason="seen",
    )

    told = stories_of(day({root: [first, second]}, entries=[confirmed]))

    assert [story.figure for story in told] == ["wrong_merges", "doubled", "longest_unanswered_s"]
    merge = "\n".join(told[0].lines)
    assert f"happening {first.happening}: {first.alert.scenario} on {first.camera.name}" in merge
    assert f"happening {second.happening}: " in merge
    assert f"{root.id.hex[-8:]}: D-01 confirm filed seen" in merge


def test_a_split_is_told_with_all_incidents_of_its_happening() -> None:
    report = first_reports()[0]
    other = replace(report, alert=replace(report.alert, id=uuid5(SPACE, "other view")))
    WORLD.truth.number_of_alert[other.alert.id] = report.happening
    first, second = incident("first"), incident("second", created_at=noon_plus(60))

    told = stories_of(day({first: [report], second: [other]}))

    assert told[0].figure == "wrong_splits"
    assert sum(line.startswith("incident ") for line in told[0].lines) == 2


def test_the_busiest_ten_minutes_are_those_of_one_console() -> None:
    times = [("one", noon_plus(60 * n)) for n in range(12)] + [("two", NOON)] * 3
    alarms = [alarm(str(n), desk=desk, at=at) for n, (desk, at) in enumerate(times)]
    figures = judged({}, desk_alarms=alarms)

    assert figures.busiest_10_min == 10
    assert figures.desk_rows_per_hour == 7.5
    assert figures.consoles_needed == 2


def test_what_asked_no_operator_and_what_could_be_pushed_are_shares_of_all_incidents() -> None:
    reports = first_reports()[:3]
    true = [incident(str(n), probability=0.9 - n / 10) for n in range(3)]
    wrong = incident("wrong", probability=0.75, is_pushed=False)
    holders = {holder: [report] for holder, report in zip(true, reports, strict=True)}

    figures = judged({**holders, wrong: []}, desk_alarms=[alarm("wrong"), alarm("2")])

    assert figures.without_operator_share == 0.5
    assert figures.pushed_precision == 1
    assert figures.without_operator_at_promise == 0.5


def test_people_on_site_see_what_is_there_until_shortly_after_its_end() -> None:
    happening: Happening = next(h for h in WORLD.truth.happenings if h.is_true)
    camera = happening.place.cameras[0]
    shown: dict[str, object] = {
        "incident_class": "safety",
        "node": str(camera.node),
        "camera": camera.name,
        "first_at": happening.starts_at.isoformat(),
        "last_at": happening.ends_at.isoformat(),
    }
    long_after = happening.ends_at + timedelta(hours=40)

    assert isinstance(WORLD.truth, Truth)
    assert WORLD.truth.is_true_incident(shown)
    assert WORLD.truth.ends_at(shown, now=happening.starts_at) == happening.ends_at
    assert not WORLD.truth.is_true_incident(
        shown | {"first_at": long_after.isoformat(), "last_at": long_after.isoformat()}
    )
