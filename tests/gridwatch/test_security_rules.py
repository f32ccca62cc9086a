"""What no file of the programs may contain."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.accounts.passwords import hash_password

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("api", "edge", "gridwatch", "models", "pipeline", "scenarios")
FORBIDDEN_CALLS = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "os.system": "passes text to a shell",
    "os.popen": "passes text to a shell",
    "pickle.load": "runs what it reads",
    "pickle.loads": "runs what it reads",
    "marshal.loads": "runs what it reads",
    "yaml.load": "runs what it reads",
    "hashlib.md5": "is no hash for security",
    "hashlib.sha1": "is no hash for security",
    "random.token": "can be guessed",
}
FORBIDDEN_IN_PAGES = re.compile(
    r"dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|"
    r"\beval\(|new Function\(|__proto__|[\"']javascript:|XMLHttpRequest|jsonp",
    re.IGNORECASE,
)


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    for program in PROGRAMS:
        for file in (ROOT / program).rglob("*.py"):
            if "node_modules" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    place = f"{file.relative_to(ROOT)}:{node.lineno}"
                    yield place, ast.unparse(node.func), node


def test_no_text_is_run_as_code_and_no_command_passes_a_shell() -> None:
    found = [
        f"{place} {name} {FORBIDDEN_CALLS.get(name, 'passes text to a shell')}"
        for place, name, call in _calls()
        if name in FORBIDDEN_CALLS
        or any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in call.keywords)
    ]

    assert found == []


def test_no_certificate_is_accepted_unseen() -> None:
    found = [
        f"{place} {name}"
        for place, name, call in _calls()
        if any(
            word.arg in {"verify", "verify_ssl", "ssl", "check_hostname"}
            and ast.unparse(word.value) == "False"
            for word in call.keywords
        )
        or name.endswith(("_create_unverified_context", "tls_insecure_set"))
    ]

    assert found == []


def test_no_page_builds_html_or_code_from_text() -> None:
    sources = [
        file
        for folder in ("src", "public")
        for file in (ROOT / "api" / "console" / folder).rglob("*")
        if file.suffix in {".ts", ".tsx", ".js"} and not file.name.endswith(".d.ts")
    ]
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file in sources
        for match in FORBIDDEN_IN_PAGES.finditer(file.read_text("utf-8"))
    ]

    assert sources
    assert found == []


def test_passwords_are_hashed_as_is_recommended_today() -> None:
    """Argon2id with at least 19 MiB and two passes (OWASP Password Storage Cheat Sheet)."""
    match = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$", hash_password("x"))

    assert match is not None
    assert int(match[1]) >= 19 * 1024
    assert int(match[2]) >= 2


@pytest.mark.parametrize("name", ["password", "secret", "token"])
def test_no_secret_stands_in_a_file_of_the_programs(name: str) -> None:
    """Secrets come from the environment, from files of a vault, or are made on first use."""
    assigned = re.compile(rf"(?im)^[A-Z_]*{name}[A-Z_]* *(: *\w+)? *= *[\"'][^\"']{{8,}}")
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for program in ("api", "edge", "pipeline", "models")
        for file in (ROOT / program).rglob("*.py")
        if "node_modules" not in file.parts
        for match in assigned.finditer(file.read_text("utf-8"))
    ]

    assert found == []
