"""Errors of ``edge``; ``retryable`` says whether trying again may help.

EdgeError
├── SettingsError          edge.toml is invalid; holds every mistake with its key and the fix
├── ConfigRefusedError     a configuration of the centre is invalid; holds each key and reason
├── CommandError           a command failed
│   └── CommandRefusedError    a command cannot be executed on this node, and was not started
├── InternalFaultError     an unexpected fault of a request; holds its type
├── SourceError            a camera or file cannot be opened, or holds no video
│   ├── StreamError            a camera's stream cannot be opened or has ended; holds the fault
│   └── ClockSetBackError      the node's clock was set back while a camera was running
├── OutboxError            the data folder cannot be used
│   ├── OutboxBusyError        another process uses it
│   └── OutboxFullError        the disk or the outbox is full
├── EnrolmentError         the centre cannot be reached, refuses the code, or is another one
├── SealError              a key is invalid, or a sealed original cannot be opened
├── ClipError              a clip has no frames that may be shown
├── BrokerError            the broker cannot be reached, or the connection was lost
│   └── BrokerRefusedError     the broker rejects this node
├── PortInUseError         the metrics port is in use
├── CameraFailedError      a camera failed before its recording ended
├── MessagesRejectedError  the centre has rejected messages of this run
└── DeliveryTimeoutError   not everything was delivered in time

All errors pass their arguments to ``Exception`` unchanged, so that they can be pickled.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pipeline.wire import ConfigRejection, Reason


class EdgeError(Exception):
    """Base of all errors of ``edge``."""

    retryable = False
    exit_code = 1


class SettingsError(EdgeError):
    """``edge.toml`` is invalid.

    Args:
        mistakes: One line each: key, what is wrong, and the fix.
    """

    exit_code = 2

    def __init__(self, file: Path, mistakes: tuple[str, ...]) -> None:
        super().__init__(file, mistakes)
        self.file = file
        self.mistakes = mistakes

    def __str__(self) -> str:
        """Return the file, then one mistake per line."""
        return "\n  ".join((f"{self.file} cannot be used:", *self.mistakes))


class ConfigRefusedError(EdgeError):
    """A configuration of the centre is invalid; the previous one stays applied."""

    def __init__(self, refusals: tuple[ConfigRejection, ...]) -> None:
        super().__init__(refusals)
        self.refusals = refusals

    def __str__(self) -> str:
        """Return one key per line."""
        return "\n".join(f"{refusal.key}: {refusal.reason}" for refusal in self.refusals)


class EnrolmentError(EdgeError):
    """The node could not be enrolled, or its key not be rotated."""

    retryable = True


class CommandError(EdgeError):
    """A command failed; the reason is sent to the centre."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        """Return the text of the reason."""
        return str(self.reason)


class CommandRefusedError(CommandError):
    """A command was not started: its kind is unknown, or its camera is not running."""


class InternalFaultError(EdgeError):
    """A request failed for a reason that nobody expected; the log has the traceback.

    Args:
        error_type: Name of the class of the unexpected error.
    """

    def __init__(self, error_type: str) -> None:
        super().__init__(error_type)
        self.error_type = error_type

    def __str__(self) -> str:
        """Return the type of the error."""
        return f"internal error: {self.error_type}"


class SourceError(EdgeError):
    """A camera or file cannot be opened, or holds no video."""

    retryable = True

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        """Return the source and the reason."""
        return f"{self.source}: {self.reason}"


class StreamFault(StrEnum):
    """Why a camera sends no frames; the value is used in counters, the message is shown."""

    UNREACHABLE = "unreachable"
    NO_LOGIN = "no_login"
    CREDENTIALS = "credentials"
    NO_SUCH_STREAM = "no_such_stream"
    TRANSPORT = "transport"
    REFUSED = "refused"
    NO_VIDEO = "no_video"
    SILENT = "silent"
    STALLED = "stalled"
    FROZEN = "frozen"
    ENDED = "ended"

    @property
    def message(self) -> str:
        """The predicate of a sentence about the camera, with the fix if there is one."""
        return _FAULT_MESSAGES[self]


_FAULT_MESSAGES = {
    StreamFault.UNREACHABLE: "cannot be reached; check its power, the network, and host and port",
    StreamFault.NO_LOGIN: "asks for a login; write rtsp://user:password@host/path",
    StreamFault.CREDENTIALS: "does not accept this user and password",
    StreamFault.NO_SUCH_STREAM: "answers, but has no stream of this path",
    StreamFault.TRANSPORT: 'sends no pictures by this transport; set transport = "auto"',
    StreamFault.REFUSED: "answers, but refuses the stream; it may have too many viewers",
    StreamFault.NO_VIDEO: "answers, but sends no video that can be decoded",
    StreamFault.SILENT: "answers, but sends nothing",
    StreamFault.STALLED: "is connected, but sends no new pictures",
    StreamFault.FROZEN: "is connected, but sends the same picture over and over",
    StreamFault.ENDED: "has ended the connection",
}


class StreamError(SourceError):
    """A camera's stream cannot be opened or is lost; reconnect later."""

    def __init__(self, source: str, fault: StreamFault) -> None:
        super().__init__(source, str(fault))
        self.args = (source, fault)
        self.fault = fault

    def __str__(self) -> str:
        """Return the address of the camera, without credentials, and the fault."""
        return f"{self.source} {self.fault.message}"


