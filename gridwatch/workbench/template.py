"""A new scenario, ready to be changed: it proves itself as it is written."""

import shlex
from importlib.resources import files
from pathlib import Path

from gridwatch.errors import UsageError
from pipeline.wire.address import SCENARIO_KEY_PATTERN
from scenarios import catalogue, library


def write(key: str, folder: Path | None, *, expression: bool = False) -> Path:
    """Write ``key`` into ``folder``, or into the library.

    Raises:
        UsageError: The key cannot be one, is taken, or the folder cannot be written.
    """
    if not SCENARIO_KEY_PATTERN.fullmatch(key):
        raise UsageError(f"{key!r} is no key: use a-z, 0-9 and _, a letter first")
    if key in catalogue.load():
        raise UsageError(f"there is a scenario {key} already; choose another name")
    suffix = ".toml" if expression else ".py"
    file = (folder or Path(library.__path__[0])) / f"{key}{suffix}"
    words = key.replace("_", " ").capitalize()
    name = "".join(part.capitalize() for part in key.split("_"))
    text = files(__package__).joinpath(f"template{suffix}.txt").read_text("utf-8")
    text = text.replace("{{key}}", key).replace("{{words}}", words).replace("{{name}}", name)
    try:
        with file.open("x", encoding="utf-8") as fresh:
            fresh.write(text)
    except FileNotFoundError:
        raise UsageError(f"{file}: there is no folder {file.parent}; make it first") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    return file


def next_step(file: Path) -> str:
    """What to do with a fresh file, so that the other commands know it."""
    prove = f"gridwatch scenario test {file.stem}"
    own, folder = Path(library.__path__[0]), file.parent.resolve()
    if folder == own.resolve():
        return f"Change it, then prove it: {prove}"
    if file.suffix == ".py":
        return f"Python is read from the library alone: move it to {own}, then prove it: {prove}"
    if folder in (known.resolve() for known in catalogue.site_folders()):
        return f"Change it, then prove it: {prove}"
    variable = f"{catalogue.PATH_VARIABLE}={shlex.quote(str(file.parent))}"
    return f"Change it, then prove it: {variable} {prove}"
