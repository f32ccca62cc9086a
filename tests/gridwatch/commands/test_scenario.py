"""The commands of ``gridwatch scenario``."""

import json

import pytest

from tests.command_line import gridwatch

pytestmark = pytest.mark.slow


def test_the_list_is_one_document_with_everything_a_form_needs() -> None:
    rows = json.loads(gridwatch("scenario", "list", "--json").stdout)
    crowd = next(row for row in rows if row["key"] == "crowd_gathering")

    assert [setting["name"] for setting in crowd["parameters"]] == [
        "people",
        "radius_m",
        "hold",
        "clear",
        "report_every",
    ]
    assert crowd["title"] == {"zh": "人群聚集", "en": "Crowd gathering"}


def test_cases_are_played_and_counted() -> None:
    done = gridwatch("scenario", "test", "intrusion", "--no-footage", "--json")
    report = json.loads(done.stdout)

    assert (done.returncode, report["failed"]) == (0, 0)
    assert report["scenarios"]["intrusion"]["recall"] == [8, 8]


def test_a_misspelled_key_is_named_with_exit_code_two() -> None:
    done = gridwatch("scenario", "test", "crod_gathering")

    assert done.returncode == 2
    assert done.stderr == (
        "gridwatch: there is no scenario 'crod_gathering': did you mean crowd_gathering?\n"
    )


def test_the_list_gives_duty_class_alarm_type_zone_and_evidence() -> None:
    rows = {row["key"]: row for row in json.loads(gridwatch("scenario", "list", "--json").stdout)}

    assert rows["intrusion"]["duty_title"] == {"zh": "社会治安", "en": "Public security"}
    assert rows["intrusion"]["gb28181"] == {"method": 5, "type": 6}
    assert rows["intrusion"]["zone_kind"] == "area"
    assert [rows[key]["zone_required"] for key in ("intrusion", "climbing", "wrong_way")] == [
        False,
        True,
        True,
    ]
    assert rows["intrusion"]["evidence"] == "real footage"
    assert rows["object_removed"]["evidence"] == "composed footage"


def test_a_sweep_counts_alerts_for_each_value() -> None:
    done = gridwatch(
        "scenario", "test", "intrusion", "--no-footage", "--sweep", "people=1:5:3", "--json"
    )
    sweep = json.loads(done.stdout)

    assert [row["value"] for row in sweep["values"]] == [1, 3, 5]
    counts = [row["cases"] for row in sweep["values"]]
    assert counts[0] > counts[-1]
    assert counts == sorted(counts, reverse=True)


def test_a_sweep_of_an_unknown_parameter_or_value_is_rejected() -> None:
    assert (
        "intrusion has people, hold"
        in gridwatch("scenario", "test", "intrusion", "--sweep", "x=1:2:3").stderr
    )
    too_far = gridwatch("scenario", "test", "intrusion", "--sweep", "people=0:6:3").stderr
    assert "allowed is a whole number from 1 to 50" in too_far
    assert "name one scenario" in gridwatch("scenario", "test", "--sweep", "people=1:6:3").stderr
