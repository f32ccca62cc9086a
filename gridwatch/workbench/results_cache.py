"""Cache the figures of the last test of each scenario until its file changes."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from models.catalogue.search_paths import SearchPaths
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.results import Figures


class CachedResult(msgspec.Struct, frozen=True, kw_only=True):
    """Figures, and the checksum of the scenario file that they belong to."""

    file_sha256: str
    figures: Figures


def store_figures(scenario_types: Iterable[ScenarioType], figures: Mapping[str, Figures]) -> bool:
    """Store figures for ``scenario list``; return whether the cache could be written."""
    file = _cache_file()
    results = _read(file)
    for kind in scenario_types:
        results[kind.key] = CachedResult(
            file_sha256=_checksum(kind.file), figures=figures[kind.key]
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
        fresh.replace(file)
    except OSError:
        return False
    return True


def load_figures(scenario_types: Iterable[ScenarioType]) -> dict[str, Figures]:
    """Return the figures of the scenarios whose file has not changed since their test."""
    results = _read(_cache_file())
    return {
        kind.key: result.figures
        for kind in scenario_types
        if (result := results.get(kind.key)) and result.file_sha256 == _checksum(kind.file)
    }


def _cache_file() -> Path:
    return SearchPaths.from_environment("models").cache.parent / "scenario-figures.json"


def _read(file: Path) -> dict[str, CachedResult]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, CachedResult])
    except (OSError, msgspec.MsgspecError):
        return {}


def _checksum(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
