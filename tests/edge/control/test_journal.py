"""No command is executed twice, not even after a crash."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from edge.control.commands import CommandResult, CommandRunner
from edge.control.journal import KEPT_AFTER_EXPIRY, MAX_ENTRIES, Journal
from edge.errors import CommandError
from edge.health.counters import Counters
from edge.outbox.publisher import CommandInbox
from pipeline.wire import Command, Reason, ReasonCode, Reply, decode_message, encode_message
from tests.messages import NOON


def make_command(number: int = 1, *, kind: str = "ping") -> Command:
    until = NOON + timedelta(minutes=1)
    return Command(id=f"c-{number}", kind=kind, at=NOON, expires_at=until)


class Harness:
    """A command runner whose replies are collected in a queue."""

    def __init__(self, folder: Path) -> None:
        self.executed, self.failure = 0, ""
        self.replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.inbox: CommandInbox = queue.SimpleQueue()
        self.commands = CommandRunner(
            Journal(folder),
            inbox=self.inbox,
            handlers={"ping": self._ping, "broken": self._broken},
            send_reply=lambda _, payload: self.replies.put(payload),
            counters=Counters(),
            now=lambda: NOON,
            node_now=lambda: NOON,
        )

    def _ping(self, _: Command) -> CommandResult:
        self.executed += 1
        if self.failure:
            raise CommandError(Reason.of(ReasonCode.OTHER, text=self.failure))
        return CommandResult(results={"uptime_s": 1.0})

    def _broken(self, _: Command) -> CommandResult:
        raise ZeroDivisionError

    def send(self, command: Command) -> Reply:
        self.inbox.put(encode_message(command))
        return decode_message(self.replies.get(timeout=10), Reply)


@contextmanager
def open_harness(folder: Path) -> Iterator[Harness]:
    harness, stop = Harness(folder), threading.Event()
    thread = threading.Thread(target=harness.commands.run, args=(stop,))
    thread.start()
    try:
        yield harness
    finally:
        stop.set()
        harness.commands.wake()
        thread.join(10)
        assert not thread.is_alive()


def test_a_command_sent_ten_times_is_executed_once_and_answered_ten_times(tmp_path: Path) -> None:
    with open_harness(tmp_path) as harness:
        replies = [harness.send(make_command()) for _ in range(10)]

    assert harness.executed == 1
    assert set(map(encode_message, replies)) == {encode_message(replies[0])}


def test_a_command_interrupted_by_a_crash_is_answered_and_not_executed_again(
    tmp_path: Path,
) -> None:
    Journal(tmp_path).begin(make_command(), now=NOON)
    with open_harness(tmp_path) as harness:
        reply = harness.send(make_command())

    assert (reply.state, reply.reason) == ("failed", "the node stopped while executing it")
    assert harness.executed == 0


def test_an_internal_error_is_reported_and_the_next_command_is_executed(tmp_path: Path) -> None:
    with open_harness(tmp_path) as harness:
        broken = harness.send(make_command(1, kind="broken"))
        harness.failure = "the camera hangs"
        failed = harness.send(make_command(2))
        harness.failure = ""
        done = harness.send(make_command(3))

    assert (broken.state, broken.reason) == ("failed", "internal error: ZeroDivisionError")
    assert (failed.state, failed.reason) == ("failed", "the camera hangs")
    assert (done.state, done.results) == ("done", {"uptime_s": 1.0})


def test_an_unreadable_command_is_skipped(tmp_path: Path) -> None:
    with open_harness(tmp_path) as harness:
        harness.inbox.put(b"[]")
        reply = harness.send(make_command())

    assert reply.state == "done"


def test_expired_commands_are_forgotten_and_the_number_kept_is_limited(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin(make_command(0), now=NOON)
    later = NOON + timedelta(minutes=1) + KEPT_AFTER_EXPIRY
    journal.begin(make_command(1), now=later)

    assert journal.find("c-0") is None
    assert Journal(tmp_path).find("c-1") is not None
    assert MAX_ENTRIES == 1000


@pytest.mark.parametrize("torn", [b"", b"{", b"[]"])
def test_a_damaged_journal_is_replaced(tmp_path: Path, torn: bytes) -> None:
    (tmp_path / "commands.json").write_bytes(torn)
    with open_harness(tmp_path) as harness:
        reply = harness.send(make_command())

    assert reply.state == "done"
