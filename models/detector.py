"""READ FIRST: a model by its name, ready to find objects in frames."""

from pathlib import Path

import numpy as np

from models import preprocess
from models.catalogue import Card
from models.fetch import sha256_of
from models.found import Found
from models.heads import CONSTANTS, HEADS
from models.runtimes.onnx import OnnxRuntime
from models.store import Store
from models.suppress import kinds_of, suppress
from models.watch import Watcher
from pipeline.detection import Detections
from pipeline.frame import Frame, Picture, Size
from pipeline.ports import ModelId

TINY = 1e-4
"""A box that is narrower, in parts of the frame, is nothing but rounding."""


class ModelDetector:
    """A network with its card: pixels in, objects out. One call at a time.

    Args:
        path: The ONNX file.
        labels: What each class of the network is called; ``""`` is never reported.

    Raises:
        ModelFileError: The file is corrupt, or is not what its card says.
    """

    def __init__(self, name: str, path: Path, card: Card, labels: tuple[str, ...]) -> None:
        spec = card.input
        self.card = card
        self.runtime = OnnxRuntime(path, spec, CONSTANTS.get(card.head))
        self._id = ModelId(name=name, sha256=sha256_of(path))
        self._words = labels
        self._read = HEADS[card.head]
        self._kinds = kinds_of(labels, card.same)
        floors = [card.floors.get(label, card.floor) if label else 2.0 for label in labels]
        self._floors = np.array(floors, np.float32)
        self._tensor = np.zeros((1, 3, spec.height, spec.width), np.float32)

    @property
    def model(self) -> ModelId:
        """The weights behind it."""
        return self._id

    @property
    def labels(self) -> frozenset[str]:
        """All it can find, in the catalogue's vocabulary."""
        return frozenset(self._words) - {""}

    @property
    def confident(self) -> float:
        """From this score on a detection counts by itself; below it only keeps a track alive."""
        return self.card.confident

    def detect(self, frame: Frame) -> Detections:
        """Find all objects, the doubtful ones below ``confident`` too."""
        return self.look(frame.picture)

    def look(self, picture: Picture) -> Detections:
        """Find all objects in a picture that belongs to no camera."""
        seen = preprocess.views(picture.size, self.card.input)
        found = Found.joined([self._view(picture, view) for view in seen])
        found = found.where(found.scores >= self._floors[found.classes])
        best = suppress(found, overlap=self.card.overlap, kinds=self._kinds)
        sides = best.corners[:, 2:] - best.corners[:, :2]
        boxes = np.concatenate([best.corners[:, :2], sides], axis=1)
        words = tuple(self._words[i] for i in best.classes)
        return Detections(boxes, best.scores, words).only(np.flatnonzero(sides.min(axis=1) > TINY))

    def calls_for(self, size: Size) -> int:
        """How often the network runs for a frame of this size."""
        return len(preprocess.views(size, self.card.input))

    def _view(self, picture: Picture, view: preprocess.View) -> Found:
        spec = self.card.input
        preprocess.fill(self._tensor, picture, view, spec)
        canvas = Size(spec.width, spec.height)
        found = self._read(self.runtime.infer(self._tensor), canvas=canvas, floor=self.card.floor)
        return preprocess.to_frame(found, view, spec)


def load(
    name: str | None = None,
    *,
    store: Store | None = None,
    watch: Watcher | None = None,
    pull: bool = True,
    floor: float | None = None,
) -> ModelDetector:
    """Make a detector of a model, fetching it where it is not here yet.

    Args:
        name: In the catalogue; default: the best that can be had.
        store: Default: the shipped catalogue and the environment's folders.
        watch: Is told how a fetch goes.
        pull: Whether sources outside this machine may be asked.
        floor: Report from this score on, instead of from the card's floors.

    Raises:
        NotInCatalogueError: No model has this name.
        NotFetchedError: It is not here, and nobody could give it.
        ConversionError: It was fetched, but could not be made into ONNX.
        ModelFileError: Its file is corrupt, or is not what its card says.
    """
    store = store or Store()
    name = name or store.best(watch, pull=pull)
    path = store.pull(name, watch) if pull else store.find(name)
    card = store.catalogue.card(name)
    if floor is not None:
        card = card.model_copy(update={"floor": floor, "floors": {}})
    return ModelDetector(name, path, card, store.catalogue.labels_of(name))
