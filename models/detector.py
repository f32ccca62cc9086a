"""READ FIRST: load a model by name and find objects in frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.catalogue.catalogue import InputSpec, ModelCard
from models.catalogue.fetch import sha256_of
from models.catalogue.progress import FetchProgress
from models.catalogue.store import ModelStore
from models.errors import ModelFileError
from models.inference import preprocess
from models.inference.heads import CONSTANT_INPUTS, FIND_MISMATCH, HEADS, REGION_INPUTS
from models.inference.heads.deim import GlobalContext
from models.inference.nms import group_classes, non_max_suppression
from models.inference.raw_detections import RawDetections
from models.inference.region_planner import Region, is_cut_off, plan_regions
from models.inference.runtimes.onnx import OnnxRuntime
from pipeline.detection import Detections
from pipeline.frame import Frame, Picture, Size
from pipeline.geometry.boxes import Float32Array
from pipeline.ports import Coverage, InferenceResult, ModelId

MIN_BOX_SIDE = 1e-4
"""Boxes narrower than this fraction of the frame are rounding errors and are dropped."""
NEVER = 2.0
"""A score threshold that no detection reaches: for classes without a label."""


class ModelDetector:
    """Detect objects with one network. Not thread-safe: make one call at a time.

    Args:
        path: The ONNX file.
        card: The model's entry in the catalogue.
        labels: Label of each class of the network; ``""`` is never reported.

    Raises:
        ModelFileError: The file is corrupt or does not match its card.
    """

    def __init__(self, name: str, path: Path, card: ModelCard, labels: tuple[str, ...]) -> None:
        head = card.head
        self.card = card
        self.runtime = OnnxRuntime(
            path, card.input, CONSTANT_INPUTS.get(head), REGION_INPUTS.get(head)
        )
        check = FIND_MISMATCH.get(head)
        if check and (mismatch := check(self.runtime.metadata, len(labels))):
            raise ModelFileError(path, mismatch)
        self._id = ModelId(name=name, sha256=sha256_of(path))
        self._class_labels = labels
        self._decode = HEADS[head]
        self._class_groups = group_classes(labels, card.same)
        thresholds = [card.floors.get(label, card.floor) if label else NEVER for label in labels]
        self._class_thresholds = np.array(thresholds, np.float32)
        confidents = [card.confidents.get(label, card.confident) for label in labels]
        self._class_confidents = np.array(confidents, np.float32)
        self._min_raw_score = card.floor * min(1.0, *(c / card.confident for c in confidents))
        self._tensors: dict[Size, Float32Array] = {}
        self._contexts: dict[str, GlobalContext | None] = {}

    @property
    def model(self) -> ModelId:
        """The name and checksum of the weights."""
        return self._id

    @property
    def labels(self) -> frozenset[str]:
        """All labels that the model can report, in the vocabulary of the catalogue."""
        return frozenset(self._class_labels) - {""}

    @property
    def confidence_threshold(self) -> float:
        """The score from which a detection may start a track; below it, it only extends one."""
        return self.card.confident

    @property
    def supports_regions(self) -> bool:
        """Whether the model can run on regions of a frame."""
        is_allowed = self.card.regions and self.card.input.fit != "tiles"
        return self.runtime.supports_regions and is_allowed

    def detect(self, frame: Frame) -> Detections:
        """Detect all objects in a frame, including those below ``confidence_threshold``."""
        raw, context = self._infer_full(frame.picture)
        self._contexts[frame.camera] = context
        return self._to_detections(raw)

    def detect_picture(self, picture: Picture) -> Detections:
        """Detect all objects in a picture that belongs to no camera."""
        raw, _ = self._infer_full(picture)
        return self._to_detections(raw)

    def detect_regions(
        self, frame: Frame, required: Float32Array, known_boxes: Float32Array
    ) -> InferenceResult:
        """Detect objects in the regions of a frame that need inference, or in the full frame.

        Args:
            frame: The frame.
            required: Areas that must be covered, [n, 4] left, top, right, bottom, fractions of
                the frame.
            known_boxes: Boxes of known objects, [m, 4] likewise; no region cuts one.

        Returns:
            The detections and the regions they cover. A region that cuts an object is discarded
            and the full frame is run instead (``Coverage.RERUN_FULL_FRAME``).
        """
        spec = self.input_for(frame.picture.size)
        if not self.supports_regions:
            return InferenceResult(self.detect(frame))
        (view,) = preprocess.plan_views(frame.picture.size, spec)
        offset, scale = np.array([view.left, view.top] * 2), np.array([*view.scaled_size] * 2)
        regions = plan_regions(
            required * scale + offset, known_boxes * scale + offset, canvas_size(spec)
        )
        if not regions:
            return InferenceResult(self.detect(frame))
        raw = self._infer_regions(frame, regions, view, spec)
        if raw is None:
            return InferenceResult(self.detect(frame), Coverage.RERUN_FULL_FRAME)
        edges = np.array([(r.left, r.top, r.left + r.width, r.top + r.height) for r in regions])
        covered = ((edges - offset) / scale).astype(np.float32)
        return InferenceResult(self._to_detections(raw), Coverage.REGIONS, np.clip(covered, 0, 1))

    def input_for(self, size: Size) -> InputSpec:
        """Return the input of the network for a frame of this size."""
        spec = self.card.input
        return preprocess.trim_padding(size, spec) if self.runtime.supports_regions else spec

    def calls_per_frame(self, size: Size) -> int:
        """Return how often the network runs for a full frame of this size."""
        return len(preprocess.plan_views(size, self.card.input))

    def scale_scores(self, raw: RawDetections) -> Float32Array:
        """Scale the scores of each class so that its own threshold becomes the model's.

        Below the threshold and above it the scale is linear; 0 and 1 stay.
        """
        if not self.card.confidents:
            return raw.scores
        own, common = self._class_confidents[raw.classes], self.card.confident
        below = raw.scores * (common / own)
        above = 1 - (1 - raw.scores) * ((1 - common) / (1 - own))
        return np.where(raw.scores < own, below, above).astype(np.float32)

    def _infer_full(self, picture: Picture) -> tuple[RawDetections, GlobalContext | None]:
        """Run the network on every view of a picture.

        Returns:
            The raw detections, and the global context of the last view if the network has one.
        """
        spec = self.input_for(picture.size)
        whole = Region(0, 0, spec.width, spec.height)
        found: list[RawDetections] = []
        context: GlobalContext | None = None
        for view in preprocess.plan_views(picture.size, spec):
            raw, context = self._infer(self._fill_tensor(picture, view, spec), whole)
            found.append(preprocess.to_frame_fractions(raw, view, spec))
        return RawDetections.concatenate(found), context

    def _infer_regions(
        self,
        frame: Frame,
        regions: Sequence[Region],
        view: preprocess.InputView,
        spec: InputSpec,
    ) -> RawDetections | None:
        """Run the network on regions of the canvas; ``None`` if a region cuts an object."""
        tensor = self._fill_tensor(frame.picture, view, spec)
        context = self._contexts.get(frame.camera)
        picture_area = Region(view.left, view.top, *view.scaled_size)
        canvas = np.array([*canvas_size(spec)] * 2, np.float32)
        found: list[RawDetections] = []
        for region in regions:
            raw, _ = self._infer(tensor, region, context)
            corners_px = raw.corners * np.array(region[2:] * 2) + np.array(region[:2] * 2)
            cut = is_cut_off(corners_px, region, picture_area)
            if (raw.scores[cut] >= self.confidence_threshold).any():
                return None
            whole = raw._replace(corners=(corners_px / canvas).astype(np.float32)).select(~cut)
            found.append(preprocess.to_frame_fractions(whole, view, spec))
        return RawDetections.concatenate(found)

    def _infer(
        self, tensor: Float32Array, region: Region, context: GlobalContext | None = None
    ) -> tuple[RawDetections, GlobalContext | None]:
        """Run the network on one region of the tensor.

        Returns:
            The detections in fractions of the region, and the network's global context, if any.
        """
        rows = slice(region.top, region.top + region.height)
        columns = slice(region.left, region.left + region.width)
        pixels = np.ascontiguousarray(tensor[:, :, rows, columns])
        outputs = self.runtime.infer(pixels, region, context)
        raw = self._decode(
            outputs,
            canvas=Size(*region[2:]),
            min_score=self._min_raw_score,
            class_count=len(self._class_labels),
        )
        return raw, outputs.get("scene_seen")

    def _fill_tensor(
        self, picture: Picture, view: preprocess.InputView, spec: InputSpec
    ) -> Float32Array:
        canvas = canvas_size(spec)
        if canvas not in self._tensors:
            self._tensors[canvas] = np.zeros((1, 3, canvas.height, canvas.width), np.float32)
        preprocess.fill_tensor(self._tensors[canvas], picture, view, spec)
        return self._tensors[canvas]

    def _to_detections(self, raw: RawDetections) -> Detections:
        """Apply the class thresholds and non-maximum suppression, and name the classes."""
        raw = raw._replace(scores=self.scale_scores(raw))
        raw = raw.select(raw.scores >= self._class_thresholds[raw.classes])
        best = non_max_suppression(
            raw, iou_threshold=self.card.overlap, class_groups=self._class_groups
        )
        sides = best.corners[:, 2:] - best.corners[:, :2]
        boxes = np.concatenate([best.corners[:, :2], sides], axis=1)
        labels = tuple(self._class_labels[i] for i in best.classes)
        return Detections(boxes, best.scores, labels).select(
            np.flatnonzero(sides.min(axis=1) > MIN_BOX_SIDE)
        )


def canvas_size(spec: InputSpec) -> Size:
    """Return the size of the network's input in pixels."""
    return Size(spec.width, spec.height)


