"""A rule as its author wrote it: a function over the scene, and what it needs to be evaluated."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from inspect import signature
from typing import Generic, ParamSpec

from pipeline.alerting.episode import AlertTiming
from pipeline.geometry.shapes import ZoneKind
from pipeline.scenario_spec import Capability, Per
from pipeline.scene.scene import Scene
from pipeline.signal import Signal
from scenarios.definition.settings import Parameters

Args = ParamSpec("Args")
Signals = Iterable[Signal]
"""What a rule returns for one frame of one zone; mostly it yields them."""

DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)")
UNIT_S = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[Args]):
    """A function that signals what it finds in one zone of one frame.

    Call it like the function itself: ``rule(scene, params)``, or ``rule(scene)`` if it has no
    parameters.

    Args:
        parameters: The class of its parameters; ``Parameters`` itself if it has none.
        per: What one alert is about.
        labels: Labels of the tracks it sees; empty for a rule that needs no detector.
        needs: What it uses beyond tracks.
        zone_kind: What a site must draw.
        zone_required: Whether the whole frame cannot stand for a missing zone.
        timing: How long a signal must hold and be gone.

    Raises:
        TypeError: The function does not take a scene and, if it has some, its parameters.
    """

    function: Callable[Args, Signals]
    parameters: type[Parameters]
    per: Per
    labels: frozenset[str]
    needs: frozenset[Capability]
    zone_kind: ZoneKind
    zone_required: bool
    timing: AlertTiming

    def __post_init__(self) -> None:
        """Check that the function takes the arguments it is called with."""
        name = self.parameters.__name__
        if self.has_parameters:
            wanted, form = 2, f"`{self.key}(scene: gw.Scene, params: {name})`"
        else:
            wanted, form = 1, f"`{self.key}(scene: gw.Scene)`, or `@gw.rule(YourParameters, …)`"
        if len(signature(self.function).parameters) != wanted:
            raise TypeError(f"the rule does not fit its decorator: write {form}")

    def __call__(self, *args: Args.args, **kwargs: Args.kwargs) -> Signals:
        """Evaluate the rule on one zone of one frame."""
        return self.function(*args, **kwargs)

    @property
    def key(self) -> str:
        """The name of the function, which is the scenario's key."""
        return self.function.__name__

    @property
    def has_parameters(self) -> bool:
        """Whether a site may set more than timing and level."""
        return self.parameters is not Parameters

    def evaluate(self, scene: Scene, parameters: Parameters) -> Signals:
        """Evaluate the rule, with the parameters if it has any."""
        function: Callable[..., Signals] = self.function
        return function(scene, parameters) if self.has_parameters else function(scene)


def parse_duration(text: str) -> timedelta:
    """Parse a number with ``s``, ``m`` or ``h``, such as ``"30s"`` or ``"5m"``.

    Raises:
        ValueError: It is not written like that.
    """
    if not (match := DURATION.fullmatch(text)):
        raise ValueError(f'{text!r} is not a duration: write it as in "30s", "5m" or "1h"')
    return timedelta(seconds=float(match[1]) * UNIT_S[match[2]])
