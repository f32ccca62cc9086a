"""Rules about the code that no other tool checks."""

import ast
import importlib
import inspect
import pickle
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("pipeline", "models", "scenarios", "edge", "api", "gridwatch")
MAX_LINES = 400
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}


def tracked(*patterns: str) -> list[Path]:
    """List the files that match, including those not yet committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.splitlines() if (ROOT / name).exists()]


def error_classes() -> Iterator[type[Exception]]:
    """Yield every error class of every package's ``errors.py``."""
    for package in PACKAGES:
        module = importlib.import_module(f"{package}.errors")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Exception) and kind.__module__ == module.__name__:
                yield kind


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_imported_from_the_checkout(package: str) -> None:
    file = importlib.import_module(package).__file__

    assert file is not None
    assert Path(file).parent == ROOT / package


def test_no_file_is_too_long() -> None:
    sources = tracked("*.py", "*.ts", "*.tsx")
    long = {str(file.relative_to(ROOT)): n for file in sources if (n := lines(file)) > MAX_LINES}

    assert not long


def lines(file: Path) -> int:
    """Count the lines of a file."""
    return len(file.read_text("utf-8").splitlines())


def test_no_module_has_a_vague_name() -> None:
    assert not [file for file in tracked("*.py") if file.stem in VAGUE_NAMES]


@pytest.mark.parametrize(
    "kind", [*error_classes()], ids=lambda kind: f"{kind.__module__}.{kind.__name__}"
)
def test_every_error_states_whether_to_retry_and_its_exit_code(kind: type[Exception]) -> None:
    assert isinstance(getattr(kind, "retryable", None), bool)
    assert getattr(kind, "exit_code", None) in {1, 2}


@pytest.mark.parametrize(
    "kind", [*error_classes()], ids=lambda kind: f"{kind.__module__}.{kind.__name__}"
)
def test_every_error_can_be_pickled(kind: type[Exception]) -> None:
    is_ours = inspect.isfunction(kind.__init__)
    arguments = [*inspect.signature(kind).parameters] if is_ours else ["what went wrong"]
    error = kind(*arguments)

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - pickled in the line above

    assert type(copy) is kind
    assert copy.args == error.args


def test_paths_in_the_documentation_exist() -> None:
    documents = tracked("README.md", "docs/*.md", "*/README.md")
    named = {
        (document, path)
        for document in documents
        for path in re.findall(r"`((?:[a-z_]+/)+[\w./<>-]*\.?\w*)`", document.read_text("utf-8"))
        if path.split("/")[0] in {*PACKAGES, "tests", "docs", "deploy"} and "<" not in path
    }
    missing = [
        f"{document.relative_to(ROOT)}: {path}"
        for document, path in sorted(named)
        if not (ROOT / path).exists() and "console/dist" not in path
    ]

    assert not missing


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|\"resolved\"")
    offending = [
        str(file.relative_to(ROOT))
        for file in tracked("*")
        if file.name != Path(__file__).name and file.stat().st_size < 2_000_000
        if hosts.search(file.read_text("utf-8", errors="replace"))
    ]

    assert not offending


def test_only_wiring_reads_the_clock() -> None:
    forbidden = re.compile(r"datetime\.now\(|utcnow\(|time\.time\(")
    offending = [
        str(file.relative_to(ROOT))
        for file in tracked(*(f"{package}/*.py" for package in PACKAGES))
        if file.name != "wiring.py" and forbidden.search(file.read_text("utf-8"))
    ]

    assert not offending


def test_sql_is_written_in_stores_and_queries_only() -> None:
    sql = re.compile(r"(store|queries|timeline)\.py$")
    misplaced = [
        name_of(file)
        for file in tracked("api/*.py")
        if re.search(r"^from sqlalchemy import .*\btext\b", file.read_text("utf-8"), re.MULTILINE)
        if not sql.search(file.name) and file.parent != ROOT / "api/database"
    ]

    assert not misplaced


def test_the_pipeline_imports_no_program_and_no_network_library() -> None:
    script = "import sys, pipeline.camera; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())

    assert not loaded & {"av", "onnxruntime", "httpx", "paho", "fastapi", "sqlalchemy", "structlog"}


def test_broad_excepts_are_only_where_others_must_go_on() -> None:
    allowed = {
        "edge/fault_boundary.py",
        "edge/worker.py",
        "pipeline/rules/isolated_runner.py",
        "pipeline/second_look/second_look.py",
        "api/ingest/subscriber.py",
        "api/supervisor.py",
        "gridwatch/cli.py",
    }
    blind = {
        str(file.relative_to(ROOT))
        for file in tracked(*(f"{package}/*.py" for package in PACKAGES))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not raises_again(node)
    }

    assert blind <= allowed


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler cleans up and raises the error again."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


MAX_MODULES = 15
UNLIMITED = {"scenarios/library", "api/database/migrations/versions"}
"""Folders that hold one file for each scenario or migration."""


def folders() -> dict[Path, list[Path]]:
    """Map each folder of the packages to its modules, without ``__init__.py``."""
    by_folder: dict[Path, list[Path]] = {}
    for file in tracked(*(f"{package}/*.py" for package in PACKAGES)):
        if file.name != "__init__.py":
            by_folder.setdefault(file.parent, []).append(file)
    return by_folder


def name_of(path: Path) -> str:
    """Return the path from the root of the repository."""
    return str(path.relative_to(ROOT))


def test_no_folder_has_too_many_modules() -> None:
    crowded = {
        name_of(folder): len(modules)
        for folder, modules in folders().items()
        if len(modules) > MAX_MODULES and name_of(folder) not in UNLIMITED
    }

    assert not crowded


def test_every_package_has_a_readme() -> None:
    assert not [package for package in PACKAGES if not (ROOT / package / "README.md").exists()]


def test_readmes_name_every_module() -> None:
    """Each module is named, in backticks, by a README of its folder or of one above it."""
    missing = [
        name_of(module)
        for folder, modules in folders().items()
        if name_of(folder) not in UNLIMITED
        for module in modules
        if not any(names(above / "README.md", module) for above in module.parents)
    ]

    assert not missing


def names(readme: Path, module: Path) -> bool:
    """Return whether a README names a module: by its path from there, or beside its folder."""
    if not readme.exists():
        return False
    path = module.relative_to(readme.parent)
    ways = ({str(path)}, {name_of(module)}, {f"{path.parent}/", module.name})
    lines = [set(re.findall(r"`([^`]+)`", line)) for line in readme.read_text("utf-8").splitlines()]
    return any(way <= line for way in ways for line in lines)


def test_the_map_in_the_readme_is_true() -> None:
    """Each row of "Where is …?" names at least one path, and every path exists."""
    section = (ROOT / "README.md").read_text("utf-8").split("## Where is …?")[1].split("\n## ")[0]
    rows = [row for row in section.splitlines() if row.startswith("| ")][1:]
    places = {row: re.findall(r"`([^`]+)`", row.rsplit("|", 2)[1]) for row in rows}

    assert rows
    assert not [row for row, paths in places.items() if not paths]
    in_features = {"routes.py", "store.py", "queries.py"}
    named = {path for paths in places.values() for path in paths} - in_features
    assert not [path for path in named if not (ROOT / path).exists()]


NOT_IMPORTABLE = ("__main__", "_peer", "rtsp_server")
"""Endings of modules that are run as programs, some by other Python environments."""


def test_all_modules_import() -> None:
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if "migrations" not in module.name and not module.name.endswith(NOT_IMPORTABLE):
                importlib.import_module(module.name)
