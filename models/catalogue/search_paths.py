"""Where files may lie on this machine: the user's folders, and our own cache."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DEVELOPMENT_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""For development: data beside the checkout, looked into where it exists."""

PATH_VARIABLES = {
    "models": "GRIDWATCH_MODEL_PATH",
    "footage": "GRIDWATCH_FOOTAGE_PATH",
    "labels": "GRIDWATCH_LABEL_PATH",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPaths:
    """Folders to look into, first to last, and the one folder to write to.

    Args:
        variable: The environment variable that adds folders.
    """

    folders: tuple[Path, ...]
    cache: Path
    variable: str

    @classmethod
    def from_environment(cls, kind: str, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the places of ``models``, ``footage`` or ``labels`` from the environment.

        A variable that is set, even to nothing, is all that counts: folders beside the
        checkout are then left alone.
        """
        variable = PATH_VARIABLES[kind]
        if variable in environment:
            named = environment[variable].split(os.pathsep)
            folders = tuple(Path(name).expanduser() for name in named if name)
        else:
            folders = (DEVELOPMENT_DATA / kind,)
        root = environment.get("GRIDWATCH_CACHE") or "~/.cache/gridwatch"
        return cls(folders=folders, cache=Path(root).expanduser() / kind, variable=variable)

    def find(self, file: str) -> Iterator[Path]:
        """Find ``file`` in the folders; none when it is in none."""
        for folder in self.folders:
            if is_visible(folder / file):
                yield folder / file


def is_visible(path: Path) -> bool:
    """Tell whether something is at ``path``, and may be seen."""
    try:
        return path.exists()
    except OSError:
        return False
