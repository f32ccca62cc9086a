"""Estimate the pose of one person with BlazePose (Bazarevsky et al. 2020, arXiv:2006.10204)."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.catalogue.catalogue import PoseCard
from models.catalogue.fetch import sha256_of
from models.catalogue.progress import FetchProgress
from models.catalogue.store import ModelStore
from models.errors import ConversionError, NotFetchedError
from models.inference.runtimes.onnx import OnnxRuntime
from pipeline.frame import Picture, Size
from pipeline.geometry.boxes import Float32Array, FloatArray
from pipeline.geometry.shapes import Box
from pipeline.ports import ModelId, Pose

CROP_SCALE = 1.25
"""Side of the square crop, in longer sides of the box: the network is trained with this margin."""
PADDING = 0.5
"""Value of the crop beyond the frame."""
WIDE_ASPECT = 1.0
"""Width over height from which a person may lie: the network knows people upright only, so the
crop is turned by a quarter both ways as well."""
NOSE, SHOULDERS, HIPS, ANKLES = [0], [11, 12], [23, 24], [27, 28]
"""Rows of the joints."""
SCORES, JOINTS = "Identity_1", "Identity"
"""Outputs: whether it is a person; 39 points x, y, z, visibility and presence in pixels."""


class _TurnedPose(NamedTuple):
    """The pose in a crop that was turned, ``is_in_order`` from nose over hips to ankles."""

    score: float
    trunk_deg: float
    length: float
    is_in_order: bool

    @property
    def rank(self) -> float:
        """How well it explains the crop: a body that fills it, head above feet."""
        return self.score * self.length if self.is_in_order else 0.0


class ModelPoseEstimator:
    """Estimate poses with one network. Not thread-safe: make one call at a time.

    Args:
        path: The ONNX file.
        card: The model's entry in the catalogue.

    Raises:
        ModelFileError: The file is corrupt or does not match its card.
    """

    def __init__(self, name: str, path: Path, card: PoseCard) -> None:
        self._id = ModelId(name=name, sha256=sha256_of(path))
        self._runtime = OnnxRuntime(path, card.input)
        self._side = card.input.width

    @property
    def model(self) -> ModelId:
        """The name and checksum of the weights."""
        return self._id

    def estimate(self, picture: Picture, box: Box) -> Pose:
        """Estimate the pose of the person in a box: one call upright, three if the box is wide."""
        crop = self._crop(picture, box)
        width, height = picture.size
        is_wide = box.w * width > WIDE_ASPECT * box.h * height
        turns = (0, 1, 3) if is_wide else (0,)
        poses = [self._estimate_turned(crop, quarter_turns) for quarter_turns in turns]
        best = max(poses, key=lambda pose: pose.rank)
        return Pose(max(pose.score for pose in poses), best.trunk_deg, best.length)

    def _crop(self, picture: Picture, box: Box) -> Float32Array:
        """Return the square around a box: [3, side, side], 0 to 1, grey beyond the frame."""
        width, height = picture.size
        side_px = CROP_SCALE * max(box.w * width, box.h * height)
        scale = self._side / side_px
        left_px, top_px = (
            box.centre.x * width - side_px / 2,
            box.centre.y * height - side_px / 2,
        )
        inside = (
            max(left_px, 0.0),
            max(top_px, 0.0),
            min(left_px + side_px, width),
            min(top_px + side_px, height),
        )
        region = Box(
            inside[0] / width,
            inside[1] / height,
            (inside[2] - inside[0]) / width,
            (inside[3] - inside[1]) / height,
        )
        columns = slice(*(round((x - left_px) * scale) for x in inside[::2]))
        rows = slice(*(round((y - top_px) * scale) for y in inside[1::2]))
        scaled = Size(columns.stop - columns.start, rows.stop - rows.start)
        crop = np.full((3, self._side, self._side), PADDING, np.float32)
        pixels = picture.rgb(scaled, region=region)
        np.divide(pixels.transpose(2, 0, 1), np.float32(255), out=crop[:, rows, columns])
        return crop

    def _estimate_turned(self, crop: Float32Array, quarter_turns: int) -> _TurnedPose:
        """Estimate the pose in a crop that is turned anticlockwise first."""
        turned = np.ascontiguousarray(np.rot90(crop, quarter_turns, axes=(1, 2)))
        outputs = self._runtime.infer(turned[None])
        joints = outputs[JOINTS].reshape(-1, 5)[:, :2].astype(np.float64)
        nose, shoulders, hips, ankles = (
            joints[rows].mean(axis=0) for rows in (NOSE, SHOULDERS, HIPS, ANKLES)
        )
        return _TurnedPose(
            score=float(outputs[SCORES].item()),
            trunk_deg=_angle_to_vertical(hips - shoulders, quarter_turns),
            length=float(ankles[1] - nose[1]) / self._side * CROP_SCALE,
            is_in_order=bool(nose[1] < hips[1] < ankles[1] and shoulders[1] < hips[1]),
        )


def _angle_to_vertical(trunk: FloatArray, quarter_turns: int) -> float:
    """Return the angle of the trunk in the frame: 0 upright, 90 lying, 180 upside down."""
    x, y = trunk.tolist()
    for _ in range(quarter_turns):
        x, y = -y, x
    return float(np.degrees(np.arctan2(abs(x), y)))


def load_pose_estimator(
    *,
    store: ModelStore | None = None,
    progress: FetchProgress | None = None,
    allow_fetch: bool = True,
) -> ModelPoseEstimator:
    """Load the first pose model of the catalogue, fetching it if it is not on this machine.

    Args:
        store: By default the shipped catalogue and the folders named in the environment.
        progress: Receives the progress of a fetch.
        allow_fetch: Whether it may be fetched and converted.

    Raises:
        NotFetchedError: The model is not on this machine and no source has it.
        ConversionError: The fetched file cannot be converted to ONNX.
        ModelFileError: The file is corrupt or does not match its card.
    """
    store = store or ModelStore()
    name, card = next(iter(store.catalogue.pose.items()))
    path = store.pull(name, progress) if allow_fetch else store.find_or_convert(name)
    return ModelPoseEstimator(name, path, card)


def find_pose_estimator(store: ModelStore | None = None) -> ModelPoseEstimator | None:
    """Load the pose model if it is on this machine; ``None`` if not."""
    try:
        return load_pose_estimator(store=store, allow_fetch=False)
    except (NotFetchedError, ConversionError):
        return None
