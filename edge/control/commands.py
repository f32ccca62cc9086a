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
from pipeline.wire import Command, Evidence, Reply, TestStep, read, write

log = structlog.get_logger()

AT_ONCE = 4
"""Commands that are done side by side; a self-test takes seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command gave; a ``reason`` says that it was tried in vain."""

    reason: str = ""
    results: Mapping[str, float] | None = None
    steps: tuple[TestStep, ...] = ()
    evidence: tuple[Evidence, ...] = ()


Do = Callable[[Command], Done]
"""Carries a command out; raises ``CommandError``."""


class Commands:
    """Does what the centre asks, in threads of its own.

    Args:
        does: By kind.
        say: Publishes a reply, by the command's id.
        now: The centre's time, as well as is known.
        own_now: The box's clock, for replies.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        does: Mapping[str, Do],
        say: Callable[[str, bytes], None],
        counters: Counters,
        now: Callable[[], datetime],
        own_now: Callable[[], datetime],
    ) -> None:
        self._journal, self._does, self._say, self._counters = journal, does, say, counters
        self._now, self._own_now = now, own_now
        self._doing: set[str] = set()
        self._inbox: queue.SimpleQueue[bytes | Reply | None] = queue.SimpleQueue()

    def hear(self, payload: bytes) -> None:
        """Take a command that is truly the centre's; returns at once."""
        self._inbox.put(payload)

    def wake(self) -> None:
        """Look at ``stop`` now."""
        self._inbox.put(None)

    def run(self, stop: threading.Event) -> None:
        """Take commands until ``stop``; call ``wake`` after setting it."""
        crew = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="command")
        try:
            while not stop.is_set():
                match self._inbox.get():
                    case bytes() as payload:
                        self._take(payload, crew)
                    case Reply() as reply:
                        self._ended(reply)
        finally:
            crew.shutdown(wait=False, cancel_futures=True)

    def _take(self, payload: bytes, crew: ThreadPoolExecutor) -> None:
        try:
            command = read(payload, Command)
        except WireError as error:
            self._counters.add("commands_unreadable")
            log.warning("command_unreadable", reason=str(error))
            return
        if command.id in self._doing:
            return  # it will be answered
        if known := self._journal.find(command.id):
            self._counters.add("commands_repeated")
            unsure = self._reply(command, "failed", "the box ended while it was at it")
            self._answer(known.reply or unsure)
        elif self._now() >= command.expires_at:
            self._counters.add("commands_expired")
            self._answer(self._reply(command, "expired", "came too late, and was not tried"))
        else:
            self._begin(command, crew)

    def _begin(self, command: Command, crew: ThreadPoolExecutor) -> None:
        try:
            self._journal.begin(command, now=self._now())
        except OSError as error:
            reason = f"the disk does not take it: {error.strerror}"
            self._answer(self._reply(command, "failed", reason))
            return
        self._doing.add(command.id)
        log.info("command_begun", id=command.id, kind=command.kind, camera=command.camera)
        doing = crew.submit(self._carried_out, command)
        doing.add_done_callback(lambda done: self._done(command, done))

    def _done(self, command: Command, done: "Future[Done]") -> None:
        if not done.cancelled():  # as the box ends; asked again, it says so
            self._inbox.put(self._made_of(command, done))

    def _made_of(self, command: Command, done: "Future[Done]") -> Reply:
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

    def _carried_out(self, command: Command) -> Done:
        do = self._does.get(command.kind)
        if do is None:
            known = ", ".join(sorted(self._does))
            raise CommandRefusedError(f"unknown kind {command.kind}; known: {known}")
        return do(command)

    def _ended(self, reply: Reply) -> None:
        self._doing.discard(reply.id)
        self._counters.add(f"commands_{reply.state}")
        log.info("command_ended", id=reply.id, kind=reply.kind, state=reply.state)
        try:
            self._journal.end(reply)
        except OSError as error:
            log.warning("journal_unwritten", reason=str(error))
        self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        self._say(reply.id, write(reply))

    def _reply(
        self,
        command: Command,
        state: Literal["done", "failed", "refused", "expired"],
        reason: str,
        done: Done | None = None,
    ) -> Reply:
        told = done or Done()
        return Reply(
            id=command.id,
            kind=command.kind,
            state=state,
            at=self._own_now(),
            reason=reason[:2000],
            results=dict(told.results or {}),
            steps=told.steps,
            evidence=told.evidence,
        )
