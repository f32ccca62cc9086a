"""Write a data set as YOLO (Ultralytics) or COCO."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gridwatch.dataset.labelled_pictures import LabelledBox, LabelledPicture, Part
from gridwatch.optional_imports import import_optional

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


class DatasetWriter(Protocol):
    """Writes one format into a folder."""

    def add(self, picture: LabelledPicture, content: bytes) -> None:
        """Write a picture with its boxes."""
        ...

    def finish(self) -> Path:
        """Write what describes the whole; return the file that a training starts from."""
        ...


class YoloWriter:
    """``images/PART``, ``labels/PART`` and ``data.yaml``, as Ultralytics reads it.

    Args:
        labels: All labels; a class number is an index into them.
    """

    def __init__(self, folder: Path, labels: Sequence[str]) -> None:
        self._folder, self._labels = folder, labels

    def add(self, picture: LabelledPicture, content: bytes) -> None:
        """Write a picture and its label file, which is empty for a picture of the background."""
        _write_picture(self._folder, picture, content)
        lines = [self._line(each) for each in picture.boxes]
        target = self._folder / "labels" / picture.part / f"{picture.sha256}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(lines), "utf-8")

    def finish(self) -> Path:
        """Write ``data.yaml``; JSON is YAML."""
        file = self._folder / "data.yaml"
        parts = {part.value: f"images/{part}" for part in Part}
        content = {"path": str(self._folder.absolute()), **parts, "names": list(self._labels)}
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
        return file

    def _line(self, each: LabelledBox) -> str:
        box = each.box
        sides = (box.x + box.w / 2, box.y + box.h / 2, box.w, box.h)
        number = self._labels.index(each.label)
        return f"{number} {' '.join(f'{side:.6f}' for side in sides)}\n"


class CocoWriter:
    """``images/PART`` and ``annotations/PART.json``, as in COCO's instances.

    Args:
        labels: All labels; the id of a category is its index + 1.

    Raises:
        MissingPackageError: The extra ``edge``, which reads the size of a picture, is missing.
    """

    def __init__(self, folder: Path, labels: Sequence[str]) -> None:
        self._folder, self._labels = folder, labels
        self._cv2, self._numpy = import_optional("cv2"), import_optional("numpy")
        self._images: dict[Part, list[dict[str, object]]] = {part: [] for part in Part}
        self._annotations: dict[Part, list[dict[str, object]]] = {part: [] for part in Part}

    def add(self, picture: LabelledPicture, content: bytes) -> None:
        """Write a picture and keep its boxes, in pixels."""
        name = _write_picture(self._folder, picture, content)
        decoded = self._cv2.imdecode(self._numpy.frombuffer(content, "uint8"), 1)
        height, width = decoded.shape[:2]
        images, annotations = self._images[picture.part], self._annotations[picture.part]
        image = {"id": len(images) + 1, "file_name": name, "width": width, "height": height}
        images.append(image)
        for each in picture.boxes:
            box = each.box
            sides = [box.x * width, box.y * height, box.w * width, box.h * height]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image["id"],
                    "category_id": self._labels.index(each.label) + 1,
                    "bbox": [round(side, 2) for side in sides],
                    "area": round(sides[2] * sides[3], 2),
                    "iscrowd": 0,
                }
            )

    def finish(self) -> Path:
        """Write the annotations of both parts."""
        names = enumerate(self._labels, start=1)
        categories = [{"id": number, "name": label} for number, label in names]
        folder = self._folder / "annotations"
        folder.mkdir(parents=True, exist_ok=True)
        for part in Part:
            images, annotations = self._images[part], self._annotations[part]
            content = {"images": images, "annotations": annotations, "categories": categories}
            (folder / f"{part}.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return folder / f"{Part.TRAIN}.json"


def _write_picture(folder: Path, picture: LabelledPicture, content: bytes) -> str:
    name = f"{picture.sha256}{SUFFIXES[picture.media_type]}"
    target = folder / "images" / picture.part / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return name
