"""Change the level of an incident with its clocks, and add notes."""

from datetime import datetime

from pipeline.signal import Level
from tests.api.incidents.steps import accepted, act, handling, notifications, read, request
from tests.api.town import Centre


async def test_a_higher_level_shortens_the_clock_and_reaches_the_handler(centre: Centre) -> None:
    incident, _ = await handling(centre)
    before = await read(centre, incident)
    after = await act(centre, incident, "level", level="critical", reason="people are hurt")

    assert after["level"] == "critical"
    assert datetime.fromisoformat(after["due_at"]) < datetime.fromisoformat(before["due_at"])
    assert after["orders"][0]["due_at"] == after["due_at"]
    assert (await notifications(centre, "east-1"))[0] == "worsening"
    assert after["history"][-1]["detail"] == {"from_level": "major", "to_level": "critical"}


async def test_a_lower_level_gives_more_time_and_rings_nobody(centre: Centre) -> None:
    incident, _ = await accepted(centre)
    before = await read(centre, incident)
    after = await act(centre, incident, "level", level=Level.MINOR, reason="a small one")

    assert datetime.fromisoformat(after["due_at"]) > datetime.fromisoformat(before["due_at"])
    assert await notifications(centre, "east-1") == []


async def test_the_same_level_again_is_refused(centre: Centre) -> None:
    incident, _ = await accepted(centre)
    answer = await request(centre, incident, "level", level="major", reason="x")

    assert (answer.status_code, answer.json()["code"]) == (422, "same_level")


async def test_of_two_who_change_the_level_one_wins(centre: Centre) -> None:
    incident, _ = await accepted(centre)
    version = (await read(centre, incident))["version"]
    answers = [
        await request(
            centre, incident, "level", name=name, version=version, level=level, reason="x"
        )
        for name, level in (("desk", "critical"), ("chief", "minor"))
    ]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert (await read(centre, incident))["level"] == "critical"


async def test_notes_of_desk_and_worker_stand_in_the_history(centre: Centre) -> None:
    incident, _ = await handling(centre)
    await act(centre, incident, "notes", text="the fire brigade knows")
    after = await act(centre, incident, "notes", name="east-1", text="the gate is locked")

    notes = [entry for entry in after["history"] if entry["action"] == "note"]
    assert [(note["actor"], note["reason"]) for note in notes] == [
        ("desk", "the fire brigade knows"),
        ("east-1", "the gate is locked"),
    ]
    assert after["state"] == "handling"
    assert after["version"] == (await read(centre, incident))["version"]
