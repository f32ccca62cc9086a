"""All scenarios of the library, by key."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from pipeline.wire.address import SCENARIO
from scenarios import library
from scenarios.errors import LibraryError, UnknownScenarioError
from scenarios.scenario_type import ScenarioType
from scenarios.settings import Parameters

Catalogue = Mapping[str, ScenarioType[Parameters]]


def load() -> Catalogue:
    """Read the whole library, in order of the keys.

    Raises:
        LibraryError: A file is broken: silence would be worse.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(library.__path__))
    return MappingProxyType({name: _read(name) for name in names})


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
