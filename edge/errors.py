"""Every error an edge box can raise; ``retryable`` says whether to try again.

EdgeError
├── SettingsError        edge.toml cannot be obeyed; names each key and its mend
├── ConfigRefusedError   a configuration from the centre cannot be obeyed; names each key
├── CommandError         a command was tried in vain
│   └── CommandRefusedError  it makes no sense here, and was not tried
├── SourceError          a camera or file cannot be opened, or is no video
│   ├── StreamError      a camera's stream cannot be opened, or ended; says of what
│   └── ClockSetBackError  the box's clock went back while a camera was watched
├── OutboxError          the data folder cannot be used
│   ├── OutboxBusyError  another process works in it
│   └── OutboxFullError  the disk, or the outbox's share of it, is full
├── SealError            a key is none, or a sealed original cannot be opened
├── ClipError            a clip shows nothing that may be shown
├── BrokerError          the broker cannot be reached, or was lost
│   └── BrokerRefusalError  it answers, but does not let this node in
├── PortTakenError       the port for metrics is taken
├── CameraFailedError    a camera could not be watched to its end
└── UnfinishedError      time ran out before everything was delivered

Arguments go to ``Exception`` untouched: every error can be pickled.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pipeline.wire import ConfigRejection


class EdgeError(Exception):
    """What an edge box could not do."""

    retryable = False
    exit_code = 1


class SettingsError(EdgeError):
    """``edge.toml`` cannot be obeyed: mend every line that is named.

    Args:
        file: What was read.
        mistakes: One a line, each with its key, what is wrong, and the mend.
    """

    exit_code = 2

    def __init__(self, file: Path, mistakes: tuple[str, ...]) -> None:
        super().__init__(file, mistakes)
        self.file = file
        self.mistakes = mistakes

    def __str__(self) -> str:
        """One mistake a line, below the file."""
        return "\n  ".join((f"{self.file} cannot be used:", *self.mistakes))


class ConfigRefusedError(EdgeError):
    """A configuration from the centre cannot be obeyed: keep the one before, and say why."""

    def __init__(self, refusals: tuple[ConfigRejection, ...]) -> None:
        super().__init__(refusals)
        self.refusals = refusals

    def __str__(self) -> str:
        """One key a line."""
        return "\n".join(f"{each.key}: {each.reason}" for each in self.refusals)


class CommandError(EdgeError):
    """A command was tried in vain: tell the centre why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        """Say why."""
        return self.reason


class CommandRefusedError(CommandError):
    """A command makes no sense here: an unknown kind, or a camera that does not run."""


class SourceError(EdgeError):
    """A camera or file cannot be opened, or is no video."""

    retryable = True

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        """Name the source and what is wrong with it."""
        return f"{self.source}: {self.reason}"


class StreamFault(StrEnum):
    """Why a camera gives no pictures; the name goes to counters, the sentence to people."""

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
        """Tell it to who has to mend it."""
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
    """A camera's stream cannot be opened, or is lost: tell why, and call again later."""

    def __init__(self, source: str, fault: StreamFault) -> None:
        super().__init__(source, str(fault))
        self.args = (source, fault)
        self.fault = fault

    def __str__(self) -> str:
        """Name the camera, without its password, and what is wrong."""
        return f"{self.source} {self.fault.message}"


class ClockSetBackError(SourceError):
    """The box's clock was set back while a camera was watched: begin the camera anew."""

    def __init__(self, by: timedelta) -> None:
        super().__init__("clock", str(by))
        self.args = (by,)
        self.by = by

    def __str__(self) -> str:
        """Say by how much."""
        return f"the clock of the box was set back by {self.by}; the camera begins anew"


class OutboxError(EdgeError):
    """The data folder cannot be used: check that it is writable, and on a local disk."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder = folder
        self.reason = reason

    def __str__(self) -> str:
        """Name the folder, the reason and the key to change."""
        return f"data folder {self.folder}: {self.reason} (key `data` in edge.toml)"


class OutboxBusyError(OutboxError):
    """Another process works in the folder: stop it, or give this one its own."""


class OutboxFullError(OutboxError):
    """No row can be written: keep the alert, drop frames, try again."""

    retryable = True


class SealError(EdgeError):
    """A key is none, or a sealed original cannot be opened: see the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        """Give the reason."""
        return self.reason


class ClipError(EdgeError):
    """A clip shows nothing that may be shown: the alert goes without it."""

    def __init__(self, at: datetime, reason: str) -> None:
        super().__init__(at, reason)
        self.at = at
        self.reason = reason

    def __str__(self) -> str:
        """Say when it begins, and why."""
        return f"clip of {self.at}: {self.reason}"


class BrokerError(EdgeError):
    """The broker cannot be reached, or was lost: the outbox keeps, try again."""

    retryable = True

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        """Name the broker and what it said."""
        return f"broker {self.address}: {self.reason}"


class BrokerRefusedError(BrokerError):
    """The broker answers, but does not let this node in: enrol it, or mend its key."""


class PortInUseError(EdgeError):
    """The port for metrics is taken."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port

    def __str__(self) -> str:
        """Name the port and the key to change."""
        return f"port {self.port} is taken; set another `metrics_port` in edge.toml"


class CameraFailedError(EdgeError):
    """A camera could not be watched to its end: what it showed there, nobody knows."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        """One line a camera."""
        return "\n".join(f"camera {name}: {reason}" for name, reason in self.faults)


class DeliveryTimeoutError(EdgeError):
    """Time ran out before everything was delivered; what is left waits on the disk."""

    def __init__(self, waited: timedelta, messages: int, uploads: int) -> None:
        super().__init__(waited, messages, uploads)
        self.waited = waited
        self.messages = messages
        self.uploads = uploads

    def __str__(self) -> str:
        """Say what is left."""
        left = f"{self.messages} messages and {self.uploads} pictures"
        return f"after {self.waited} the centre has not confirmed {left}; they wait on the disk"
