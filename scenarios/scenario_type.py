"""A scenario as its author wrote it, not yet set by a site."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from pipeline.geometry import Zone
from pipeline.hazard import Hazard
from pipeline.scenario import Scenario
from pipeline.scene import Scene
from pipeline.signal import Level, Signal
from pipeline.text import Text
from pipeline.timing import Timing
from scenarios.cases import Case, FootageCase
from scenarios.errors import SettingsError
from scenarios.settings import TIMING, Parameters, Setting, mistakes, parameters_of

P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, kw_only=True)
class ScenarioType(Generic[P]):
    """What one file of the library gives: hazard, rule, what may be set, and its cases.

    Raises:
        ValueError: A parameter lacks its range, words or default.
    """

    hazard: Hazard
    timing: Timing
    parameters: type[P]
    rule: Callable[[Scene, P], Iterable[Signal]]
    cases: tuple[Case, ...]
    footage: tuple[FootageCase, ...]

    @property
    def key(self) -> str:
        """Its file name."""
        return self.hazard.key

    @property
    def title(self) -> Text:
        """Its name for people."""
        return self.hazard.title

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All numbers that a site may set, its own first, with this scenario's defaults."""
        timing = (
            msgspec.structs.replace(s, default=getattr(self.timing, s.name).total_seconds())
            for s in TIMING
        )
        return (*parameters_of(self.parameters), *timing)

    def bind(self, zones: Sequence[Zone], settings: Mapping[str, object]) -> Scenario:
        """Make the scenario of one camera.

        Args:
            zones: Where it watches; none for the whole frame.
            settings: Parameters, ``hold``, ``clear``, ``report_every`` in seconds, ``level``.

        Raises:
            SettingsError: Lists every setting that is unknown or not allowed.
        """
        wrong = [*mistakes(settings, self.settings), *doubled(zones)]
        if wrong:
            raise SettingsError(self.key, tuple(wrong))
        given: dict[str, Any] = dict(settings)
        level = Level(given.pop("level", self.hazard.level))
        timing: dict[str, Any] = {
            s.name: timedelta(seconds=given.pop(s.name)) for s in TIMING if s.name in given
        }
        return Scenario(
            hazard=self.hazard,
            timing=replace(self.timing, **timing),
            rule=partial(_asked, self.rule, self.parameters(**given)),
            level=level,
            zones=tuple(zones) or (Zone.whole(),),
        )


def _asked(
    rule: Callable[[Scene, P], Iterable[Signal]], parameters: P, scene: Scene
) -> Iterable[Signal]:
    return rule(scene, parameters)


def doubled(zones: Sequence[Zone]) -> list[tuple[str, str]]:
    """The mistake of naming a zone twice."""
    names = [zone.name for zone in zones]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [("zones", f"{name} is named twice") for name in twice]
