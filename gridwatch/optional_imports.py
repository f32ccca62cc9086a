"""Import modules whose packages are optional, and say which extra installs a missing one."""

from importlib import import_module
from types import ModuleType

from gridwatch.errors import MissingPackageError

OWN_PACKAGES = {"pipeline", "models", "scenarios", "edge", "api", "gridwatch"}
EXTRA_BY_PACKAGE = {
    "av": "edge",
    "cv2": "edge",
    "onnxruntime": "edge",
    "onnx": "quantize",
}
"""The extra that installs a package; all others belong to ``central``."""


def import_optional(module: str) -> ModuleType:
    """Import a module of gridwatch.

    Raises:
        MissingPackageError: This machine lacks a package that the module needs.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package in OWN_PACKAGES:
            raise
        extra = EXTRA_BY_PACKAGE.get(package, "central")
        raise MissingPackageError(package, extra) from None
