"""READ FIRST: a model by its name, ready to find objects in frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.catalogue.catalogue import InputSpec, ModelCard
from models.catalogue.fetch import sha256_of
from models.catalogue.progress import FetchProgress
from models.catalogue.store import ModelStore
from models.inference import preprocess
from models.inference.heads import CONSTANT_INPUTS, HEADS, REGION_INPUTS
from models.inference.heads.deim import GlobalContext
from models.inference.nms import group_classes, non_max_suppression
from models.inference.raw_detections import RawDetections
from models.inference.region_planner import Region, is_cut_off, plan_regions
from models.inference.runtimes.onnx import OnnxRuntime
from pipeline.detection import Detections, Float32Array
from pipeline.frame import Frame, Picture, Size
from pipeline.motion.inference_result import Coverage, InferenceResult
from pipeline.ports import ModelId

MIN_BOX_SIDE = 1e-4
"""A box that is narrower, in parts of the frame, is nothing but rounding."""


class ModelDetector:
    """A network with its card: pixels in, objects out. One call at a time.

    Args:
        path: The ONNX file.
        labels: What each class of the network is called; ``""`` is never reported.

    Raises:
        ModelFileError: The file is corrupt, or is not what its card says.
    """

    def __init__(self, name: str, path: Path, card: ModelCard, labels: tuple[str, ...]) -> None:
        spec = card.input
        self.card = card
        self.runtime = OnnxRuntime(
            path, spec, CONSTANT_INPUTS.get(card.head), REGION_INPUTS.get(card.head)
        )
        self._id = ModelId(name=name, sha256=sha256_of(path))
        self._words = labels
        self._read = HEADS[card.head]
        self._kinds = group_classes(labels, card.same)
        floors = [card.floors.get(label, card.floor) if label else 2.0 for label in labels]
        self._floors = np.array(floors, np.float32)
        self._tensors: dict[Size, Float32Array] = {}
        self._scenes: dict[str, GlobalContext | None] = {}
        self._scene: GlobalContext | None = None

    @property
    def model(self) -> ModelId:
        """The weights behind it."""
        return self._id

    @property
    def labels(self) -> frozenset[str]:
        """All it can find, in the catalogue's vocabulary."""
        return frozenset(self._words) - {""}

    @property
    def confidence_threshold(self) -> float:
        """From this score on a detection counts by itself; below it only keeps a track alive."""
        return self.card.confident

    @property
    def supports_regions(self) -> bool:
        """Whether it can look at parts of a frame."""
        return self.runtime.supports_regions and self.card.input.fit != "tiles"

    def detect(self, frame: Frame) -> Detections:
        """Find all objects, the doubtful ones below ``confidence_threshold`` too."""
        found = self.detect_picture(frame.picture)
        self._scenes[frame.camera] = self._scene
        return found

    def detect_picture(self, picture: Picture) -> Detections:
        """Find all objects in a picture that belongs to no camera."""
        spec = self.input_for(picture.size)
        seen = preprocess.plan_views(picture.size, spec)
        return self._told(
            RawDetections.concatenate([self._view(picture, view, spec) for view in seen])
        )

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """Find all objects in the parts of a frame that are worth a look, or in the whole.

        What ends at the edge of a part may go on beyond it: then the whole is looked at too.
        """
        spec = self.input_for(frame.picture.size)
        if not self.supports_regions:
            return InferenceResult(self.detect(frame))
        (view,) = preprocess.plan_views(frame.picture.size, spec)
        corner, sides = np.array([view.left, view.top] * 2), np.array([*view.scaled_size] * 2)
        must, others = required * sides + corner, known_boxes * sides + corner
        patches = plan_regions(must, others, canvas_size(spec))
        if not patches:
            return InferenceResult(self.detect(frame))
        seen = self._patches(frame, patches, view, spec)
        if seen is None:
            return InferenceResult(self.detect(frame), Coverage.RERUN_FULL_FRAME)
        edges = np.array([(p.left, p.top, p.left + p.width, p.top + p.height) for p in patches])
        parts = ((edges - corner) / sides).astype(np.float32)
        return InferenceResult(self._told(seen), Coverage.REGIONS, np.clip(parts, 0, 1))

    def input_for(self, size: Size) -> InputSpec:
        """Say what the network is shown of a frame of this size."""
        spec = self.card.input
        return preprocess.trim_padding(size, spec) if self.runtime.supports_regions else spec

    def calls_per_frame(self, size: Size) -> int:
        """How often the network runs for a frame of this size."""
        return len(preprocess.plan_views(size, self.card.input))

    def _view(self, picture: Picture, view: preprocess.InputView, spec: InputSpec) -> RawDetections:
        tensor = self._filled(picture, view, spec)
        whole = Region(0, 0, spec.width, spec.height)
        return preprocess.to_frame_fractions(self._read_of(tensor, whole), view, spec)

    def _patches(
        self, frame: Frame, patches: Sequence[Region], view: preprocess.InputView, spec: InputSpec
    ) -> RawDetections | None:
        """Look at cut-outs of what a look at the whole would see; none if one cuts somebody."""
        tensor = self._filled(frame.picture, view, spec)
        scene = self._scenes.get(frame.camera)
        shown = Region(view.left, view.top, *view.scaled_size)
        room, seen = np.array([*canvas_size(spec)] * 2, np.float32), []
        for patch in patches:
            found = self._read_of(tensor, patch, scene)
            pixels = found.corners * np.array(patch[2:] * 2) + np.array(patch[:2] * 2)
            cut = is_cut_off(pixels, patch, shown)
            if (found.scores[cut] >= self.confidence_threshold).any():
                return None
            within = found._replace(corners=(pixels / room).astype(np.float32)).select(~cut)
            seen.append(preprocess.to_frame_fractions(within, view, spec))
        return RawDetections.concatenate(seen)

    def _read_of(
        self, tensor: Float32Array, patch: Region, scene: GlobalContext | None = None
    ) -> RawDetections:
        """Run the network on one cut-out of the tensor."""
        rows = slice(patch.top, patch.top + patch.height)
        columns = slice(patch.left, patch.left + patch.width)
        shown = np.ascontiguousarray(tensor[:, :, rows, columns])
        outputs = self.runtime.infer(shown, patch, scene)
        self._scene = outputs.get("scene_seen")
        return self._read(outputs, canvas=Size(*patch[2:]), min_score=self.card.floor)

    def _filled(
        self, picture: Picture, view: preprocess.InputView, spec: InputSpec
    ) -> Float32Array:
        canvas = canvas_size(spec)
        if canvas not in self._tensors:
            self._tensors[canvas] = np.zeros((1, 3, canvas.height, canvas.width), np.float32)
        preprocess.fill_tensor(self._tensors[canvas], picture, view, spec)
        return self._tensors[canvas]

    def _told(self, found: RawDetections) -> Detections:
        """Keep the best of what was found, in the catalogue's words."""
        found = found.select(found.scores >= self._floors[found.classes])
        best = non_max_suppression(found, iou_threshold=self.card.overlap, class_groups=self._kinds)
        sides = best.corners[:, 2:] - best.corners[:, :2]
        boxes = np.concatenate([best.corners[:, :2], sides], axis=1)
        words = tuple(self._words[i] for i in best.classes)
        return Detections(boxes, best.scores, words).select(
            np.flatnonzero(sides.min(axis=1) > MIN_BOX_SIDE)
        )


