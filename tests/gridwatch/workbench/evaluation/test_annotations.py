"""Happenings are read from the published formats; the example files are written by hand."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridwatch.errors import UsageError
from gridwatch.workbench.evaluation.annotations.annotation import Annotation, Span, join_spans
from gridwatch.workbench.evaluation.annotations.reading import read_annotation
from gridwatch.workbench.evaluation.truth import read_truth
from pipeline.geometry.shapes import Point, Zone, make_zone_or_line

KPF = """\
- {meta: "two kinds of activity"}
- {act: {act2: {vehicle_stopping: 1.0}, id2: 1, timespan: [{tsr0: [90, 240]}], src: truth,
   actors: [{id1: 4, timespan: [{tsr0: [90, 240]}]}]}}
- {act: {act3: {person_enters: 1.0}, id2: 2, timespan: [{tsr0: [30, 60]}], actors: []}}
"""
VIRAT = "0 6 31 30 60 30 10 20 40 80\n0 6 31 30 60 31 10 20 40 80\n1 11 61 90 150 90 10 20 40 80\n"
ILIDS = """\
<?xml version="1.0"?>
<IlidsLibraryIndex><Library scenario="Sterile Zone" dataset="Testing" libversion="1.0">
<clip filename="SZTEA101a.mov"><AlarmEvents>1</AlarmEvents><Duration>00:40:00</Duration>
<Alarms><Alarm><StartTime>00:01:10</StartTime>
<AlarmDuration>00:00:21</AlarmDuration><Distance>10</Distance></Alarm></Alarms></clip>
<clip filename="SZTEN201a.mov"><AlarmEvents>0</AlarmEvents></clip>
</Library></IlidsLibraryIndex>
"""
MOT = "".join(
    f"{frame},{person},{left},100,20,50,{conf},{kind},1\n"
    for frame in range(1, 31)
    for person, left, conf, kind in [
        (1, 100, 1, 1),
        (2, 150, 1, 1) if 11 <= frame <= 20 else (2, 500, 1, 1),
        (3, 120, 0, 1),  # not to be counted
        (4, 120, 1, 7),  # a standing person is a class of its own
    ]
)
ACTEV = {
    "filesProcessed": ["gate.mp4"],
    "activities": [
        {
            "activity": "person_enters",
            "activityID": 1,
            "localization": {"gate.mp4": {"30": 1, "60": 0}},
        },
        {
            "activity": "vehicle_stops",
            "activityID": 2,
            "localization": {"gate.mp4": {"90": 1, "150": 0}},
        },
        {
            "activity": "person_enters",
            "activityID": 3,
            "localization": {"yard.mp4": {"1": 1, "9": 0}},
        },
    ],
}
LEFT_HALF = Zone("left", (Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1)))


def read(
    folder: Path, text: str, annotation: Annotation, zone: Zone = LEFT_HALF
) -> tuple[Span, ...]:
    (folder / annotation.file).write_text(text)
    return read_annotation(annotation, folder, clip="gate.mp4", zone=zone)


def test_actev_activities_of_the_clip_are_read(tmp_path: Path) -> None:
    annotation = Annotation(file="a.json", format="actev", activities=("person_enters",), fps=30)

    assert read(tmp_path, json.dumps(ACTEV), annotation) == ((1, 2),)


def test_kpf_activities_are_read(tmp_path: Path) -> None:
    annotation = Annotation(
        file="a.yml", format="kpf", activities=("vehicle_stopping", "person_enters"), fps=30
    )

    assert read(tmp_path, KPF, annotation) == ((1, 8),)  # a second apart: one happening
    apart = Annotation(
        file="a.yml",
        format="kpf",
        activities=annotation.activities,
        fps=30,
        join_s=0.5,
    )
    assert read(tmp_path, KPF, apart) == ((1, 2), (3, 8))


def test_virat_event_types_are_read_once_each(tmp_path: Path) -> None:
    annotation = Annotation(file="a.txt", format="virat", activities=("6",), fps=30)

    assert read(tmp_path, VIRAT, annotation) == ((1, 2),)


def test_ilids_alarms_are_read_by_the_name_of_the_clip(tmp_path: Path) -> None:
    annotation = Annotation(file="index.xml", format="ilids", clip="SZTEA101a.mp4", lead_s=60)

    assert read(tmp_path, ILIDS, annotation) == ((10, 91),)
    empty = Annotation(file="index.xml", format="ilids", clip="SZTEN201a")
    assert read(tmp_path, ILIDS, empty) == ()


def test_mot_people_in_the_zone_are_counted(tmp_path: Path) -> None:
    annotation = Annotation(
        file="gt.txt", format="mot", people=2, fps=10, frame_size=(640, 480), join_s=0.1
    )

    assert read(tmp_path, MOT, annotation) == ((1, 2),)


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("actev", '{"activities": [\n}', "line 2: is no JSON"),
        ("actev", '{"activities": [{"activity": "x"}]}', r"activities\[0\]"),
        ("actev", json.dumps(ACTEV).replace('"60": 0', '"60": 1'), r"activities\[0\]: begins"),
        ("kpf", KPF.replace("tsr0: [30, 60]", "tsr0: 30"), "line 4: expected timespan"),
        ("kpf", "- {act: \n- ]", "line 2: is no YAML"),
        ("virat", VIRAT + "2 6 31 thirty 60\n", "line 4: expected event"),
        ("ilids", ILIDS.replace("00:01:10", "70"), "line 4: StartTime '70' is not HH:MM:SS"),
        ("ilids", ILIDS.replace("</Library>", ""), "line 7: is no XML"),
        ("ilids", ILIDS.replace("A101a", "A109a"), "has no clip 'SZTEA101a'"),
        ("mot", "1,1,2,3\n", "line 1 is not 6 numbers"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    tmp_path: Path, kind: str, text: str, reason: str
) -> None:
    name = {"ilids": "SZTEA101a"}.get(kind, "")
    activities = {"virat": ("6",), "ilids": (), "mot": ()}.get(kind, ("person_enters",))
    entry: dict[str, object] = {
        "file": "a.file",
        "format": kind,
        "clip": name,
        "activities": activities,
    }
    entry |= {} if kind == "ilids" else {"fps": 30}
    entry |= {"frame_size": (640, 480)} if kind == "mot" else {}
    watch = {"scenario": "intrusion", "annotation": entry}
    (tmp_path / "a.file").write_text(text)
    truth = {"places": {"yard": {}}, "clips": {"gate.mp4": {"place": "yard", "watches": [watch]}}}
    (tmp_path / "truth.json").write_text(json.dumps(truth))

    with pytest.raises(UsageError, match=f"a.file.*{reason}"):
        read_truth(tmp_path / "truth.json")


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (Annotation(file="b.txt", format="ilids"), "no such file"),
        (Annotation(file="a.txt", format="virat", activities=("6",)), "add fps"),
        (Annotation(file="a.txt", format="virat", fps=30), "add activities"),
        (Annotation(file="a.txt", format="mot", fps=30), "add frame_size"),
    ],
)
def test_a_missing_entry_is_named(tmp_path: Path, annotation: Annotation, reason: str) -> None:
    (tmp_path / "a.txt").write_text("")

    with pytest.raises(UsageError, match=reason):
        read_annotation(annotation, tmp_path, clip="gate.mp4", zone=LEFT_HALF)


def test_people_are_not_counted_on_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(MOT)
    line = make_zone_or_line("line", [Point(0, 0), Point(1, 1)])
    annotation = Annotation(file="a.txt", format="mot", fps=30, frame_size=(640, 480))

    with pytest.raises(UsageError, match="the zone is a line"):
        read_annotation(annotation, tmp_path, clip="gate.mp4", zone=line)


def test_spans_that_touch_or_overlap_become_one() -> None:
    spans = [(5.0, 6.0), (0.0, 2.0), (1.0, 3.0), (6.5, 7.0)]

    assert join_spans(spans, join_s=0.5) == ((0, 3), (5, 7))
    assert join_spans([], join_s=1) == ()


TIMES = st.floats(0, 1000, allow_nan=False)


@given(st.lists(st.tuples(TIMES, TIMES).map(lambda ends: (min(ends), max(ends)))), TIMES)
def test_joined_spans_cover_the_same_and_are_further_apart(
    spans: list[Span], join_s: float
) -> None:
    joined = join_spans(spans, join_s=join_s)

    assert all(any(a <= since and until <= b for a, b in joined) for since, until in spans)
    assert all(second[0] - first[1] > join_s for first, second in pairwise(joined))
    assert {end for span in joined for end in span} <= {end for span in spans for end in span}
