"""Commands of the centre: each is done at most once, and answered each time it is asked."""

import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog

from edge.control.journal import Journal
from edge.errors import CommandError, CommandRefusedError, EdgeError
from edge.health.counters import Counters
from pipeline.errors import WireError
from pipeline.wire import Command, Evidence, Reply, TestStep, decode_message, encode_message

log = structlog.get_logger()

MAX_CONCURRENT = 4
"""Commands that are done side by side; a self-test takes seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a command gave; a ``reason`` says that it was tried in vain."""

    reason: str = ""
    results: Mapping[str, float] | None = None
    steps: tuple[TestStep, ...] = ()
    evidence: tuple[Evidence, ...] = ()


CommandHandler = Callable[[Command], CommandResult]
"""Carries a command out; raises ``CommandError``."""


class CommandRunner:
    """Does what the centre asks, in threads of its own.

    Args:
        handlers: By kind.
        send_reply: Publishes a reply, by the command's id.
        now: The centre's time, as well as is known.
        node_now: The box's clock, for replies.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        handlers: Mapping[str, CommandHandler],
        send_reply: Callable[[str, bytes], None],
        counters: Counters,
        now: Callable[[], datetime],
        node_now: Callable[[], datetime],
    ) -> None:
        self._journal, self._handlers, self._send_reply, self._counters = (
            journal,
            handlers,
            send_reply,
            counters,
        )
        self._now, self._node_now = now, node_now
        self._running: set[str] = set()
        self._inbox: queue.SimpleQueue[bytes | Reply | None] = queue.SimpleQueue()

    def receive(self, payload: bytes) -> None:
        """Take a command that is truly the centre's; returns at once."""
        self._inbox.put(payload)

    def wake(self) -> None:
        """Look at ``stop`` now."""
        self._inbox.put(None)

    def run(self, stop: threading.Event) -> None:
        """Take commands until ``stop``; call ``wake`` after setting it."""
        crew = ThreadPoolExecutor(MAX_CONCURRENT, thread_name_prefix="command")
        try:
            while not stop.is_set():
                match self._inbox.get():
                    case bytes() as payload:
                        self._process(payload, crew)
                    case Reply() as reply:
                        self._finish(reply)
        finally:
            crew.shutdown(wait=False, cancel_futures=True)

    def _process(self, payload: bytes, crew: ThreadPoolExecutor) -> None:
        try:
            command = decode_message(payload, Command)
        except WireError as error:
            self._counters.add("commands_unreadable")
            log.warning("command_unreadable", reason=str(error))
            return
        if command.id in self._running:
            return  # it will be answered
        if known := self._journal.find(command.id):
            self._counters.add("commands_repeated")
            unsure = self._reply(command, "failed", "the box ended while it was at it")
            self._send(known.reply or unsure)
        elif self._now() >= command.expires_at:
            self._counters.add("commands_expired")
            self._send(self._reply(command, "expired", "came too late, and was not tried"))
        else:
            self._start(command, crew)

    def _start(self, command: Command, crew: ThreadPoolExecutor) -> None:
        try:
            self._journal.begin(command, now=self._now())
        except OSError as error:
            reason = f"the disk does not take it: {error.strerror}"
            self._send(self._reply(command, "failed", reason))
            return
        self._running.add(command.id)
        log.info("command_begun", id=command.id, kind=command.kind, camera=command.camera)
        doing = crew.submit(self._execute, command)
        doing.add_done_callback(lambda done: self._on_finished(command, done))

    def _on_finished(self, command: Command, done: "Future[CommandResult]") -> None:
        if not done.cancelled():  # as the box ends; asked again, it says so
            self._inbox.put(self._reply_from(command, done))

    def _reply_from(self, command: Command, done: "Future[CommandResult]") -> Reply:
        match done.exception():
            case None:
                told = done.result()
                return self._reply(command, "failed" if told.reason else "done", told.reason, told)
            case CommandRefusedError(reason=reason):
                return self._reply(command, "refused", reason)
            case CommandError(reason=reason):
                return self._reply(command, "failed", reason)
            case EdgeError() as error:
                return self._reply(command, "failed", str(error))
            case fault:
                log.error("command_fault", id=command.id, kind=command.kind, exc_info=fault)
                return self._reply(command, "failed", f"fault: {type(fault).__name__}")

    def _execute(self, command: Command) -> CommandResult:
        do = self._handlers.get(command.kind)
        if do is None:
            known = ", ".join(sorted(self._handlers))
            raise CommandRefusedError(f"unknown kind {command.kind}; known: {known}")
        return do(command)

    def _finish(self, reply: Reply) -> None:
        self._running.discard(reply.id)
        self._counters.add(f"commands_{reply.state}")
        log.info("command_ended", id=reply.id, kind=reply.kind, state=reply.state)
        try:
            self._journal.end(reply)
        except OSError as error:
            log.warning("journal_unwritten", reason=str(error))
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        self._send_reply(reply.id, encode_message(reply))

    def _reply(
        self,
        command: Command,
        state: Literal["done", "failed", "refused", "expired"],
        reason: str,
        done: CommandResult | None = None,
    ) -> Reply:
        told = done or CommandResult()
        return Reply(
            id=command.id,
            kind=command.kind,
            state=state,
            at=self._node_now(),
            reason=reason[:2000],
            results=dict(told.results or {}),
            steps=told.steps,
            evidence=told.evidence,
        )
