"""One pose model for all cameras of a node, loaded when a camera first needs it."""

import threading
from collections.abc import Callable

from pipeline.frame import Picture
from pipeline.geometry.shapes import Box
from pipeline.ports import ModelId, Pose, PoseEstimator


class SharedPoseEstimator:
    """A pose estimator that several threads may call; a call waits for those of other cameras."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator
        self._lock = threading.Lock()

    @property
    def model(self) -> ModelId:
        """The model that is loaded."""
        return self._estimator.model

    def estimate(self, picture: Picture, box: Box) -> Pose:
        """Estimate the pose of the person in a box."""
        with self._lock:
            return self._estimator.estimate(picture, box)


class SharedPoses:
    """Loads the pose model once; most nodes have no scenario that needs it.

    Args:
        load: Returns the pose model, or ``None`` if this machine has none.
    """

    def __init__(self, load: Callable[[], PoseEstimator | None] = lambda: None) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._is_loaded = False
        self._shared: SharedPoseEstimator | None = None

    def get(self) -> PoseEstimator | None:
        """Return the shared pose estimator; ``None`` if this machine has none."""
        with self._lock:
            if not self._is_loaded:
                estimator = self._load()
                self._shared = SharedPoseEstimator(estimator) if estimator else None
                self._is_loaded = True
            return self._shared
