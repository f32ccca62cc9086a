"""Name to checked card: what a model is fed, what it gives back, and where it is had."""

import os
import tomllib
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.catalogue.artefact import Artefact
from models.errors import CatalogueError, NotInCatalogueError

SHIPPED_CATALOGUE = Path(__file__).with_name("catalogue.toml")
VERSION_COMMANDS = {"int8": "quantize", "folded": "fold"}
"""Ends of names of versions that a machine makes itself, and the command that does."""
STRICT = ConfigDict(frozen=True, extra="forbid")

Fraction = Annotated[float, Field(ge=0, le=1)]
Label = Annotated[str, Field(pattern=r"^([a-z][a-z -]*)?$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class InputSpec(BaseModel):
    """How pixels become the model's tensor, [1, 3, height, width].

    Args:
        name: Of the model's input.
        fit: ``stretch`` the frame; ``letterbox`` keeps its shape at the top left,
            ``letterbox-centred`` in the middle; ``tiles`` looks at squares, side by side.
        range: What 0 and 255 become.
    """

    model_config = STRICT

    name: str
    width: int = Field(ge=32, le=4096)
    height: int = Field(ge=32, le=4096)
    fit: Literal["stretch", "letterbox", "letterbox-centred", "tiles"]
    channels: Literal["rgb", "bgr"] = "rgb"
    range: tuple[float, float]


class Accuracy(BaseModel):
    """Measured with ``gridwatch model evaluate``; docs/models.md names data and machine."""

    model_config = STRICT

    ap: Fraction | None = None
    person_ap50: Fraction | None = None
    person_f1: Fraction | None = None


class ModelCard(Artefact):
    """All that is known of one model.

    Args:
        head: Which of ``models/heads`` reads its output.
        labels: Which list of labels its classes mean.
        confident: From this score on a detection counts by itself.
        floor: Below this score nothing is reported, not even to keep a track alive.
        floors: The same for single labels that are often seen wrongly.
        overlap: Two boxes of one label that share more than this are one object.
        same: Groups of labels that one object may be seen as at once; the best stays.
        converts_from: What the fetched file is, if it is not ONNX yet.
        float_layers: Which layers an INT8 version leaves as they are; ``*`` stands for any.
        int8: What was measured of its INT8 version.
        made_from: The model that this version was made from, on this machine.
    """

    summary: str
    head: Literal["deim", "ssd", "yolox", "ultralytics"]
    input: InputSpec
    labels: str
    confident: Fraction
    floor: Fraction = 0.1
    floors: dict[Label, Fraction] = Field(default_factory=dict)
    overlap: Fraction = 0.6
    same: tuple[tuple[Label, ...], ...] = ()
    converts_from: Literal["tflite"] | None = None
    accuracy: Accuracy = Field(default_factory=Accuracy)
    float_layers: tuple[str, ...] = ()
    int8: Accuracy = Field(default_factory=Accuracy)
    made_from: str | None = None

    def version_card(self, base: str, kind: str) -> Self:
        """Give the card of a version of this model."""
        told = {
            "made_from": base,
            "file": f"{base}-{kind}.onnx",
            "summary": f"made here of {base} by `gridwatch model {VERSION_COMMANDS[kind]}`",
            "accuracy": self.int8 if kind == "int8" else self.accuracy,
        }
        return self.model_copy(update=told)

    @model_validator(mode="after")
    def _floor_below_confident(self) -> Self:
        if self.floor > self.confident:
            raise ValueError(f"floor {self.floor} must not be above confident {self.confident}")
        return self


class Catalogue(BaseModel):
    """All models and the words for what they see."""

    model_config = STRICT

    preferred: tuple[Name, ...] = ()
    labels: dict[str, tuple[Label, ...]]
    model: dict[Name, ModelCard]

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        wanted = ((name, _base(name)[0]) for name in self.preferred)
        lost = [
            f"preferred: no model {name}"
            for name, base in wanted
            if name not in self.model and base not in self.model
        ]
        for name, card in self.model.items():
            if card.labels not in self.labels:
                lost.append(f"model.{name}.labels: no list {card.labels} under [labels]")
        if lost:
            raise ValueError("; ".join(lost))
        return self

    @classmethod
    def load(cls, file: Path | None = None) -> Self:
        """Read the shipped catalogue, and on top of it the user's own.

        Args:
            file: The user's own; default: GRIDWATCH_CATALOGUE. Its models, label lists and
                preferences come before the shipped ones.

        Raises:
            CatalogueError: Names the file, each key, and what is wrong.
        """
        whole = _read(SHIPPED_CATALOGUE)
        named = os.environ.get("GRIDWATCH_CATALOGUE")
        own = file or (Path(named) if named else None)
        if own is not None:
            more = _read(own)
            tables = {key: {**whole[key], **more.get(key, {})} for key in ("labels", "model")}
            whole = {**whole, **more, **tables}
        try:
            return cls.model_validate(whole)
        except ValidationError as error:
            raise CatalogueError(own or SHIPPED_CATALOGUE, validation_messages(error)) from None

    def card(self, name: str) -> ModelCard:
        """Find a model by its name, or by that of a version: ``NAME-int8``, ``NAME-folded``.

        Raises:
            NotInCatalogueError: There is none; names the nearest.
        """
        base, kind = _base(name)
        if name not in self.model and kind in VERSION_COMMANDS and base in self.model:
            return self.model[base].version_card(base, kind)
        if name not in self.model:
            raise NotInCatalogueError(name, tuple(self.model))
        return self.model[name]

    @property
    def vocabulary(self) -> frozenset[str]:
        """All words of all lists: what some model may report."""
        return frozenset(chain.from_iterable(self.labels.values())) - {""}

    def labels_of(self, name: str) -> tuple[str, ...]:
        """Give the label of each class of a model; ``""`` is never reported."""
        return self.labels[self.card(name).labels]


def _base(name: str) -> tuple[str, str]:
    base, _, kind = name.rpartition("-")
    return base, kind


def validation_messages(error: ValidationError) -> tuple[str, ...]:
    """Give each mistake a line with its key."""
    wrong = error.errors(include_input=False, include_url=False, include_context=False)
    return tuple(f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in wrong)


def _read(file: Path) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(file, (str(error),)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(file, (f"cannot be read: {error}",)) from None
