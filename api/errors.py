"""Every error of the centre.

CentreError
├── SettingsError             a setting is missing or invalid               exit code 2
├── DataFolderError           the data folder cannot be used                exit code 2
├── PortInUseError            another program listens on the port           exit code 2
├── AlreadyRunningError       another centre uses the data folder           exit code 2
├── AlreadyEnrolledError      the node already has a key                    exit code 2
├── UnknownMaintainerError    no such node, or no such active account       exit code 2
├── UnknownNameError         an account, area, channel or robot is unknown   exit code 2
├── InvalidImportFileError    an import file contains errors                exit code 2
├── BackupError               a backup cannot be created, read or restored  exit code 2
├── ExportError               an exported archive is damaged or was changed exit code 1
├── DatabaseError             the database cannot be reached or started     retryable
├── BrokerError               the broker cannot be reached or started       retryable
├── IncidentAlreadyOpenError  another transaction opened the incident       retryable
├── FeedTruncatedError        a live page asks for events already deleted
├── SecondOpinionError        a verifier gives no opinion
├── SchemaError               the database schema has another version
├── UndeclaredRouteError      a route states nowhere who may call it
└── RequestError              a request is understood and refused; carries a ``code``
    ├── NotLoggedInError           no session, or it has expired
    ├── ForbiddenError             not allowed for this role, area or origin
    ├── NotFoundError              does not exist, or is not visible to this account
    ├── ConflictError              the object changed, or its state does not allow the action
    ├── PayloadTooLargeError       the body exceeds its limit
    ├── RangeNotSatisfiableError   the requested byte range lies outside the body
    ├── UnprocessableError         the request contradicts itself or the stored data
    ├── StorageFullError           the disk has no room for evidence
    └── TooManyAttemptsError       too many wrong passwords

``exit_code`` is the exit status of a command that ends with the error. ``web/problems.py`` maps
each ``RequestError`` to its HTTP status. Every error can be pickled: its constructor arguments
are its ``args``.
"""

from pathlib import Path


class CentreError(Exception):
    """Base class of all errors of the centre."""

    retryable = False
    exit_code = 1


class SettingsError(CentreError):
    """A setting is missing or invalid; the message names each variable and its problem."""

    exit_code = 2


class DataFolderError(CentreError):
    """The data folder is read-only, belongs to another user, or contains unusable data."""

    exit_code = 2

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder = folder
        self.reason = reason

    def __str__(self) -> str:
        """Name the folder, the reason and the fix."""
        return (
            f"{self.folder}: {self.reason}\n"
            "Repair it, or choose another folder with --data DIR or GRIDWATCH_DATA."
        )


class PortInUseError(CentreError):
    """Another program listens on the port; stop it, or choose another port."""

    exit_code = 2

    def __init__(self, service: str, address: str, option: str) -> None:
        super().__init__(service, address, option)
        self.service = service
        self.address = address
        self.option = option

    def __str__(self) -> str:
        """Name the address and the option that changes it."""
        return (
            f"{self.service}: {self.address} is in use by another program\n"
            f"Stop that program, or choose another port with {self.option}."
        )


class AlreadyRunningError(CentreError):
    """Another centre uses this data folder; two would share one embedded broker."""

    exit_code = 2

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        """Name the folder and the fix."""
        return f"{self.folder}: a centre is already running on this folder; stop it first"


class AlreadyEnrolledError(CentreError):
    """The node already has a key, and a key is shown only once; choose another node name."""

    exit_code = 2

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node

    def __str__(self) -> str:
        """Name the node and the fix."""
        return (
            f"{self.node} is already enrolled, and its key is shown only once; "
            "choose another node name"
        )


class UnknownMaintainerError(CentreError):
    """There is no such node, or no such active account to maintain it."""

    exit_code = 2

    def __init__(self, node: str, account: str | None) -> None:
        super().__init__(node, account)
        self.node = node
        self.account = account

    def __str__(self) -> str:
        """Name both and the fix."""
        return (
            f"there is no node {self.node}, or no active account {self.account}: "
            "enroll the node, and import the account, first"
        )


class UnknownNameError(CentreError):
    """A command names something that the centre does not know."""

    exit_code = 2

    def __init__(self, kind: str, name: str, fix: str) -> None:
        super().__init__(kind, name, fix)
        self.kind = kind
        self.name = name
        self.fix = fix

    def __str__(self) -> str:
        """Name it and the fix."""
        return f"there is no {self.kind} {self.name}: {self.fix}"


