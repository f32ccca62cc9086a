"""Every error the centre can raise; ``exit_code`` is what a command ends with.

CentreError
├── SettingsError            a setting is missing or impossible            (2)
├── DataFolderError          the data folder cannot be used                (2)
├── PortInUseError           another program listens on a port of ours     (2)
├── AlreadyRunningError      a centre runs on this data folder             (2)
├── AlreadyEnrolledError     a node has a key already                      (2)
├── ImportRefusedError       a file to import has mistakes               (2)
├── DatabaseError            the database cannot be reached or started
├── BrokerError              the broker cannot be reached or started
├── FeedTidiedError          a live page was away for longer than the feed goes back
├── KeyTakenError            an incident of this key was opened meanwhile
└── SchemaError              the database has another schema than we need

Arguments go to ``Exception`` untouched: every error can be pickled.
"""

from pathlib import Path


class CentreError(Exception):
    """What the centre could not do."""

    retryable = False
    exit_code = 1


class SettingsError(CentreError):
    """A setting is missing or impossible; the message names each variable and what is wrong."""

    exit_code = 2


class DataFolderError(CentreError):
    """The data folder is read-only, belongs to someone else, or holds something broken."""

    exit_code = 2

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder = folder
        self.reason = reason

    def __str__(self) -> str:
        """Name the folder, what is wrong, and the way out."""
        return (
            f"{self.folder}: {self.reason}\n"
            "Choose another folder with --data DIR or GRIDWATCH_DATA, or mend this one."
        )


class PortInUseError(CentreError):
    """Another program listens where we want to; stop it, or choose another port."""

    exit_code = 2

    def __init__(self, what: str, address: str, option: str) -> None:
        super().__init__(what, address, option)
        self.what = what
        self.address = address
        self.option = option

    def __str__(self) -> str:
        """Name the port and the option that changes it."""
        return (
            f"{self.what}: {self.address} is in use by another program\n"
            f"Stop that program, or choose another port with {self.option}."
        )


class AlreadyRunningError(CentreError):
    """A centre runs on this data folder; two would share one broker and one clock."""

    exit_code = 2

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        """Name the folder."""
        return f"{self.folder}: a centre runs on this folder already; stop it first"


class AlreadyEnrolledError(CentreError):
    """A node has a key already, and a key is shown once; choose another name for another box."""

    exit_code = 2

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node

    def __str__(self) -> str:
        """Name the node."""
        return f"{self.node} is enrolled already, and its key was shown then; take another name"


class ImportRefusedError(CentreError):
    """A file to import has mistakes; nothing of it was taken. Mend each and import again."""

    exit_code = 2

    def __init__(self, file: str, mistakes: tuple[str, ...]) -> None:
        super().__init__(file, mistakes)
        self.file = file
        self.mistakes = mistakes

    def __str__(self) -> str:
        """Name the first twenty mistakes, each with its line, and how many more there are."""
        lines = [f"{self.file}: {mistake}" for mistake in self.mistakes[:20]]
        if len(self.mistakes) > len(lines):
            lines.append(f"{self.file}: and {len(self.mistakes) - len(lines)} more")
        return "\n".join([*lines, "Nothing was imported."])


class DatabaseError(CentreError):
    """The database cannot be reached or started; try again once it is back."""

    retryable = True


class BrokerError(CentreError):
    """The broker cannot be reached or started; try again once it is back."""

    retryable = True


class FeedTidiedError(CentreError):
    """A reader of the feed was away for longer than it goes back; read everything again."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place

    def __str__(self) -> str:
        """Name the place, and how far back the feed goes."""
        return f"what came after {self.place} has been tidied away (GRIDWATCH_KEEP_EVENTS_DAYS)"


class KeyTakenError(CentreError):
    """An incident of the same key was opened meanwhile by another way; try again."""

    retryable = True


class SchemaError(CentreError):
    """The database has another schema than this version needs; migrate it."""
