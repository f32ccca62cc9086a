"""``gridwatch scenario`` as a person types it."""

import json
import subprocess
import sys


def gridwatch(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from gridwatch.cli import main; main()", "scenario", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_list_is_one_document_with_all_that_a_form_needs() -> None:
    rows = json.loads(gridwatch("list", "--json").stdout)
    crowd = next(row for row in rows if row["key"] == "crowd_gathering")

    assert [setting["name"] for setting in crowd["settings"]] == [
        "people",
        "radius_m",
        "hold",
        "clear",
        "report_every",
    ]
    assert crowd["title"] == {"zh": "人群聚集", "en": "Crowd gathering"}


def test_the_cases_are_played_and_counted() -> None:
    done = gridwatch("test", "intrusion", "--no-footage", "--json")
    report = json.loads(done.stdout)

    assert (done.returncode, report["failed"]) == (0, 0)
    assert report["scenarios"]["intrusion"]["recall"] == [8, 8]


def test_a_slip_of_the_pen_is_a_sentence_and_exit_code_two() -> None:
    done = gridwatch("test", "crod_gathering")

    assert done.returncode == 2
    assert done.stderr == (
        "gridwatch: there is no scenario 'crod_gathering': did you mean crowd_gathering?\n"
    )
