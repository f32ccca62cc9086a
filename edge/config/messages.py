"""What is wrong with ``edge.toml``, in the words of who wrote it."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError

from edge.config.schedule import ScheduleSettings
from edge.config.settings import (
    BrokerSettings,
    CameraSettings,
    CentreSettings,
    DrillSettings,
    EdgeSettings,
    EvidenceSettings,
    LocationSettings,
    MarkSettings,
    ModelSettings,
    ZoneSettings,
)

SECTION_MODELS: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): EdgeSettings,
    ("broker",): BrokerSettings,
    ("centre",): CentreSettings,
    ("model",): ModelSettings,
    ("exercise",): DrillSettings,
    ("evidence",): EvidenceSettings,
    ("camera",): CameraSettings,
    ("camera", "location"): LocationSettings,
    ("camera", "zone"): ZoneSettings,
    ("camera", "mark"): MarkSettings,
    ("camera", "scenario", "schedule"): ScheduleSettings,
}
NAME_KEYS = {"camera": "name", "zone": "name", "scenario": "key"}
SECRET_KEYS = {"key", "seal_to"}


def error_messages(error: ValidationError, raw: Mapping[str, object]) -> Iterator[str]:
    """Tell each mistake in a line: its key, what is wrong, and the mend."""
    for wrong in error.errors(include_url=False, include_context=False):
        where = key_path(wrong["loc"], raw)
        match wrong["type"]:
            case "extra_forbidden":
                yield f"{where}: unknown key{_suggestion(wrong['loc'])}"
            case "missing":
                yield f"{where}: is missing"
            case _:
                said = str(wrong["msg"]).removeprefix("Value error, ")
                yield f"{where}{_value_text(wrong['loc'], wrong['input'])}: {_lower_first(said)}"


def key_path(loc: tuple[int | str, ...], raw: object) -> str:
    """Write a place as ``camera[north-gate].zone[steps].points[#2]``; nameless ones by number."""
    parts: list[str] = []
    kind = ""
    for step in loc:
        raw = _child(raw, step)
        if isinstance(step, int):
            name = raw.get(NAME_KEYS.get(kind, "")) if isinstance(raw, dict) else None
            parts[-1] += f"[{name or f'#{step + 1}'}]"
        else:
            kind = step
            parts.append(step)
    return ".".join(parts)


def did_you_mean(word: str, known: list[str]) -> str:
    """Point at the nearest known word, or list them all."""
    near = get_close_matches(word, known, n=1)
    return f": did you mean {near[0]}?" if near else f"; known: {', '.join(known) or 'none'}"


def _child(raw: object, step: int | str) -> object:
    if isinstance(raw, dict):
        return raw.get(step)
    if isinstance(raw, list) and isinstance(step, int) and step < len(raw):
        return raw[step]
    return None


def _suggestion(loc: tuple[int | str, ...]) -> str:
    *section, word = [step for step in loc if isinstance(step, str)]
    known = SECTION_MODELS.get(tuple(section))
    return did_you_mean(word, sorted(known.model_fields) if known else [])


def _value_text(loc: tuple[int | str, ...], value: object) -> str:
    plain = isinstance(value, str | int | float | bool)
    return f" = {value!r}" if plain and loc[-1] not in SECRET_KEYS else ""


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