class ClockSetBackError(SourceError):
    """The node's clock was set back while a camera was running; restart the camera."""

    def __init__(self, by: timedelta) -> None:
        super().__init__("clock", str(by))
        self.args = (by,)
        self.by = by

    def __str__(self) -> str:
        """Return by how much the clock was set back."""
        return f"the node's clock was set back by {self.by}; the camera is restarted"


class OutboxError(EdgeError):
    """The data folder cannot be used; it must be writable and on a local disk."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder = folder
        self.reason = reason

    def __str__(self) -> str:
        """Return the folder, the reason and the key that sets the folder."""
        return f"data folder {self.folder}: {self.reason} (key `data` in edge.toml)"


class OutboxBusyError(OutboxError):
    """Another process uses the data folder; stop it, or set another folder."""


class OutboxFullError(OutboxError):
    """No row can be written; keep the alert, drop frames and try again."""

    retryable = True


class SealError(EdgeError):
    """A key is invalid, or a sealed original cannot be opened."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason


class ClipError(EdgeError):
    """A clip has no frames that may be shown; the alert is sent without it."""

    def __init__(self, at: datetime, reason: str) -> None:
        super().__init__(at, reason)
        self.at = at
        self.reason = reason

    def __str__(self) -> str:
        """Return the start of the clip and the reason."""
        return f"clip of {self.at}: {self.reason}"


class BrokerError(EdgeError):
    """The broker cannot be reached, or the connection was lost; the outbox keeps all messages."""

    retryable = True

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        """Return the address of the broker and the reason."""
        return f"broker {self.address}: {self.reason}"


class BrokerRefusedError(BrokerError):
    """The broker rejects this node; enrol it, or correct its key or the broker's certificate."""


class PortInUseError(EdgeError):
    """The metrics port is in use."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port

    def __str__(self) -> str:
        """Return the port and the key that sets it."""
        return f"port {self.port} is in use; set another `metrics_port` in edge.toml"


class CameraFailedError(EdgeError):
    """Cameras failed before their recordings ended; the rest of these was not processed.

    Args:
        faults: Name of the camera and reason, for each.
    """

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        """Return one camera per line."""
        return "\n".join(f"camera {name}: {reason}" for name, reason in self.faults)


class MessagesRejectedError(EdgeError):
    """The centre has rejected messages of this run; they stay on disk, marked as rejected."""

    def __init__(self, rejected: int) -> None:
        super().__init__(rejected)
        self.rejected = rejected

    def __str__(self) -> str:
        """Return how many, and where the reason is."""
        return (
            f"the centre has rejected {self.rejected} messages; the fleet page names the reason."
            " A recording that is played again with other settings needs another start_at"
        )


class DeliveryTimeoutError(EdgeError):
    """Not everything was delivered in time; the rest stays on disk for the next run."""

    def __init__(self, waited: timedelta, messages: int, uploads: int) -> None:
        super().__init__(waited, messages, uploads)
        self.waited = waited
        self.messages = messages
        self.uploads = uploads

    def __str__(self) -> str:
        """Return how much is left."""
        left = f"{self.messages} messages and {self.uploads} files"
        return f"after {self.waited} the centre has not confirmed {left}; they stay on disk"
