"""All errors of models and footage; ``retryable`` says whether trying again can help.

ModelError
├── CatalogueError      a catalogue file is invalid
├── NotInCatalogueError no catalogue has an entry of this name
├── SourceError         one source cannot provide the file; the next one is tried
├── NotFetchedError     no source can provide the file
├── ConversionError     a fetched model cannot be converted to ONNX
├── ModelFileError      a model file is corrupt or does not match its card
├── VideoError          a video or picture cannot be read
└── LabelFileError      a file of ground truth cannot be read

Arguments go to ``Exception`` unchanged, so every error can be pickled.
"""

from difflib import get_close_matches
from pathlib import Path


class ModelError(Exception):
    """Base class of all errors of models and footage."""

    retryable = False
    exit_code = 1


class CatalogueError(ModelError, ValueError):
    """A catalogue file is invalid; ``problems`` has one line for each key."""

    exit_code = 2

    def __init__(self, file: Path, problems: tuple[str, ...]) -> None:
        super().__init__(file, problems)
        self.file = file
        self.problems = problems

    def __str__(self) -> str:
        """Return the file, and each key with its problem."""
        lines = (f"  {problem}" for problem in self.problems)
        return "\n".join([f"{self.file} is not a valid catalogue:", *lines])


class NotInCatalogueError(ModelError, KeyError):
    """No catalogue has an entry of this name; ``known`` lists the names there are."""

    exit_code = 2

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        """Suggest the nearest name and list all of them."""
        near = get_close_matches(self.name, self.known, n=1)
        suggestion = f" did you mean {near[0]}?" if near else ""
        return f"{self.name} is not in the catalogue;{suggestion} known: {', '.join(self.known)}"


class SourceError(ModelError):
    """One source cannot provide the file; the next source is tried."""

    retryable = True

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        """Return the source and the reason on one line."""
        return f"{self.source}: {self.reason}"


class NotFetchedError(ModelError):
    """No source can provide the file; ``reasons`` has one line for each."""

    retryable = True

    def __init__(self, name: str, file: str, reasons: tuple[str, ...]) -> None:
        super().__init__(name, file, reasons)
        self.name = name
        self.file = file
        self.reasons = reasons

    def __str__(self) -> str:
        """Return each source with its reason, and how to provide the file by hand."""
        tried = [f"  {reason}" for reason in self.reasons] or ["  it has not been pulled yet"]
        hint = f"  or copy {self.file} into a folder and add that folder to the variable above"
        by_hand = [hint] if any("GRIDWATCH_" in reason for reason in self.reasons) else []
        return "\n".join([f"{self.name} is not available:", *tried, *by_hand])


class ConversionError(ModelError):
    """A fetched model cannot be converted to ONNX."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        """Return the model and the reason."""
        return f"{self.name} could not be converted to ONNX: {self.reason}"


class ModelFileError(ModelError):
    """A model file is corrupt or does not match its card."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        """Return the file, the reason and the fix."""
        return f"{self.path}: {self.reason}; delete it and run `gridwatch model pull` again"


class VideoError(ModelError):
    """A video or picture cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        """Return the file and the reason."""
        return f"{self.path} cannot be read as a video: {self.reason}"


class LabelFileError(ModelError):
    """A file of ground truth cannot be read."""

    exit_code = 2

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        """Return the file and the reason."""
        return f"{self.path}: {self.reason}"