def canvas_size(spec: InputSpec) -> Size:
    """Say how many pixels the network is shown."""
    return Size(spec.width, spec.height)


def load_detector(
    name: str | None = None,
    *,
    store: ModelStore | None = None,
    progress: FetchProgress | None = None,
    allow_fetch: bool = True,
    min_score: float | None = None,
) -> ModelDetector:
    """Make a detector of a model, fetching it where it is not here yet.

    Args:
        name: In the catalogue; default: the best that can be had.
        store: Default: the shipped catalogue and the environment's folders.
        progress: Is told how a fetch goes.
        allow_fetch: Whether sources outside this machine may be asked.
        min_score: Report from this score on, instead of from the card's floors.

    Raises:
        NotInCatalogueError: No model has this name.
        NotFetchedError: It is not here, and nobody could give it.
        ConversionError: It was fetched, but could not be made into ONNX.
        ModelFileError: Its file is corrupt, or is not what its card says.
    """
    store = store or ModelStore()
    name = name or store.best_available(progress, allow_fetch=allow_fetch)
    path = store.pull(name, progress) if allow_fetch else store.find(name)
    card = store.catalogue.card(name)
    if min_score is not None:
        card = card.model_copy(update={"floor": min_score, "floors": {}})
    return ModelDetector(name, path, card, store.catalogue.labels_of(name))
