"""Keys of ``edge.toml`` that were renamed; the old names are accepted for one version.

They are renamed before anything is checked: in the file, in variables of the environment, and in
configurations of the centre.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

Value = TypeVar("Value")

RENAMED_KEYS: Mapping[tuple[str, ...], str] = {
    ("exercise",): "drill",
    ("model", "parts"): "regions",
    ("camera", "main"): "main_stream",
}
"""New name of a key, by its old path."""


def rename_old_keys(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a copy of ``table``, which lies at ``path``, with old keys renamed.

    An old key next to its new name is left as it is, and later reported as unknown.
    """
    renamed = {}
    for key, value in table.items():
        key_path = (*path, key)
        new = RENAMED_KEYS.get(key_path, key)
        renamed[key if new in table else new] = _rename_inside(value, key_path)
    return renamed


def rename_old_variables(variables: Mapping[str, Value], prefix: str) -> dict[str, Value]:
    """Return a copy of ``variables`` with old keys in lower-case ``PREFIX__TABLE__KEY`` renamed."""
    renamed = {}
    for name, value in variables.items():
        path = tuple(name.removeprefix(prefix).split("__"))
        if name.startswith(prefix):
            parts = [RENAMED_KEYS.get(path[: n + 1], part) for n, part in enumerate(path)]
            name = prefix + "__".join(parts)  # noqa: PLW2901
        renamed[name] = value
    return renamed


def _rename_inside(value: object, path: tuple[str, ...]) -> object:
    if isinstance(value, dict):
        return rename_old_keys(value, path)
    if isinstance(value, list):
        return [_rename_inside(item, path) for item in value]
    return value
