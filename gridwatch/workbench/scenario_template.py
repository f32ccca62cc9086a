"""Create the file of a new scenario from a template that passes its own cases."""

import shlex
from importlib.resources import files
from pathlib import Path

from gridwatch.errors import UsageError
from pipeline.wire.address import SCENARIO_KEY_PATTERN
from scenarios import catalogue, library


def write_scenario(key: str, folder: Path | None, *, expression: bool = False) -> Path:
    """Write the file of a new scenario and return its path.

    Args:
        folder: Where to write it; ``None`` for the library.
        expression: Write a rule file instead of Python.

    Raises:
        UsageError: The key is invalid or taken, or the file cannot be written.
    """
    if not SCENARIO_KEY_PATTERN.fullmatch(key):
        raise UsageError(f"{key!r} is not a key: use a-z, 0-9 and _, starting with a letter")
    if key in catalogue.load():
        raise UsageError(f"there is already a scenario {key}; choose another key")
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
        raise UsageError(f"{file}: there is no folder {file.parent}; create it first") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    return file


def next_step(file: Path) -> str:
    """Return what the author does next, so that the other commands find the file."""
    test = f"gridwatch scenario test {file.stem}"
    library_folder, folder = Path(library.__path__[0]), file.parent.resolve()
    if folder == library_folder.resolve():
        return f"Edit it, then run its cases: {test}"
    if file.suffix == ".py":
        return (
            f"Python scenarios are loaded only from the library: move it to {library_folder}, "
            f"then run its cases: {test}"
        )
    if folder in (known.resolve() for known in catalogue.site_folders()):
        return f"Edit it, then run its cases: {test}"
    variable = f"{catalogue.PATH_VARIABLE}={shlex.quote(str(file.parent))}"
    return f"Edit it, then run its cases: {variable} {test}"
