"""All scenarios there are, by key: the library's, and those of the site's own folders."""

import os
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from pipeline.wire.address import SCENARIO
from scenarios import library, rule_file
from scenarios.errors import LibraryError, RuleFileError, UnknownScenarioError
from scenarios.scenario_type import ScenarioType
from scenarios.settings import Parameters

VARIABLE = "GRIDWATCH_SCENARIO_PATH"
"""Folders with rules by expression, as ``PATH`` lists them."""

Catalogue = Mapping[str, ScenarioType[Parameters]]


def load(folders: Iterable[Path] = ()) -> Catalogue:
    """Read the whole library and all own scenarios, in order of the keys.

    Args:
        folders: Where more rules by expression lie, beside ``GRIDWATCH_SCENARIO_PATH``.

    Raises:
        LibraryError: A file of the library is broken: silence would be worse.
        RuleFileError: A rule by expression is.
    """
    names = [module.name for module in pkgutil.iter_modules(library.__path__)]
    kinds = [_read(name) for name in names]
    for folder in (*map(Path, library.__path__), *own_folders(), *folders):
        kinds += (_read_rule(file) for file in _rules(folder))
    found: dict[str, ScenarioType[Parameters]] = {}
    for kind in sorted(kinds, key=lambda kind: kind.key):
        if kind.key in found and found[kind.key].file != kind.file:
            raise RuleFileError(str(kind.file), (f"{found[kind.key].file} has this key already",))
        found[kind.key] = kind
    return MappingProxyType(found)


def own_folders(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The folders that ``GRIDWATCH_SCENARIO_PATH`` names."""
    named = environment.get(VARIABLE, "").split(os.pathsep)
    return [Path(name).expanduser() for name in named if name]


def _rules(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise RuleFileError(str(folder), (f"no such folder; mend {VARIABLE} or [scenarios] path",))
    return iter(sorted(folder.glob("*.toml")))


def _read_rule(file: Path) -> ScenarioType[Parameters]:
    kind = rule_file.read(file)
    if wrong := fault(kind):
        raise RuleFileError(str(file), (wrong,))
    return kind


def find(key: str, catalogue: Catalogue) -> ScenarioType[Parameters]:
    """Look a scenario up.

    Raises:
        UnknownScenarioError: It is not there; near misses are named.
    """
    if key not in catalogue:
        raise UnknownScenarioError(key, tuple(catalogue))
    return catalogue[key]


def _read(name: str) -> ScenarioType[Parameters]:
    try:
        module = import_module(f"{library.__name__}.{name}")
    except (ImportError, SyntaxError, TypeError, ValueError) as error:
        raise LibraryError(name, str(error)) from error
    found = getattr(module, "rule", None)
    if not isinstance(found, ScenarioType):
        raise LibraryError(name, "has no function `rule` under @scenario")
    if wrong := fault(found):
        raise LibraryError(name, wrong)
    return found


def fault(kind: ScenarioType[Parameters]) -> str:
    """What contradicts itself in a scenario; empty for nothing."""
    if not SCENARIO.fullmatch(kind.key):
        return f"{kind.key!r} is no key: use a-z, 0-9 and _"
    if not (kind.hazard.watches or kind.hazard.needs):
        return "watches nothing and needs nothing"
    if not (any(case.opens for case in kind.cases) and any(not case.opens for case in kind.cases)):
        return "needs a case that fires and a case that stays silent"
    try:
        _ = kind.settings
    except ValueError as error:
        return str(error)
    return ""
