"""Decide which boxes a verdict confirms, and which part a picture belongs to. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import ReviewedIncident
from api.accuracy.verdicts.reasons import VerdictReason
from api.evidence.snapshot_store import AlertSnapshot
from pipeline.geometry.shapes import Box
from pipeline.wire import SnapshotObject

HELD_BACK_SHARE = 0.2
"""Share of the camera-days that a training never sees."""
THERE = {VerdictValue.TRUE, VerdictValue.BENIGN}
"""Verdicts by which the counted objects are what the model calls them."""
SETTING_REASONS = {VerdictReason.ZONE_OR_SETTING, VerdictReason.BENDING_DOWN}
"""The alert is false although the model is right: the objects are there."""
MODEL_WRONG_REASONS = {
    VerdictReason.NOTHING_THERE,
    VerdictReason.PICTURE_FAULT,
    VerdictReason.THIS_SPOT,
    VerdictReason.OTHER_OBJECT,
    VerdictReason.STEAM_OR_DUST,
    VerdictReason.ANIMAL,
    VerdictReason.LEAF_OR_BIRD,
}
"""What was counted is not there, or is something else. What always stands there may be either."""


class Part(StrEnum):
    """A part of the data set; the name of its folder."""

    TRAIN = "train"
    VAL = "val"
    """Held back: never seen by the training."""


class LeftOut(StrEnum):
    """Why a snapshot is not in the data set."""

    UNSURE = "the verdict does not say whether the objects are there"
    NO_REASON = "false without a reason that says that the model was wrong"
    NO_OBJECTS = "the node does not say what the snapshot shows"
    NO_LABEL = "what was counted is not found by a model"


class LabelledBox(NamedTuple):
    """An object in a picture."""

    label: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPicture:
    """A picture of the data set.

    Args:
        boxes: Empty for a picture of the background.
        incidents: What it is the evidence of, first to last.
    """

    sha256: str
    media_type: str
    part: Part
    boxes: tuple[LabelledBox, ...]
    incidents: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class LabelledPictures:
    """All pictures of a data set, and how many snapshots were left out for which reason."""

    pictures: tuple[LabelledPicture, ...]
    left_out: Mapping[LeftOut, int]

    @property
    def labels(self) -> list[str]:
        """All labels, in alphabetical order; the number of a class is an index into them."""
        return sorted({each.label for picture in self.pictures for each in picture.boxes})


def label_pictures(
    reviewed: Iterable[ReviewedIncident], snapshots: Sequence[AlertSnapshot], time_zone: tzinfo
) -> LabelledPictures:
    """Label the snapshots of reviewed incidents.

    Args:
        snapshots: Of these incidents.
        time_zone: In which a day of a camera begins.
    """
    verdicts = {incident.incident: incident for incident in reviewed}
    left_out: Counter[LeftOut] = Counter()
    boxes_by_picture: dict[str, dict[LabelledBox, None]] = {}
    snapshots_by_picture: dict[str, list[AlertSnapshot]] = {}
    for snapshot in snapshots:
        labelled = label_objects(snapshot.objects, verdicts[snapshot.incident])
        if isinstance(labelled, LeftOut):
            left_out[labelled] += 1
            continue
        boxes_by_picture.setdefault(snapshot.sha256, {}).update(dict.fromkeys(labelled))
        snapshots_by_picture.setdefault(snapshot.sha256, []).append(snapshot)
    used = [each for same in snapshots_by_picture.values() for each in same]
    parts = _split(used, time_zone)
    pictures = [
        LabelledPicture(
            sha256=sha256,
            media_type=same[0].media_type,
            part=parts[sha256],
            boxes=tuple(boxes_by_picture[sha256]),
            incidents=tuple(dict.fromkeys(each.incident for each in same)),
        )
        for sha256, same in snapshots_by_picture.items()
    ]
    return LabelledPictures(tuple(pictures), left_out)


def label_objects(
    objects: Sequence[SnapshotObject] | None, reviewed: ReviewedIncident
) -> list[LabelledBox] | LeftOut:
    """Return the boxes that a verdict leaves in a snapshot; none makes it a background picture.

    Of a true incident, all objects that were detected in the frame stay. Of one that is false as
    the model was wrong, those that were counted go. Objects that were not counted were not judged;
    they stay, because a training takes what has no box for background.
    """
    is_false = reviewed.value is VerdictValue.FALSE
    is_model_wrong = is_false and reviewed.reason in MODEL_WRONG_REASONS
    if not is_false and reviewed.value not in THERE:
        return LeftOut.UNSURE
    if is_false and not is_model_wrong and reviewed.reason not in SETTING_REASONS:
        return LeftOut.NO_REASON
    if objects is None:
        return LeftOut.NO_OBJECTS
    if any(each.role == "counted" and not each.label for each in objects):
        return LeftOut.NO_LABEL
    return [
        LabelledBox(each.label, each.box)
        for each in objects
        if each.is_visible and not (is_model_wrong and each.role == "counted")
    ]


def _split(snapshots: Sequence[AlertSnapshot], time_zone: tzinfo) -> dict[str, Part]:
    """Give each picture its part: whole days of a camera, and whole incidents, stay together.

    A group is held back by a hash of its first camera-day, so that a later export with more days
    holds back the same ones; the group with the lowest hash if there would be none.
    """
    groups = _Groups()
    for snapshot in snapshots:
        day = snapshot.opened_at.astimezone(time_zone).date()
        camera_day = f"{snapshot.node}/{snapshot.camera}/{day}"
        groups.join(camera_day, f"incident {snapshot.incident}")
        groups.join(camera_day, f"picture {snapshot.sha256}")
    shares = {group: _share_of_hash(group) for group in groups.names()}
    held_back = {group for group, share in shares.items() if share < HELD_BACK_SHARE}
    if not held_back and len(shares) > 1:
        held_back = {min(shares, key=shares.__getitem__)}
    return {
        each.sha256: Part.VAL
        if groups.name_of(f"picture {each.sha256}") in held_back
        else Part.TRAIN
        for each in snapshots
    }


class _Groups:
    """Names that belong together (disjoint sets); a group has the lowest of its names."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.name_of(one), self.name_of(other)))
        self._parents[second] = first

    def name_of(self, member: str) -> str:
        parent = self._parents.setdefault(member, member)
        while parent != member:
            member, parent = parent, self._parents[parent]
        return member

    def names(self) -> set[str]:
        return {self.name_of(member) for member in self._parents}


def _share_of_hash(name: str) -> float:
    """Return a number of 0 to 1 that is always the same for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64
