"""What a site may set for a scenario: its parameters, its timing and its level.

A scenario declares its parameters as the fields of a ``Parameters`` class. Each field becomes a
``Setting``, from which the console builds its form and by which ``edge.toml`` is checked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import get_annotations
from typing import ClassVar, Literal, TypeVar, cast, dataclass_transform

import msgspec

from pipeline.signal import Level
from pipeline.text import Text
from scenarios.errors import suggest

Number = int | float
N = TypeVar("N", int, float)

UNITS = {"s": "s", "m": "m", "mps": "m/s", "kmh": "km/h", "deg": "°"}
"""Last part of a parameter's name → its unit, as in ``radius_m``."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One number that a site may set.

    Args:
        kind: ``int`` allows whole numbers only.
        unit: ``s``, ``m`` and so on; empty for a count or a share.
        minimum: Smallest value allowed.
        maximum: Largest value allowed.
        role: ``timing`` for the settings that all scenarios share.
        is_min_count: Whether this is the least number of objects in a zone for which the rule
            can signal; see ``parameter``.
    """

    name: str
    kind: Literal["int", "float"]
    unit: str
    minimum: Number
    maximum: Number
    default: Number
    title: Text
    role: Literal["parameter", "timing"]
    is_min_count: bool = msgspec.field(default=False, name="counts")

    def find_error(self, value: object) -> str:
        """Return what is wrong with ``value`` and what is allowed; empty if it is allowed."""
        types = (int,) if self.kind == "int" else (int, float)
        noun = "a whole number" if self.kind == "int" else "a number"
        unit = f" {self.unit}" if self.unit else ""
        allowed = f"allowed is {noun} from {self.minimum:g} to {self.maximum:g}{unit}"
        if isinstance(value, bool) or not isinstance(value, types):
            return f"{value!r} is not {noun}; {allowed}"
        if not self.minimum <= value <= self.maximum:
            return f"{value!r} is out of range; {allowed}"
        return ""


@dataclass(frozen=True, slots=True)
class _Declaration:
    """What ``parameter`` leaves in the class body, for ``Parameters`` to read."""

    default: Number
    minimum: Number
    maximum: Number
    title: Text
    unit: str | None
    is_min_count: bool


def parameter(
    default: N,
    *,
    min: N,  # noqa: A002  # the plain word, as in every form
    max: N,  # noqa: A002
    zh: str,
    en: str,
    unit: str | None = None,
    is_min_count: bool = False,
) -> N:
    """Declare a field of a ``Parameters`` class.

    Args:
        default: Value where the site sets none.
        min: Smallest value a site may set.
        max: Largest value a site may set.
        zh: Label on the form, in Chinese.
        en: Label on the form, in English.
        unit: Unit on the form; by default that of the field's name, see ``UNITS``.
        is_min_count: With fewer objects than this in a zone, the rule signals what it signals
            for an empty zone. The node may then run the model less often while few are in view.
            Leaving it out costs only that.
    """
    return cast("N", _Declaration(default, min, max, Text(zh=zh, en=en), unit, is_min_count))


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Parameters:
    """What a site may set for one scenario: subclass it and declare each field with ``parameter``.

    A subclass is a frozen dataclass with keyword-only fields; every field has a default.

    Raises:
        TypeError: A field is not declared as ``name: int = parameter(…)`` or
            ``name: float = parameter(…)``.
        ValueError: A default is not allowed by its own range.
    """

    SETTINGS: ClassVar[tuple[Setting, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Turn the declarations into settings, and the class into a dataclass."""
        types = get_annotations(cls, eval_str=True)
        untyped = [
            n for n, v in vars(cls).items() if isinstance(v, _Declaration) and n not in types
        ]
        for name in untyped:
            raise TypeError(f"{name}: give it a type: {_example(name)}")
        own = tuple(_setting(name, type_, vars(cls).get(name)) for name, type_ in types.items())
        cls.SETTINGS = (*cls.SETTINGS, *own)
        for setting in own:
            setattr(cls, setting.name, setting.default)
        dataclass(frozen=True, kw_only=True)(cls)

    def values(self) -> dict[str, Number]:
        """Return the value of every parameter by its name."""
        return {setting.name: getattr(self, setting.name) for setting in self.SETTINGS}


def _setting(name: str, type_: object, declared: object) -> Setting:
    if type_ not in {int, float} or not isinstance(declared, _Declaration):
        raise TypeError(f"{name}: write {_example(name)}, or float in place of int")
    unit = UNITS.get(name.rpartition("_")[2], "") if declared.unit is None else declared.unit
    setting = Setting(
        name=name,
        kind="int" if type_ is int else "float",
        unit=unit,
        minimum=declared.minimum,
        maximum=declared.maximum,
        default=declared.default,
        title=declared.title,
        role="parameter",
        is_min_count=declared.is_min_count,
    )
    if error := setting.find_error(setting.default):
        raise ValueError(f"default of {name}: {error}")
    return setting


def _example(name: str) -> str:
    return f'{name}: int = gw.parameter(8, min=2, max=200, zh="…", en="…")'


TIMING_SETTINGS = (
    Setting(
        name="hold",
        kind="float",
        unit="s",
        minimum=0,
        maximum=3600,
        default=0,
        title=Text(zh="最短持续时间（秒）", en="Minimum duration (s)"),
        role="timing",
    ),
    Setting(
        name="clear",
        kind="float",
        unit="s",
        minimum=1,
        maximum=3600,
        default=60,
        title=Text(zh="消失后延时结束（秒）", en="Close after (s)"),
        role="timing",
    ),
    Setting(
        name="report_every",
        kind="float",
        unit="s",
        minimum=0,
        maximum=3600,
        default=60,
        title=Text(zh="上报间隔（秒，0 为不重复）", en="Report interval (s, 0 for none)"),
        role="timing",
    ),
)
"""The settings that every scenario has; the defaults are each scenario's own."""


def find_errors(
    values: Mapping[str, object], allowed: tuple[Setting, ...]
) -> Iterator[tuple[str, str]]:
    """Yield ``(name, error)`` for every value that does not exist or is not allowed."""
    known = {setting.name: setting for setting in allowed}
    for name, value in values.items():
        if name == "level":
            if value not in list(Level):
                yield name, f"{value!r} is not a level; allowed is {', '.join(Level)}"
        elif name not in known:
            yield name, f"no such parameter{suggest(name, (*known, 'level'))}"
        elif error := known[name].find_error(value):
            yield name, error