def load_detector(
    name: str | None = None,
    *,
    store: ModelStore | None = None,
    progress: FetchProgress | None = None,
    allow_fetch: bool = True,
    min_score: float | None = None,
    is_fast_model: bool = False,
) -> ModelDetector:
    """Load a model, fetching it first if it is not on this machine.

    Args:
        name: Name in the catalogue; by default the best model available.
        store: By default the shipped catalogue and the folders named in the environment.
        progress: Receives the progress of a fetch.
        allow_fetch: Whether sources outside this machine may be used.
        min_score: Report detections from this score on, instead of the thresholds of the card.
        is_fast_model: Use the threshold of the card for a fast model beside a better one.

    Raises:
        NotInCatalogueError: No model has this name.
        NotFetchedError: The model is not on this machine and no source has it.
        ConversionError: The fetched file cannot be converted to ONNX.
        ModelFileError: The file is corrupt or does not match its card.
    """
    store = store or ModelStore()
    name = name or store.best_available(progress, allow_fetch=allow_fetch)
    path = store.pull(name, progress) if allow_fetch else store.find(name)
    card = store.catalogue.card(name)
    if min_score is not None:
        card = card.model_copy(update={"floor": min_score, "floors": {}})
    if is_fast_model and card.confident_fast is not None:
        card = card.model_copy(update={"confident": card.confident_fast})
    return ModelDetector(name, path, card, store.catalogue.labels_of(name))
