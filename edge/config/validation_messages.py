"""Turn validation errors into messages with the key as written, what is wrong, and the fix."""

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
    ("drill",): DrillSettings,
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
    """Return one line for each mistake: key, value, what is wrong, and the fix if there is one."""
    for detail in error.errors(include_url=False, include_context=False):
        path = key_path(detail["loc"], raw)
        match detail["type"]:
            case "extra_forbidden":
                yield f"{path}: unknown key{_suggestion(detail['loc'])}"
            case "missing":
                yield f"{path}: is missing"
            case _:
                message = str(detail["msg"]).removeprefix("Value error, ")
                value = _value_text(detail["loc"], detail["input"])
                yield f"{path}{value}: {message[:1].lower()}{message[1:]}{_fix(detail['loc'])}"


def key_path(loc: tuple[int | str, ...], raw: object) -> str:
    """Format a key as ``camera[north-gate].zone[steps].points[#2]``; unnamed items by number."""
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
    """Return a suggestion: the closest known word, or all of them."""
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


def _fix(loc: tuple[int | str, ...]) -> str:
    """Return how to write a coordinate, for a mistake in one; an empty string for other keys."""
    is_coordinate = "points" in loc and isinstance(loc[-1], int)
    return "; write fractions of the frame, from 0 to 1" if is_coordinate else ""


def _value_text(loc: tuple[int | str, ...], value: object) -> str:
    is_plain = isinstance(value, str | int | float | bool)
    return f" = {value!r}" if is_plain and loc[-1] not in SECRET_KEYS else ""
