"""Execute commands of the centre: each at most once, and answered each time it arrives."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from msgspec import UNSET

from edge.control.journal import Journal
from edge.errors import CommandError, CommandRefusedError, EdgeError
from edge.health.counters import Counters
from edge.outbox.publisher import CommandInbox
from pipeline.errors import WireError
from pipeline.wire import (
    Command,
    Evidence,
    Reason,
    ReasonCode,
    Reply,
    TestStep,
    decode_message,
    encode_message,
)

log = structlog.get_logger()

MAX_CONCURRENT = 4
"""Commands executed at the same time; a self-test takes seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """Result of a command; a ``reason`` says why it failed."""

    reason: Reason | None = None
    results: Mapping[str, float] | None = None
    steps: tuple[TestStep, ...] = ()
    evidence: tuple[Evidence, ...] = ()


CommandHandler = Callable[[Command], CommandResult]
"""Executes a command of one kind; raises ``CommandError``."""


class CommandRunner:
    """Executes commands on a pool of threads.

    Args:
        inbox: Payloads of commands, signature checked; the pool adds the replies of commands that
            have ended, so that one thread alone writes the journal.
        handlers: By kind of command.
        send_reply: Publishes a reply, given the id of its command.
        now: Time of the centre, as well as it is known; compared with the expiry of commands.
        node_now: Clock of the node, for replies.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        inbox: CommandInbox,
        handlers: Mapping[str, CommandHandler],
        send_reply: Callable[[str, bytes], None],
        counters: Counters,
        now: Callable[[], datetime],
        node_now: Callable[[], datetime],
    ) -> None:
        self._journal, self._inbox, self._handlers = journal, inbox, handlers
        self._send_reply, self._counters = send_reply, counters
        self._now, self._node_now = now, node_now
        self._running: set[str] = set()

    def wake(self) -> None:
        """Check ``stop`` now."""
        self._inbox.put(None)

    def run(self, stop: threading.Event) -> None:
        """Execute commands until ``stop`` is set; call ``wake`` after setting it."""
        pool = ThreadPoolExecutor(MAX_CONCURRENT, thread_name_prefix="command")
        try:
            while not stop.is_set():
                match self._inbox.get():
                    case bytes() as payload:
                        self._process(payload, pool)
                    case Reply() as reply:
                        self._finish(reply)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _process(self, payload: bytes, pool: ThreadPoolExecutor) -> None:
        try:
            command = decode_message(payload, Command)
        except WireError as error:
            self._counters.add("commands_unreadable")
            log.warning("command_unreadable", reason=str(error))
            return
        if command.id in self._running:
            return  # it is answered when it ends
        if entry := self._journal.find(command.id):
            self._counters.add("commands_repeated")
            interrupted = self._reply(command, "failed", Reason.of(ReasonCode.INTERRUPTED))
            self._send(entry.reply or interrupted)
        elif self._now() >= command.expires_at:
            self._counters.add("commands_expired")
            self._send(self._reply(command, "expired", Reason.of(ReasonCode.EXPIRED)))
        else:
            self._start(command, pool)

    def _start(self, command: Command, pool: ThreadPoolExecutor) -> None:
        try:
            self._journal.begin(command, now=self._now())
        except OSError as error:
            reason = Reason.of(ReasonCode.NOT_JOURNALLED, error=error.strerror)
            self._send(self._reply(command, "failed", reason))
            return
        self._running.add(command.id)
        log.info("command_started", id=command.id, kind=command.kind, camera=command.camera)
        future = pool.submit(self._execute, command)
        future.add_done_callback(lambda ended: self._on_ended(command, ended))

    def _on_ended(self, command: Command, future: "Future[CommandResult]") -> None:
        if not future.cancelled():  # cancelled as the node stops; answered when asked again
            self._inbox.put(self._reply_from(command, future))

    def _reply_from(self, command: Command, future: "Future[CommandResult]") -> Reply:
        match future.exception():
            case None:
                result = future.result()
                state: Literal["done", "failed"] = "failed" if result.reason else "done"
                return self._reply(command, state, result.reason, result)
            case CommandRefusedError(reason=reason):
                return self._reply(command, "refused", reason)
            case CommandError(reason=reason):
                return self._reply(command, "failed", reason)
            case EdgeError() as error:
                return self._reply(command, "failed", Reason.of(ReasonCode.OTHER, text=error))
            case fault:
                log.error("command_fault", id=command.id, kind=command.kind, exc_info=fault)
                reason = Reason.of(ReasonCode.INTERNAL_ERROR, type=type(fault).__name__)
                return self._reply(command, "failed", reason)

    def _execute(self, command: Command) -> CommandResult:
        handler = self._handlers.get(command.kind)
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            raise CommandRefusedError(
                Reason.of(ReasonCode.UNKNOWN_COMMAND, kind=command.kind, known=known)
            )
        return handler(command)

    def _finish(self, reply: Reply) -> None:
        self._running.discard(reply.id)
        self._counters.add(f"commands_{reply.state}")
        log.info("command_finished", id=reply.id, kind=reply.kind, state=reply.state)
        try:
            self._journal.end(reply)
        except OSError as error:
            log.warning("journal_not_written", reason=str(error))
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        self._send_reply(reply.id, encode_message(reply))

    def _reply(
        self,
        command: Command,
        state: Literal["done", "failed", "refused", "expired"],
        reason: Reason | None,
        result: CommandResult | None = None,
    ) -> Reply:
        result = result or CommandResult()
        return Reply(
            id=command.id,
            kind=command.kind,
            state=state,
            at=self._node_now(),
            reason=str(reason) if reason else "",
            results=dict(result.results or {}),
            steps=result.steps,
            evidence=result.evidence,
            reason_code=reason.code if reason else UNSET,
            reason_params=dict(reason.params) if reason else UNSET,
        )
