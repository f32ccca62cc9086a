"""Every error of models and footage; ``retryable`` says whether to try again.

ModelError
├── CatalogueError      a catalogue is broken, or names what is not there
├── NotInCatalogueError a name that no catalogue knows
├── SourceError         one source could not give the file; the next is tried
├── NotFetchedError     no source could give the file
├── ConversionError     a fetched model could not be made into ONNX
├── ModelFileError      a model file is corrupt, or is not what its card says
├── VideoError          a video cannot be read
└── LabelFileError      a file of true boxes cannot be read

Arguments go to ``Exception`` untouched: every error can be pickled.
"""

from difflib import get_close_matches
from pathlib import Path


class ModelError(Exception):
    """What models and footage could not do."""

    retryable = False
    exit_code = 1


class CatalogueError(ModelError, ValueError):
    """A catalogue is broken; mend each of ``problems`` in ``file``."""

    exit_code = 2

    def __init__(self, file: Path, problems: tuple[str, ...]) -> None:
        super().__init__(file, problems)
        self.file = file
        self.problems = problems

    def __str__(self) -> str:
        """Name the file, and each key with what is wrong."""
        return "\n".join([f"{self.file} is no catalogue:", *(f"  {m}" for m in self.problems)])


class NotInCatalogueError(ModelError, KeyError):
    """A name that no catalogue knows; take one of ``known``."""

    exit_code = 2

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        """Offer the nearest name, and all of them."""
        near = get_close_matches(self.name, self.known, n=1)
        meant = f" did you mean {near[0]}?" if near else ""
        return f"{self.name} is not in the catalogue;{meant} known: {', '.join(self.known)}"


class SourceError(ModelError):
    """One source could not give the file; the next is tried, and the reason is kept."""

    retryable = True

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        """One line: which source, and why not."""
        return f"{self.source}: {self.reason}"


class NotFetchedError(ModelError):
    """No source could give the file; ``reasons`` has a line for each."""

    retryable = True

    def __init__(self, name: str, file: str, reasons: tuple[str, ...]) -> None:
        super().__init__(name, file, reasons)
        self.name = name
        self.file = file
        self.reasons = reasons

    def __str__(self) -> str:
        """Name every source with its reason, and the way by hand."""
        tried = [f"  {reason}" for reason in self.reasons] or ["  it has not been pulled yet"]
        mend = f"  or put {self.file} into a folder of your own and name it in the variable above"
        by_hand = [mend] if any("GRIDWATCH_" in reason for reason in self.reasons) else []
        return "\n".join([f"{self.name} could not be had:", *tried, *by_hand])


class ConversionError(ModelError):
    """A fetched model could not be made into ONNX."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        """Name the model and why."""
        return f"{self.name} could not be converted to ONNX: {self.reason}"


class ModelFileError(ModelError):
    """A model file is corrupt, or is not what its card says."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        """Name the file and the mend."""
        return f"{self.path}: {self.reason}; delete it and run `gridwatch model pull` again"


class VideoError(ModelError):
    """A video cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        """Name the file and why."""
        return f"{self.path} cannot be read as a video: {self.reason}"


class LabelFileError(ModelError):
    """A file of true boxes cannot be read."""

    exit_code = 2

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        """Name the file and why."""
        return f"{self.path}: {self.reason}"
