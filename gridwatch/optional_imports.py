"""Parts that not every machine has: imported when they are needed, or named with their mend."""

from importlib import import_module
from types import ModuleType

from gridwatch.errors import MissingPackageError

OWN_PACKAGES = {"pipeline", "models", "scenarios", "edge", "api", "gridwatch"}
EXTRA_BY_PACKAGE = {
    "av": "edge",
    "cv2": "edge",
    "onnxruntime": "edge",
    "onnx": "quantize",
    "tflite2onnx": "convert",
}
"""Which extra brings a package; whatever else is missing comes with ``central``."""


def import_optional(module: str) -> ModuleType:
    """Import a module of ours.

    Raises:
        MissingPartError: This machine lacks what the module needs.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package in OWN_PACKAGES:
            raise
        raise MissingPackageError(package, EXTRA_BY_PACKAGE.get(package, "central")) from None
