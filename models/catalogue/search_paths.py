"""Folders of this machine that hold models, footage and labels."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DEVELOPMENT_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Data beside the checkout, for development; used only if it exists and no variable is set."""
PATH_VARIABLES = {
    "models": "GRIDWATCH_MODEL_PATH",
    "footage": "GRIDWATCH_FOOTAGE_PATH",
    "labels": "GRIDWATCH_LABEL_PATH",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPaths:
    """Folders to search, in order, and the cache folder to write to.

    Args:
        variable: The environment variable that names the folders.
    """

    folders: tuple[Path, ...]
    cache: Path
    variable: str

    @classmethod
    def from_environment(cls, kind: str, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the paths of ``models``, ``footage`` or ``labels`` from the environment.

        A variable that is set, even to an empty string, replaces the folder beside the checkout.
        """
        variable = PATH_VARIABLES[kind]
        if variable in environment:
            names = environment[variable].split(os.pathsep)
            folders = tuple(Path(name).expanduser() for name in names if name)
        else:
            folders = tuple(filter(is_visible, [DEVELOPMENT_DATA / kind]))
        root = environment.get("GRIDWATCH_CACHE") or "~/.cache/gridwatch"
        return cls(folders=folders, cache=Path(root).expanduser() / kind, variable=variable)

    def find(self, file: str) -> Iterator[Path]:
        """Yield ``file`` from each folder that has it, in order."""
        for folder in self.folders:
            if is_visible(folder / file):
                yield folder / file


def is_visible(path: Path) -> bool:
    """Return whether a file exists at ``path`` and this process may see it."""
    try:
        return path.exists()
    except OSError:
        return False
