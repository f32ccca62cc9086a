"""Load the models that a recording is played with, as ``[model]`` of a node names them."""

from dataclasses import dataclass
from typing import Self

from models import detector as detectors
from models.catalogue.progress import FetchProgress
from pipeline.camera import GateConfig
from pipeline.ports import Detector
from pipeline.second_look.second_look import SecondLook


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNames:
    """Names of the models.

    Args:
        main: By default the best available.
        fast: Does most inferences where it finds what the main model finds; ``None`` for none.
        second_look: Does the second looks; by default the main model.
    """

    main: str | None = None
    fast: str | None = None
    second_look: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModels:
    """The models of ``ModelNames``, loaded."""

    main: Detector
    fast: Detector | None = None
    second_look: Detector | None = None

    @classmethod
    def load(cls, names: ModelNames, progress: FetchProgress | None = None) -> Self:
        """Load the models.

        Raises:
            ModelError: A model is not known, or cannot be fetched.
        """
        return cls(
            main=detectors.load_detector(names.main, progress=progress),
            fast=(
                detectors.load_detector(names.fast, progress=progress, is_fast_model=True)
                if names.fast
                else None
            ),
            second_look=(
                detectors.load_detector(names.second_look, progress=progress)
                if names.second_look
                else None
            ),
        )

    @property
    def description(self) -> str:
        """The names of the models, for people."""
        others = (("fast", self.fast), ("second looks", self.second_look))
        parts = [f"{what}: {model.model.name}" for what, model in others if model]
        return ", ".join([self.main.model.name, *parts])

    def make_gate(self) -> GateConfig:
        """Configure the motion gate; a fast model runs on full frames, so no regions beside it."""
        return GateConfig(fast_detector=self.fast, use_regions=self.fast is None)

    def make_second_look(self) -> SecondLook:
        """Make the second look of one camera."""
        return SecondLook(
            self.second_look or self.main, is_other_model=self.second_look is not None
        )
