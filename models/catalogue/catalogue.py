"""Read the catalogue: for each model a validated card with its input, labels and sources."""

import os
import tomllib
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.catalogue.fetch import Artefact
from models.errors import CatalogueError, NotInCatalogueError

SHIPPED_CATALOGUE = Path(__file__).with_name("catalogue.toml")
VERSION_COMMANDS = {"int8": "quantize", "folded": "fold"}
"""Name suffix of a version made on this machine, and the ``gridwatch model`` command for it."""
STRICT = ConfigDict(frozen=True, extra="forbid")

Fraction = Annotated[float, Field(ge=0, le=1)]
Label = Annotated[str, Field(pattern=r"^([a-z][a-z0-9 -]*)?$")]
Range = tuple[float, float]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class InputSpec(BaseModel):
    """How pixels become the model's input tensor, [1, 3, height, width].

    Args:
        name: Name of the model's input.
        fit: ``stretch`` fills the canvas; ``letterbox`` keeps the aspect ratio at the top left,
            ``letterbox-centred`` in the middle; ``tiles`` runs on overlapping squares.
        channels: Order of the colour channels.
        range: The tensor values of 0 and 255; or three such pairs, one for each channel in the
            order of ``channels``.
    """

    model_config = STRICT

    name: str
    width: int = Field(ge=32, le=4096)
    height: int = Field(ge=32, le=4096)
    fit: Literal["stretch", "letterbox", "letterbox-centred", "tiles"]
    channels: Literal["rgb", "bgr"] = "rgb"
    range: tuple[float, float] | tuple[Range, Range, Range]

    @property
    def channel_ranges(self) -> tuple[Range, Range, Range]:
        """The tensor values of 0 and 255 for each channel."""
        match self.range:
            case (float() as low, float() as high):
                return ((low, high),) * 3
            case channels:
                return channels


class Accuracy(BaseModel):
    """Measured with ``gridwatch model evaluate``; docs/models.md names data and machine."""

    model_config = STRICT

    ap: Fraction | None = None
    person_ap50: Fraction | None = None
    person_f1: Fraction | None = None


class NetworkCard(Artefact):
    """What every network of the catalogue has.

    Args:
        converts_from: Format of the fetched file if it is not ONNX.
        kept_outputs: Outputs that a conversion keeps, with what leads to them; by default all.
        made_from: The model that this version was made from, on this machine.
    """

    summary: str
    input: InputSpec
    converts_from: Literal["tflite", "tfjs"] | None = None
    kept_outputs: tuple[str, ...] = ()
    made_from: str | None = None


class PoseCard(NetworkCard):
    """A network that finds the joints of one person; ``models/pose.py`` decodes its outputs."""


class ModelCard(NetworkCard):
    """One detection model of the catalogue.

    Args:
        head: The decoder in ``models/inference/heads`` for its outputs.
        labels: The list of labels that its classes index.
        confident: Score from which a detection may start a track.
        confidents: The same for single labels: the tracker needs one threshold, so the scores of
            such a label are scaled until this score becomes ``confident``.
        confident_fast: The same as a fast model beside a better one, where both have to agree; by
            default ``confident``.
        floor: Score below which nothing is reported, not even to extend a track.
        floors: The same for single labels that are often wrong.
        regions: Whether it may run on regions of a frame, if it takes pictures of any size.
        overlap: Intersection over union above which two boxes of a label are one object.
        same: Groups of labels of which an object may get several; the best one stays.
        unfit_for: Keys of scenarios that fail on real footage with this model.
        float_layers: Layers that an INT8 version keeps in float; ``*`` matches anything.
        int8: Accuracy of the INT8 version.
    """

    head: Literal["deim", "nanodet", "yolox", "ultralytics"]
    labels: str
    confident: Fraction
    confidents: dict[Label, Fraction] = Field(default_factory=dict)
    confident_fast: Fraction | None = None
    floor: Fraction = 0.1
    floors: dict[Label, Fraction] = Field(default_factory=dict)
    overlap: Fraction = 0.6
    regions: bool = True
    same: tuple[tuple[Label, ...], ...] = ()
    unfit_for: tuple[str, ...] = ()
    accuracy: Accuracy = Field(default_factory=Accuracy)
    float_layers: tuple[str, ...] = ()
    int8: Accuracy = Field(default_factory=Accuracy)

    def version_card(self, base: str, kind: str) -> Self:
        """Return the card of a version of this model, made on this machine."""
        changes = {
            "made_from": base,
            "file": f"{base}-{kind}.onnx",
            "summary": f"made here from {base} by `gridwatch model {VERSION_COMMANDS[kind]}`",
            "accuracy": self.int8 if kind == "int8" else self.accuracy,
            "regions": self.regions or kind == "folded",  # who folds chooses regions
        }
        return self.model_copy(update=changes)

    @model_validator(mode="after")
    def _check_thresholds(self) -> Self:
        if self.floor > self.confident:
            raise ValueError(f"floor {self.floor} must not be above confident {self.confident}")
        return self


