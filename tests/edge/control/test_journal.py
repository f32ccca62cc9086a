"""No command is done twice, over crashes too."""

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
from pipeline.wire import Command, Reply, decode_message, encode_message
from tests.messages import NOON


def a_command(number: int = 1, *, kind: str = "ping") -> Command:
    until = NOON + timedelta(minutes=1)
    return Command(id=f"c-{number}", kind=kind, at=NOON, expires_at=until)


class Desk:
    """Commands that are asked for here, and answered into a queue."""

    def __init__(self, folder: Path) -> None:
        self.done, self.wrong = 0, ""
        self.replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.commands = CommandRunner(
            Journal(folder),
            handlers={"ping": self._ping, "stumble": self._stumble},
            send_reply=lambda _, payload: self.replies.put(payload),
            counters=Counters(),
            now=lambda: NOON,
            node_now=lambda: NOON,
        )

    def _ping(self, _: Command) -> CommandResult:
        self.done += 1
        if self.wrong:
            raise CommandError(self.wrong)
        return CommandResult(results={"uptime_s": 1.0})

    def _stumble(self, _: Command) -> CommandResult:
        raise ZeroDivisionError

    def ask(self, command: Command) -> Reply:
        self.commands.receive(encode_message(command))
        return decode_message(self.replies.get(timeout=10), Reply)


@contextmanager
def a_desk(folder: Path) -> Iterator[Desk]:
    desk, stop = Desk(folder), threading.Event()
    thread = threading.Thread(target=desk.commands.run, args=(stop,))
    thread.start()
    try:
        yield desk
    finally:
        stop.set()
        desk.commands.wake()
        thread.join(10)
        assert not thread.is_alive()


def test_asked_ten_times_it_is_done_once_and_answered_ten_times(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        replies = [desk.ask(a_command()) for _ in range(10)]

    assert desk.done == 1
    assert set(map(encode_message, replies)) == {encode_message(replies[0])}


def test_what_a_crash_interrupted_is_answered_and_not_tried_again(tmp_path: Path) -> None:
    Journal(tmp_path).begin(a_command(), now=NOON)
    with a_desk(tmp_path) as desk:
        told = desk.ask(a_command())

    assert (told.state, told.reason) == ("failed", "the box ended while it was at it")
    assert desk.done == 0


def test_a_fault_is_told_and_the_next_command_is_done(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        fault = desk.ask(a_command(1, kind="stumble"))
        desk.wrong = "the camera hangs"
        vain = desk.ask(a_command(2))
        desk.wrong = ""
        fine = desk.ask(a_command(3))

    assert (fault.state, fault.reason) == ("failed", "fault: ZeroDivisionError")
    assert (vain.state, vain.reason) == ("failed", "the camera hangs")
    assert (fine.state, fine.results) == ("done", {"uptime_s": 1.0})


def test_what_cannot_be_read_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.commands.receive(b"[]")
        told = desk.ask(a_command())

    assert told.state == "done"


def test_old_commands_are_forgotten_and_not_more_than_some_are_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin(a_command(0), now=NOON)
    later = NOON + timedelta(minutes=1) + KEPT_AFTER_EXPIRY
    journal.begin(a_command(1), now=later)

    assert journal.find("c-0") is None
    assert Journal(tmp_path).find("c-1") is not None
    assert MAX_ENTRIES == 1000


@pytest.mark.parametrize("torn", [b"", b"{", b"[]"])
def test_a_torn_journal_is_begun_anew(tmp_path: Path, torn: bytes) -> None:
    (tmp_path / "commands.json").write_bytes(torn)
    with a_desk(tmp_path) as desk:
        told = desk.ask(a_command())

    assert told.state == "done"