class InvalidImportFileError(CentreError):
    """An import file contains errors, and nothing was imported; fix them and import again."""

    exit_code = 2
    SHOWN = 20

    def __init__(self, file: str, problems: tuple[str, ...]) -> None:
        super().__init__(file, problems)
        self.file = file
        self.problems = problems

    def __str__(self) -> str:
        """List the first problems, one per line, and the number of further ones."""
        lines = [f"{self.file}: {problem}" for problem in self.problems[: self.SHOWN]]
        if len(self.problems) > len(lines):
            lines.append(f"{self.file}: and {len(self.problems) - len(lines)} more")
        return "\n".join([*lines, "Nothing was imported."])


class ExportError(CentreError):
    """An exported archive is damaged or was changed; the message names the file."""


class BackupError(CentreError):
    """A backup cannot be created, is damaged, or cannot be opened with this key."""

    exit_code = 2


class DatabaseError(CentreError):
    """The database cannot be reached or started; try again once it is available."""

    retryable = True


class BrokerError(CentreError):
    """The broker cannot be reached or started; try again once it is available."""

    retryable = True


class IncidentAlreadyOpenError(CentreError):
    """Another transaction opened an incident with the same key; try again."""

    retryable = True


class FeedTruncatedError(CentreError):
    """Events after a reader's cursor have already been deleted; the reader reloads everything."""

    def __init__(self, cursor: str) -> None:
        super().__init__(cursor)
        self.cursor = cursor

    def __str__(self) -> str:
        """Name the cursor and the setting that bounds the feed."""
        return f"events after {self.cursor} have been deleted (GRIDWATCH_KEEP_EVENTS_DAYS)"


class SecondOpinionError(CentreError):
    """A verifier gives no opinion.

    Args:
        retryable: Whether it may give one later: it cannot be reached, or is busy.
    """

    def __init__(self, url: str, reason: str, retryable: bool) -> None:
        super().__init__(url, reason, retryable)
        self.url = url
        self.reason = reason
        self.retryable = retryable

    def __str__(self) -> str:
        """Return the endpoint and the reason."""
        return f"{self.url}: {self.reason}"


class SchemaError(CentreError):
    """The database schema does not match this version of the program."""


class UndeclaredRouteError(CentreError):
    """A route states nowhere who may call it; nobody may, and the centre does not start."""

    def __init__(self, routes: tuple[str, ...]) -> None:
        super().__init__(routes)
        self.routes = routes

    def __str__(self) -> str:
        """Name each route and the fix."""
        return "routes without a permission:\n" + "\n".join(self.routes)


class RequestError(CentreError):
    """A request is understood and refused.

    Args:
        code: The reason, for programs.
        detail: The reason, for people; may be empty.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        """Return the code, followed by the detail if there is one."""
        return f"{self.code}: {self.detail}" if self.detail else self.code


class NotLoggedInError(RequestError):
    """The request has no session, or the session has expired; log in again."""


class ForbiddenError(RequestError):
    """The account's role or area, or the origin of the request, does not allow this."""


class NotFoundError(RequestError):
    """The object does not exist or is not visible to this account; the answer is the same."""


class PayloadTooLargeError(RequestError):
    """The body exceeds its limit; send a smaller one."""


class RangeNotSatisfiableError(RequestError):
    """The requested byte range lies outside the body; request the whole body."""


class UnprocessableError(RequestError):
    """The request contradicts itself or the stored data; correct it."""


class StorageFullError(RequestError):
    """The disk has no room for evidence; the sender keeps it and tries again."""


class TooManyAttemptsError(RequestError):
    """Too many wrong passwords for this name; wait ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many_tries", f"wait {seconds} s")
        self.args = (seconds,)
        self.seconds = seconds


class ConflictError(RequestError):
    """The object has changed or its state does not allow the action; read it again.

    Args:
        code: ``stale``, ``wrong_state``, ``not_yours``, ``needs_reason`` or ``key_reused``.
        state: The current state of the incident or work order.
        version: Its current version.
    """

    def __init__(self, code: str, state: str, version: int) -> None:
        super().__init__(code, f"it is {state} at version {version}")
        self.args = (code, state, version)
        self.state = state
        self.version = version
