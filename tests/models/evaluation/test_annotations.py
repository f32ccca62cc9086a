"""Ground truth from files."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import LabelFileError, VideoError
from models.evaluation.annotations import read_mot, read_yolo
from models.inference.pictures import read_photo
from pipeline.frame import Size


def test_mot_lines_are_read_as_persons_by_frame(tmp_path: Path) -> None:
    file = tmp_path / "gt.txt"
    file.write_text("1,9,100,50,20,40,1,-1,-1,-1\n1,7,-10,0,20,10,1\n3,9,0,0,200,100,1\n")

    truth = read_mot(file, Size(200, 100))

    assert sorted(truth) == [1, 3]
    expected = [[0.5, 0.5, 0.1, 0.4], [0, 0, 0.05, 0.1]]  # the second walks in on the left
    np.testing.assert_allclose(truth[1].boxes, expected, atol=1e-6)


def test_yolo_class_numbers_become_labels(tmp_path: Path) -> None:
    file = tmp_path / "1.txt"
    file.write_text("1 0.5 0.5 0.2 0.4\n")

    truth = read_yolo(file, ["person", "car"])

    assert truth.labels == ("car",)
    np.testing.assert_allclose(truth.boxes, [[0.4, 0.3, 0.2, 0.4]], atol=1e-6)


def test_a_photo_without_a_label_file_has_no_objects(tmp_path: Path) -> None:
    assert len(read_yolo(tmp_path / "absent.txt", ["person"])) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0 0.5 0.5\n", "line 1 is not 5 numbers"), ("9 .5 .5 .1 .1\n", "class 9 is none of the 1")],
)
def test_an_invalid_line_is_named(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "1.txt"
    file.write_text(text)

    with pytest.raises(LabelFileError, match=expected):
        read_yolo(file, ["person"])


def test_a_file_that_is_not_a_picture_is_named(tmp_path: Path) -> None:
    file = tmp_path / "note.jpg"
    file.write_text("no picture")

    with pytest.raises(VideoError, match=r"note\.jpg cannot be read"):
        read_photo(file)
