"""What a site may set of a scenario: its parameters, its timing, its level."""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

import msgspec

from pipeline.signal import Level
from pipeline.text import Text
from scenarios.errors import suggest

Number = int | float


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One number that a site may set; the console makes its form from these.

    Args:
        kind: ``int`` for whole numbers only.
        unit: ``s``, ``m`` ...; empty for a count or share.
        role: Whether it belongs to the hazard or to all scenarios alike.
        counts: Whether it is how many there must be in a zone for the rule to say something else
            than of an empty one.
    """

    name: str
    kind: Literal["int", "float"]
    unit: str
    minimum: Number
    maximum: Number
    default: Number
    title: Text
    role: Literal["parameter", "timing"]
    counts: bool = False

    def find_error(self, value: object) -> str:
        """What is wrong with ``value`` and what would be right; empty for nothing."""
        kinds = (int,) if self.kind == "int" else (int, float)
        allowed = f"allowed is {self._noun} from {self.minimum:g} to {self.maximum:g}{self._unit}"
        if isinstance(value, bool) or not isinstance(value, kinds):
            return f"{value!r} is no {self._noun.removeprefix('a ')}; {allowed}"
        if not self.minimum <= value <= self.maximum:
            return f"{value!r} is out of range; {allowed}"
        return ""

    @property
    def _noun(self) -> str:
        return "a whole number" if self.kind == "int" else "a number"

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


class Parameters(msgspec.Struct, frozen=True):
    """What a site may set of one hazard: every field a number with range, words and default."""


UNITS = {"s": "s", "m": "m", "mps": "m/s", "kmh": "km/h", "deg": "°"}
"""Units that a parameter's name may end in, and how they are written."""

TIMING_SETTINGS = (
    Setting(
        name="hold",
        kind="float",
        unit="s",
        minimum=0,
        maximum=3600,
        default=0,
        title=Text(zh="最短持续时间（秒）", en="Lasts at least (s)"),
        role="timing",
    ),
    Setting(
        name="clear",
        kind="float",
        unit="s",
        minimum=1,
        maximum=3600,
        default=60,
        title=Text(zh="消失多久后结束（秒）", en="Over when gone for (s)"),
        role="timing",
    ),
    Setting(
        name="report_every",
        kind="float",
        unit="s",
        minimum=0,
        maximum=3600,
        default=60,
        title=Text(zh="上报间隔（秒，0 为不重复）", en="Report every (s, 0 for never)"),
        role="timing",
    ),
)
"""The settings that all scenarios have; the defaults are each scenario's own."""


def tunable(
    minimum: Number, maximum: Number, *, zh: str, en: str, counts: bool = False
) -> msgspec.Meta:
    """Say what a site may set: the range, both ends allowed, and the words on the form.

    Args:
        counts: With fewer than so many in the zone the rule says what it says of an empty one. A
            box then saves looks while there are; to leave it out costs those, and nothing else.
    """
    return msgspec.Meta(ge=minimum, le=maximum, extra={"zh": zh, "en": en, "counts": counts})


def parameters_of(kind: type[Parameters]) -> tuple[Setting, ...]:
    """Read the settings off a class of parameters.

    Raises:
        ValueError: A field is no number, lacks range, words or default, or has a bad default.
    """
    found = tuple(_parameter(field) for field in msgspec.structs.fields(kind))
    for setting in found:
        if wrong := setting.find_error(setting.default):
            raise ValueError(f"default of {setting.name}: {wrong}")
    return found


def _parameter(field: msgspec.structs.FieldInfo) -> Setting:
    number, *notes = get_args(field.type) or (field.type,)
    meta = next((note for note in notes if isinstance(note, msgspec.Meta)), None)
    if number not in {int, float} or meta is None or field.default is msgspec.NODEFAULT:
        raise ValueError(f"{field.name}: write Annotated[int or float, tunable(…)] = default")
    if meta.ge is None or meta.le is None or not meta.extra:
        raise ValueError(f"{field.name}: tunable(…) needs a range and words")
    return Setting(
        name=field.name,
        kind=number.__name__,
        unit=UNITS.get(field.name.rpartition("_")[2], ""),
        minimum=meta.ge,
        maximum=meta.le,
        default=field.default,
        title=Text(zh=meta.extra["zh"], en=meta.extra["en"]),
        role="parameter",
        counts=meta.extra["counts"],
    )


def find_errors(
    given: Mapping[str, object], allowed: tuple[Setting, ...]
) -> Iterator[tuple[str, str]]:
    """Name every setting in ``given`` that does not exist or is not allowed, and why."""
    known = {setting.name: setting for setting in allowed}
    for name, value in given.items():
        if name == "level":
            if value not in list(Level):
                yield name, f"{value!r} is no level; allowed is {', '.join(Level)}"
        elif name not in known:
            yield name, f"no such parameter{suggest(name, (*known, 'level'))}"
        elif wrong := known[name].find_error(value):
            yield name, wrong