class Catalogue(BaseModel):
    """All models, and the lists of labels that they report.

    Args:
        pose: Pose models; the first is used.
    """

    model_config = STRICT

    preferred: tuple[Name, ...] = ()
    labels: dict[str, tuple[Label, ...]]
    model: dict[Name, ModelCard]
    pose: dict[Name, PoseCard] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        problems = [
            f"preferred: no model {name}"
            for name in self.preferred
            if name not in self.model and _split_version(name)[0] not in self.model
        ]
        problems += [
            f"model.{name}.labels: no list {card.labels} under [labels]"
            for name, card in self.model.items()
            if card.labels not in self.labels
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @classmethod
    def load(cls, file: Path | None = None) -> Self:
        """Read the shipped catalogue and the site's own.

        Args:
            file: The site's own catalogue; by default the one named by GRIDWATCH_CATALOGUE. Its
                models, label lists and preferences override the shipped ones.

        Raises:
            CatalogueError: A file is invalid; names the file, each key and its problem.
        """
        merged = _read(SHIPPED_CATALOGUE)
        variable = os.environ.get("GRIDWATCH_CATALOGUE")
        own_file = file or (Path(variable) if variable else None)
        if own_file is not None:
            own = _read(own_file)
            keys = ("labels", "model", "pose")
            tables = {key: {**merged[key], **own.get(key, {})} for key in keys}
            merged = {**merged, **own, **tables}
        try:
            return cls.model_validate(merged)
        except ValidationError as error:
            raise CatalogueError(
                own_file or SHIPPED_CATALOGUE, validation_messages(error)
            ) from None

    def card(self, name: str) -> ModelCard:
        """Return the card of a model, or of a version: ``NAME-int8``, ``NAME-folded``.

        Raises:
            NotInCatalogueError: No model has this name; suggests the nearest.
        """
        base, kind = _split_version(name)
        if name not in self.model and kind in VERSION_COMMANDS and base in self.model:
            return self.model[base].version_card(base, kind)
        if name not in self.model:
            raise NotInCatalogueError(name, (*self.model, *self.pose))
        return self.model[name]

    def network(self, name: str) -> NetworkCard:
        """Return the card of a model of any kind.

        Raises:
            NotInCatalogueError: No model has this name; suggests the nearest.
        """
        return self.pose[name] if name in self.pose else self.card(name)

    @property
    def vocabulary(self) -> frozenset[str]:
        """All labels that some model may report."""
        return frozenset(chain.from_iterable(self.labels.values())) - {""}

    def labels_of(self, name: str) -> tuple[str, ...]:
        """Return the label of each class of a model; ``""`` is never reported."""
        return self.labels[self.card(name).labels]


def validation_messages(error: ValidationError) -> tuple[str, ...]:
    """Return one line for each invalid key: the key and its problem."""
    details = error.errors(include_input=False, include_url=False, include_context=False)
    return tuple(f"{'.'.join(map(str, d['loc'])) or 'it'}: {d['msg']}" for d in details)


def _split_version(name: str) -> tuple[str, str]:
    base, _, kind = name.rpartition("-")
    return base, kind


def _read(file: Path) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(file, (str(error),)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(file, (f"cannot be read: {error}",)) from None
