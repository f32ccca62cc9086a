"""Reasons that a node sends to the centre: a code with parameters, and their English text.

The centre translates codes; the text is for logs and for a centre of the previous version. Codes
are only added: a centre shows the text of a code that it does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from pipeline.wire.alert import Key

MAX_LENGTH = 2000
"""Longest text, and longest value of a parameter, in characters."""
Params = dict[Key, Annotated[str, Meta(max_length=MAX_LENGTH)]]


class ReasonCode(StrEnum):
    """Why a command was not done, a step of a self-test failed, or a key was refused."""

    UNKNOWN_COMMAND = "unknown_command"
    CAMERA_NOT_RUNNING = "camera_not_running"
    ARGUMENTS_MISSING = "arguments_missing"
    EXPIRED = "expired"
    INTERRUPTED = "interrupted"
    NOT_JOURNALLED = "not_journalled"
    WORKER_ABANDONED = "worker_abandoned"
    DISK_FULL = "disk_full"
    NO_FRAME = "no_frame"
    NO_RECEIPT = "no_receipt"
    DRILL_REJECTED = "drill_rejected"
    NOT_REACHED = "not_reached"
    STEP_FAILED = "step_failed"
    UNKNOWN_KEY = "unknown_key"
    KEY_ONLY_IN_FILE = "key_only_in_file"
    FILE_SOURCE_REFUSED = "file_source_refused"
    CREDENTIALS_MISSING = "credentials_missing"
    CAMERAS_MISSING = "cameras_missing"
    NOT_A_TABLE = "not_a_table"
    INVALID_VALUE = "invalid_value"
    INVALID_RULE_FILE = "invalid_rule_file"
    UNSUPPORTED_LABELS = "unsupported_labels"
    OLDER_REVISION = "older_revision"
    CONFLICTING_REVISION = "conflicting_revision"
    NOT_STORED = "not_stored"
    CAMERA_NOT_STOPPED = "camera_not_stopped"
    INTERNAL_ERROR = "internal_error"
    OTHER = "other"


TEXTS: Mapping[ReasonCode, str] = {
    ReasonCode.UNKNOWN_COMMAND: "unknown kind {kind}; known: {known}",
    ReasonCode.CAMERA_NOT_RUNNING: "camera {camera} is not running on this node",
    ReasonCode.ARGUMENTS_MISSING: "boot_id, first or last is missing",
    ReasonCode.EXPIRED: "arrived after it expired; not executed",
    ReasonCode.INTERRUPTED: "the node stopped while executing it",
    ReasonCode.NOT_JOURNALLED: "the journal of commands cannot be written: {error}",
    ReasonCode.WORKER_ABANDONED: "restarted, but the old worker did not stop and was abandoned",
    ReasonCode.DISK_FULL: "the disk is too full to store a snapshot",
    ReasonCode.NO_FRAME: "no frame within {seconds} s",
    ReasonCode.NO_RECEIPT: "no receipt within {seconds} s",
    ReasonCode.DRILL_REJECTED: "rejected the drill",
    ReasonCode.NOT_REACHED: "was not reached",
    ReasonCode.STEP_FAILED: "{step}: {text}",
    ReasonCode.UNKNOWN_KEY: "unknown key{suggestion}",
    ReasonCode.KEY_ONLY_IN_FILE: "can only be set in edge.toml; remove it",
    ReasonCode.FILE_SOURCE_REFUSED: (
        "only edge.toml may name files; use rtsp://user:password@host:554/path"
    ),
    ReasonCode.CREDENTIALS_MISSING: "has *** instead of credentials; write them out",
    ReasonCode.CAMERAS_MISSING: "is missing; list all cameras that are to run",
    ReasonCode.NOT_A_TABLE: "is not a table",
    ReasonCode.INVALID_VALUE: "{text}",
    ReasonCode.INVALID_RULE_FILE: "{text}",
    ReasonCode.UNSUPPORTED_LABELS: "{text}",
    ReasonCode.OLDER_REVISION: "{rev} is older than revision {applied}, which is applied",
    ReasonCode.CONFLICTING_REVISION: "revision {rev} is already applied with different content",
    ReasonCode.NOT_STORED: "cannot be stored on the disk: {error}",
    ReasonCode.CAMERA_NOT_STOPPED: "does not stop; its old worker is abandoned",
    ReasonCode.INTERNAL_ERROR: "internal error: {type}",
    ReasonCode.OTHER: "{text}",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and the parameters of its text."""

    code: ReasonCode
    params: Mapping[str, str]

    @classmethod
    def of(cls, code: ReasonCode, **params: object) -> "Reason":
        """Make a reason; values are converted to text and cut to ``MAX_LENGTH``."""
        return cls(code, {name: str(value)[:MAX_LENGTH] for name, value in params.items()})

    def __str__(self) -> str:
        """Return the English text."""
        return TEXTS[self.code].format_map(self.params)[:MAX_LENGTH]
