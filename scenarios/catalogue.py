"""Load every scenario by its key: those of the library, and those of the site's own folders."""

import os
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from pipeline.wire.address import SCENARIO_KEY_PATTERN
from scenarios import authoring, library
from scenarios.definition.rule_file import read_rule_file
from scenarios.definition.scenario_type import ScenarioType
from scenarios.errors import LibraryError, RuleFileError, UnknownScenarioError, suggest

PATH_VARIABLE = "GRIDWATCH_SCENARIO_PATH"
"""Environment variable that lists folders of rule files, as ``PATH`` lists folders."""

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
"""Common words → the label of the models, where the spelling does not suggest it."""
LABELS_HINT = "; the labels are listed under [labels] in models/catalogue/catalogue.toml"

Catalogue = Mapping[str, ScenarioType]


def load(folders: Iterable[Path] = (), *, labels: frozenset[str] | None = None) -> Catalogue:
    """Load the library and all rule files of the site, in order of their keys.

    Args:
        folders: Folders of rule files, in addition to ``GRIDWATCH_SCENARIO_PATH``.
        labels: Every label that the models report. A scenario that uses another one is rejected,
            because it would never alert. ``None`` skips the check.

    Raises:
        LibraryError: A file of the library is broken.
        RuleFileError: A rule file is broken.
    """
    modules = [module.name for module in pkgutil.iter_modules(library.__path__)]
    loaded = [_load_module(name, labels) for name in modules]
    for folder in (*map(Path, library.__path__), *site_folders(), *folders):
        loaded += (_load_rule_file(file, labels) for file in _rule_files(folder))
    catalogue: dict[str, ScenarioType] = {}
    for scenario in sorted(loaded, key=lambda scenario: scenario.key):
        other = catalogue.setdefault(scenario.key, scenario)
        if other.file != scenario.file:
            raise RuleFileError(str(scenario.file), (f"{other.file} has the same key",))
    return MappingProxyType(catalogue)


def site_folders(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Return the folders that ``GRIDWATCH_SCENARIO_PATH`` lists."""
    listed = environment.get(PATH_VARIABLE, "").split(os.pathsep)
    return [Path(name).expanduser() for name in listed if name]


def find(key: str, catalogue: Catalogue) -> ScenarioType:
    """Return the scenario of a key.

    Raises:
        UnknownScenarioError: There is none; the error suggests the nearest key.
    """
    if key not in catalogue:
        raise UnknownScenarioError(key, tuple(catalogue))
    return catalogue[key]


def find_error(scenario: ScenarioType, labels: frozenset[str] | None = None) -> str:
    """Return the first contradiction within a scenario, or label unknown to the models.

    Empty if there is none.
    """
    if not SCENARIO_KEY_PATTERN.fullmatch(scenario.key):
        return f"{scenario.key!r} is not a key: use a-z, 0-9 and _"
    if scenario.key != scenario.file.stem:
        return f"the rule is named {scenario.key}: name it {scenario.file.stem}, like its file"
    if not (scenario.spec.labels or scenario.spec.capabilities):
        return 'it can see nothing: give labels={"person"}, or what else it needs'
    opens = {bool(case.opens) for case in scenario.cases}
    if opens != {True, False}:
        return "it needs a case that opens an alert and a case that opens none"
    return "" if labels is None else _find_unknown_label(scenario, labels)


def _load_module(name: str, labels: frozenset[str] | None) -> ScenarioType:
    try:
        module = import_module(f"{library.__name__}.{name}")
    except AttributeError as error:
        hint = ""
        if error.obj is authoring and error.name:
            hint = suggest(error.name, tuple(authoring.__all__))
        raise LibraryError(name, f"{error}{hint}") from error
    except (ImportError, SyntaxError, TypeError, ValueError, NameError) as error:
        raise LibraryError(name, str(error)) from error
    scenario = getattr(module, "scenario", None)
    if not isinstance(scenario, ScenarioType):
        raise LibraryError(name, "has no scenario: end it with `scenario = gw.scenario(…)`")
    if problem := find_error(scenario, labels):
        raise LibraryError(name, problem)
    return scenario


def _rule_files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        message = f"no such folder; correct {PATH_VARIABLE} or [scenarios] path"
        raise RuleFileError(str(folder), (message,))
    return iter(sorted(folder.glob("*.toml")))


def _load_rule_file(file: Path, labels: frozenset[str] | None) -> ScenarioType:
    scenario = read_rule_file(file)
    if error := find_error(scenario, labels):
        raise RuleFileError(str(file), (error,))
    return scenario


def _find_unknown_label(scenario: ScenarioType, labels: frozenset[str]) -> str:
    """Return an error for the first label that no model reports, with the nearest one that is."""
    used = [("uses", label) for label in sorted(scenario.spec.labels)]
    used += (
        (f"case {case.name!r}: uses", actor.label)
        for case in scenario.cases
        for actor in case.actors
    )
    for place, label in used:
        if label not in labels:
            word = LABEL_SYNONYMS.get(label.lower(), label)
            hint = suggest(word, tuple(sorted(labels)), otherwise=LABELS_HINT)
            return f"{place} label {label!r}, which no model reports{hint}"
    return ""
