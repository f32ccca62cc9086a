"""Which commands were begun, and what was answered: none is done twice, over restarts too."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from edge.outbox.disk import read_if_exists, write_durably
from pipeline.wire import Command, Reply

log = structlog.get_logger()

FILE = "commands.json"
"""In the data folder."""
MAX_ENTRIES = 1000
"""Commands that are remembered; of more, the oldest are forgotten."""
KEPT_AFTER_EXPIRY = timedelta(hours=1)
"""How long past its expiry a command is remembered: from then on it would be refused anyway."""


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One command; without a reply while it is being done."""

    kind: str
    expires_at: datetime
    reply: Reply | None = None


class Journal:
    """Remembers commands on disk."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._entries = self._read()

    def find(self, id: str) -> JournalEntry | None:  # noqa: A002  # its name on the wire
        """Look a command up."""
        return self._entries.get(id)

    def begin(self, command: Command, *, now: datetime) -> None:
        """Note that it will be tried; that comes first, so that a crash cannot have it done twice.

        Raises:
            OSError: The disk does not take it.
        """
        self._entries = {
            known: entry
            for known, entry in [*self._entries.items()][-MAX_ENTRIES + 1 :]
            if entry.expires_at + KEPT_AFTER_EXPIRY > now
        }
        self._entries[command.id] = JournalEntry(kind=command.kind, expires_at=command.expires_at)
        self._write()

    def end(self, reply: Reply) -> None:
        """Note what was answered.

        Raises:
            OSError: The disk does not take it.
        """
        entry = self._entries[reply.id]
        self._entries[reply.id] = msgspec.structs.replace(entry, reply=reply)
        self._write()

    def _write(self) -> None:
        write_durably(self._file, msgspec.json.encode(self._entries))

    def _read(self) -> dict[str, JournalEntry]:
        try:
            return msgspec.json.decode(
                read_if_exists(self._file) or b"{}", type=dict[str, JournalEntry]
            )
        except msgspec.MsgspecError as error:
            log.warning("journal_unreadable", file=str(self._file), reason=str(error))
            return {}
