"""Journal of commands on disk, so that none is executed twice, not even after a restart."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from edge.data_folder import read_if_exists, write_durably
from pipeline.wire import Command, Reply

log = structlog.get_logger()

FILE = "commands.json"
"""In the data folder."""
MAX_ENTRIES = 1000
"""Of more commands the oldest are forgotten."""
KEPT_AFTER_EXPIRY = timedelta(hours=1)
"""An expired command is refused anyway, so its entry is no longer needed."""


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One command; ``reply`` is ``None`` while it is executed."""

    kind: str
    expires_at: datetime
    reply: Reply | None = None


class Journal:
    """The commands that were started, and their replies."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._entries = self._read()

    def find(self, command_id: str) -> JournalEntry | None:
        """Return the entry of a command; ``None`` if it was never started or is forgotten."""
        return self._entries.get(command_id)

    def begin(self, command: Command, *, now: datetime) -> None:
        """Record a command before it is executed, so that a crash cannot lead to a second try.

        Raises:
            OSError: The journal cannot be written.
        """
        self._entries = {
            command_id: entry
            for command_id, entry in [*self._entries.items()][-MAX_ENTRIES + 1 :]
            if entry.expires_at + KEPT_AFTER_EXPIRY > now
        }
        self._entries[command.id] = JournalEntry(kind=command.kind, expires_at=command.expires_at)
        self._write()

    def end(self, reply: Reply) -> None:
        """Record the reply to a command.

        Raises:
            OSError: The journal cannot be written.
        """
        entry = self._entries[reply.id]
        self._entries[reply.id] = msgspec.structs.replace(entry, reply=reply)
        self._write()

    def _write(self) -> None:
        write_durably(self._file, msgspec.json.encode(self._entries))

    def _read(self) -> dict[str, JournalEntry]:
        content = read_if_exists(self._file) or b"{}"
        try:
            return msgspec.json.decode(content, type=dict[str, JournalEntry])
        except msgspec.MsgspecError as error:
            log.warning("journal_unreadable", file=str(self._file), reason=str(error))
            return {}
