"""The rules of the house that no other tool holds."""

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
LONGEST_FILE = 400
NAMELESS = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}


def tracked(*patterns: str) -> list[Path]:
    """All files of the repository that fit, those not yet committed included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.splitlines() if (ROOT / name).exists()]


def errors() -> list[type[Exception]]:
    """Every error class of every package's ``errors.py``."""
    return list(_errors())


def _errors() -> Iterator[type[Exception]]:
    for package in PACKAGES:
        module = importlib.import_module(f"{package}.errors")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Exception) and kind.__module__ == module.__name__:
                yield kind


@pytest.mark.parametrize("package", PACKAGES)
def test_our_packages_are_the_ones_imported(package: str) -> None:
    found = importlib.import_module(package).__file__

    assert found is not None
    assert Path(found).parent == ROOT / package


def test_no_file_is_longer_than_a_reader_bears() -> None:
    sources = tracked("*.py", "*.ts", "*.tsx")
    long = {str(file.relative_to(ROOT)): n for file in sources if (n := lines(file)) > LONGEST_FILE}

    assert not long


def lines(file: Path) -> int:
    """How many lines it has."""
    return len(file.read_text("utf-8").splitlines())


def test_every_name_says_what_is_inside() -> None:
    assert not [file for file in tracked("*.py") if file.stem in NAMELESS]


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_error_says_how_to_go_on(kind: type[Exception]) -> None:
    assert isinstance(getattr(kind, "retryable", None), bool)
    assert getattr(kind, "exit_code", None) in {1, 2}


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_error_can_be_pickled(kind: type[Exception]) -> None:
    is_ours = inspect.isfunction(kind.__init__)
    given = [*inspect.signature(kind).parameters] if is_ours else ["what went wrong"]
    error = kind(*given)

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made a line above

    assert type(again) is kind
    assert again.args == error.args


def test_every_path_the_documents_name_is_there() -> None:
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


def test_no_lock_or_source_names_where_packages_come_from() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|\"resolved\"")
    guilty = [
        str(file.relative_to(ROOT))
        for file in tracked("*")
        if file.name != Path(__file__).name and file.stat().st_size < 2_000_000
        if hosts.search(file.read_text("utf-8", errors="replace"))
    ]

    assert not guilty


def test_only_wiring_reads_the_clock() -> None:
    forbidden = re.compile(r"datetime\.now\(|utcnow\(|time\.time\(")
    guilty = [
        str(file.relative_to(ROOT))
        for file in tracked(*(f"{package}/*.py" for package in PACKAGES))
        if file.name != "wiring.py" and forbidden.search(file.read_text("utf-8"))
    ]

    assert not guilty


def test_the_core_loads_without_programs_or_networks() -> None:
    script = "import sys, pipeline.camera; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())

    assert not loaded & {"av", "onnxruntime", "httpx", "paho", "fastapi", "sqlalchemy", "structlog"}


def test_blind_excepts_stand_where_a_neighbour_must_live_on() -> None:
    allowed = {
        "edge/evidence/executor.py",
        "edge/worker.py",
        "api/ingest/subscriber.py",
        "gridwatch/cli.py",
    }
    blind = {
        str(file.relative_to(ROOT))
        for file in tracked(*(f"{package}/*.py" for package in PACKAGES))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not is_raised_again(node)
    }

    assert blind <= allowed


def is_raised_again(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler only cleans up and lets the error go on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_every_package_has_a_page() -> None:
    assert not [package for package in PACKAGES if not (ROOT / package / "README.md").exists()]


ELSEWHERE = ("__main__", "_peer", "rtsp_server")
"""Ends of modules that do not run here: programs, and what a benchmark's other Pythons run."""


def test_all_modules_import() -> None:
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if "migrations" not in module.name and not module.name.endswith(ELSEWHERE):
                importlib.import_module(module.name)
