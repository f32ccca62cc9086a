from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.reporting.alarm_load import Alarm, measure_load
from tests.api.alerts import NOON, noon_plus
from tests.api.town import Centre

DAY = timedelta(days=1)
ENDED = Alarm(incident=UUID(int=1), at=NOON, desk="", source="a", ended_at=NOON + DAY)


def alarms_at(minutes: Iterable[float], desk: str = "510107", source: str = "fall") -> list[Alarm]:
    return [
        replace(ENDED, at=noon_plus(60 * minute), desk=desk, source=source) for minute in minutes
    ]


def test_a_quiet_day_is_divided_by_all_desks() -> None:
    load = measure_load(
        alarms_at(range(0, 1440, 20)), {"510107", "510108"}, since=NOON, until=NOON + DAY
    )

    assert (load.alarms, load.per_operator_hour, load.most_in_10_min) == (72, 1.5, 1)
    assert [(desk.desk, desk.alarms, desk.per_hour) for desk in load.desks] == [
        ("510107", 72, 3.0),
        ("510108", 0, 0.0),
    ]
    assert (load.flood_share, load.share_above_10, load.share_busy_hours) == (0, 0, 0)
    assert load.by_hour[0] == (NOON, 3)


def test_a_flood_lasts_from_more_than_ten_to_fewer_than_five() -> None:
    # 11 in the first ten minutes, 5 in the second, 4 in the third, 6 in the fourth.
    minutes = [0.5] * 11 + [12] * 5 + [25] * 4 + [35] * 6

    load = measure_load(alarms_at(minutes), [], since=NOON, until=noon_plus(3600))

    assert load.flood_share == pytest.approx(2 / 6)
    assert load.share_above_10 == pytest.approx(1 / 6)
    assert (load.most_in_10_min, load.share_busy_hours) == (11, 0)


def test_an_hour_with_more_than_thirty_alarms_is_busy() -> None:
    load = measure_load(alarms_at([30] * 31), [], since=NOON, until=noon_plus(2 * 3600))

    assert load.share_busy_hours == 0.5


def test_the_ten_worst_sources_are_named() -> None:
    alarms = [
        alarm
        for number in range(12)
        for alarm in alarms_at([number] * (number + 1), source=f"camera-{number}")
    ]

    load = measure_load(alarms, [], since=NOON, until=NOON + DAY)

    assert len(load.top_sources) == 10
    assert (load.top_sources[0].source, load.top_sources[0].n) == ("camera-11", 12)
    assert load.top_share == pytest.approx(75 / 78)


def test_what_lasts_a_day_is_standing() -> None:
    load = measure_load(
        [replace(ENDED, ended_at=None), ENDED], [], since=NOON, until=NOON + 2 * DAY
    )

    assert load.standing == 1


@given(
    seconds=st.lists(st.integers(0, 86_399), max_size=200),
    desks=st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
)
def test_shares_are_shares_and_no_alarm_is_lost(seconds: list[int], desks: list[str]) -> None:
    alarms = [
        replace(ENDED, at=noon_plus(at), desk=desks[at % len(desks)], source=str(at % 7))
        for at in seconds
    ]

    load = measure_load(alarms, desks, since=NOON, until=NOON + DAY)

    assert sum(desk.alarms for desk in load.desks) == sum(n for _, n in load.by_hour) == len(alarms)
    for share in (load.flood_share, load.share_above_10, load.share_busy_hours, load.top_share):
        assert 0 <= share <= 1
    assert load.share_above_10 <= load.flood_share or load.flood_share == 0


async def test_the_centre_counts_what_asked_a_desk(centre: Centre) -> None:
    await centre.raise_alert("pushed", score=0.9)
    await centre.raise_alert("asked", score=0.4, zone="gate")
    for second in range(3):
        await centre.raise_alert(
            f"flap-{second}", score=0.4, zone="yard", camera="east-gate", at=noon_plus(second)
        )
    centre.clock.advance(minutes=30)

    page = await centre.client_of("desk")
    since: datetime = NOON - timedelta(minutes=30)
    answer = await page.get("/v1/accuracy/alarm-load", params={"from": since.isoformat()})

    assert answer.status_code == 200, answer.text
    load = answer.json()
    assert load["hours"] == 1.0
    assert {source["source"] for source in load["chattering"]} == {
        "demo/market/box-1/east-gate/crowd_gathering"
    }
    assert [(desk["desk"], desk["alarms"]) for desk in load["desks"]] == [
        ("510107", load["alarms"])
    ]
    assert load["alarms"] >= 2
