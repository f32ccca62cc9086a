"""All scenarios there are, by key: the library's, and those of the site's own folders."""

import os
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from pipeline.wire.address import SCENARIO_KEY_PATTERN
from scenarios import library
from scenarios.definition import rule_file
from scenarios.definition.scenario_type import ScenarioType
from scenarios.errors import LibraryError, RuleFileError, UnknownScenarioError, suggest

PATH_VARIABLE = "GRIDWATCH_SCENARIO_PATH"
"""Folders with rules by expression, as ``PATH`` lists them."""

LABEL_SYNONYMS = {
    "bike": "bicycle",
    "cyclist": "bicycle",
    "ebike": "motorcycle",
    "e-bike": "motorcycle",
    "scooter": "motorcycle",
    "pedestrian": "person",
    "people": "person",
    "human": "person",
    "lorry": "truck",
    "bag": "handbag",
}
"""What people say, and what models call it, where no spelling would lead there."""
LABELS_HINT = "; what they report is listed under [labels] in models/catalogue/catalogue.toml"

Catalogue = Mapping[str, ScenarioType]


def load(folders: Iterable[Path] = (), *, labels: frozenset[str] | None = None) -> Catalogue:
    """Read the whole library and all own scenarios, in order of the keys.

    Args:
        folders: Where more rules by expression lie, beside ``GRIDWATCH_SCENARIO_PATH``.
        labels: All that models may report: what watches anything else would never fire.
            ``None`` where no model is to be run.

    Raises:
        LibraryError: A file of the library is broken: silence would be worse.
        RuleFileError: A rule by expression is.
    """
    names = [module.name for module in pkgutil.iter_modules(library.__path__)]
    kinds = [_load_python(name, labels) for name in names]
    for folder in (*map(Path, library.__path__), *site_folders(), *folders):
        kinds += (_load_rule_file(file, labels) for file in _rule_files(folder))
    found: dict[str, ScenarioType] = {}
    for kind in sorted(kinds, key=lambda kind: kind.key):
        if kind.key in found and found[kind.key].file != kind.file:
            raise RuleFileError(str(kind.file), (f"{found[kind.key].file} has this key already",))
        found[kind.key] = kind
    return MappingProxyType(found)


def site_folders(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The folders that ``GRIDWATCH_SCENARIO_PATH`` names."""
    named = environment.get(PATH_VARIABLE, "").split(os.pathsep)
    return [Path(name).expanduser() for name in named if name]


def _rule_files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise RuleFileError(
            str(folder), (f"no such folder; mend {PATH_VARIABLE} or [scenarios] path",)
        )
    return iter(sorted(folder.glob("*.toml")))


def _load_rule_file(file: Path, labels: frozenset[str] | None) -> ScenarioType:
    kind = rule_file.read_rule_file(file)
    if wrong := find_error(kind, labels):
        raise RuleFileError(str(file), (wrong,))
    return kind


def find(key: str, catalogue: Catalogue) -> ScenarioType:
    """Look a scenario up.

    Raises:
        UnknownScenarioError: It is not there; near misses are named.
    """
    if key not in catalogue:
        raise UnknownScenarioError(key, tuple(catalogue))
    return catalogue[key]


def _load_python(name: str, labels: frozenset[str] | None) -> ScenarioType:
    try:
        module = import_module(f"{library.__name__}.{name}")
    except (ImportError, SyntaxError, TypeError, ValueError) as error:
        raise LibraryError(name, str(error)) from error
    found = getattr(module, "rule", None)
    if not isinstance(found, ScenarioType):
        raise LibraryError(name, "has no function `rule` under @scenario")
    if wrong := find_error(found, labels):
        raise LibraryError(name, wrong)
    return found


def find_error(kind: ScenarioType, labels: frozenset[str] | None = None) -> str:
    """What contradicts itself in a scenario, or is known to no model; empty for nothing."""
    if not SCENARIO_KEY_PATTERN.fullmatch(kind.key):
        return f"{kind.key!r} is no key: use a-z, 0-9 and _"
    if not (kind.hazard.labels or kind.hazard.capabilities):
        return "watches nothing and needs nothing"
    if not (any(case.opens for case in kind.cases) and any(not case.opens for case in kind.cases)):
        return "needs a case that fires and a case that stays silent"
    try:
        _ = kind.settings
    except ValueError as error:
        return str(error)
    return "" if labels is None else _find_unknown_label(kind, labels)


def _find_unknown_label(kind: ScenarioType, labels: frozenset[str]) -> str:
    """Name a label that no model reports, and the nearest that one does."""
    asked = [("watches", label) for label in sorted(kind.hazard.labels)]
    asked += (
        (f"case {case.name!r}: casts", who.label) for case in kind.cases for who in case.actors
    )
    for place, label in asked:
        if label not in labels:
            word = LABEL_SYNONYMS.get(label.lower(), label)
            meant = suggest(word, tuple(sorted(labels)), otherwise=LABELS_HINT)
            return f"{place} {label!r}, which no model reports{meant}"
    return ""
