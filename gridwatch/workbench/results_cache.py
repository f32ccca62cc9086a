"""What the last test of each scenario has shown, kept until its file changes."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from models.catalogue.search_paths import SearchPaths
from scenarios.definition.scenario_type import ScenarioType
from scenarios.testing.results import Figures

Kinds = Iterable[ScenarioType]


class CachedResult(msgspec.Struct, frozen=True, kw_only=True):
    """Figures, and the checksum of the file that they are true of."""

    file_sha256: str
    figures: Figures


def _shelf() -> Path:
    return SearchPaths.from_environment("models").cache.parent / "scenario-figures.json"


def _all(shelf: Path) -> dict[str, CachedResult]:
    try:
        return msgspec.json.decode(shelf.read_bytes(), type=dict[str, CachedResult])
    except (OSError, msgspec.MsgspecError):
        return {}


def store_figures(kinds: Kinds, figures: Mapping[str, Figures]) -> bool:
    """Remember figures for ``scenario list``; tells whether that could be done."""
    shelf = _shelf()
    proofs = _all(shelf)
    for kind in kinds:
        proofs[kind.key] = CachedResult(file_sha256=_sum(kind.file), figures=figures[kind.key])
    try:
        shelf.parent.mkdir(parents=True, exist_ok=True)
        fresh = shelf.with_suffix(".new")
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(proofs)))
        fresh.replace(shelf)
    except OSError:
        return False
    return True


def load_figures(kinds: Kinds) -> dict[str, Figures]:
    """The figures of all whose file is as it was when they were tested."""
    proofs = _all(_shelf())
    return {
        kind.key: proof.figures
        for kind in kinds
        if (proof := proofs.get(kind.key)) and proof.file_sha256 == _sum(kind.file)
    }


def _sum(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
