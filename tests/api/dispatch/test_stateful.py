"""A state machine over alerts, people, rosters, clocks and crashes of a centre of two processes.

Hypothesis chooses the steps; after each one the promises of ``invariants`` are checked. For a
hundred thousand steps: ``pytest -m slow --hypothesis-profile=long tests/api/dispatch``.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, text

from api.database.engine import create_engine
from api.dispatch.clock_engine import ClockEngine
from api.errors import DatabaseError
from api.ingest.batch import Ingest
from api.ingest.validation import IncomingMessage
from api.live.feed import LiveFeed
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertMessage
from tests.api.alerts import NOON, alert_message, signed_message
from tests.api.databases import TownDatabases
from tests.api.dispatch.invariants import list_violations, list_wrong_steps, read_before_run
from tests.api.town import IN_EAST, IN_WEST, NOWHERE, PHOTO, Centre, Clock, build_centre, sha256

T = TypeVar("T")

PLACES = {"north-gate": IN_EAST, "south-gate": IN_WEST, "far-away": NOWHERE}
SCENARIOS = ("crowd_gathering", "crowd_density", "smoke_fire", "fall")
WORKERS = ("east-1", "east-2", "west-1", "head")
OPERATORS = ("desk", "chief")


@dataclass(frozen=True, slots=True)
class News:
    """The next revision of an alert; ``name``, camera and scenario say of which."""

    name: str
    camera: str
    scenario: str
    score: float
    level: Level
    change: Change
    age_s: int


news_items = st.builds(
    News,
    name=st.sampled_from("abcdefgh"),
    camera=st.sampled_from(list(PLACES)),
    scenario=st.sampled_from(SCENARIOS),
    score=st.sampled_from([0.05, 0.3, 0.6, 0.95]),
    level=st.sampled_from([Level.MINOR, Level.MAJOR, Level.CRITICAL]),
    change=st.sampled_from([Change.OPENED, Change.UPDATED, Change.CLOSED]),
    age_s=st.sampled_from([0, 0, 0, 5, 60, 1800]),
)


class CrashError(Exception):
    """The process dies here."""


class Process:
    """A process of the centre with connections of its own; it may die at a commit."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url, self.clock = url, clock
        self.start()

    def start(self) -> None:
        """Start without any memory of an earlier life."""
        self.commits_left = 0
        self.engine = create_engine(self.url, pool_size=2)
        event.listen(self.engine.sync_engine, "commit", self._count_commit)
        self.ingest = Ingest(self.engine)
        self.clock_engine = ClockEngine(self.engine, LiveFeed(self.engine).signal, now=self.clock)

    async def run(self, work: Coroutine[Any, Any, object], *, crash_at: int) -> None:
        """Run until done or dead; 0 means no crash. A dead process starts again."""
        self.commits_left = crash_at
        try:
            await work
        except (CrashError, DatabaseError):
            if not crash_at:
                raise
            await self.engine.dispose()
            self.start()
        self.commits_left = 0

    def _count_commit(self, _connection: object) -> None:
        self.commits_left -= 1
        if self.commits_left == 0:
            raise CrashError


class CentreMachine(RuleBasedStateMachine):
    """Steps of nodes, people and time; the two processes work one after the other or at once."""

    databases: ClassVar[TownDatabases]
    folder: ClassVar[Path]
    n_steps: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.url = self.do(self.databases.create())
        self.clock = Clock()
        self.centre: Centre = build_centre(create_engine(self.url), self.clock, self.folder)
        self.processes = [Process(self.url, self.clock) for _ in range(2)]
        self.seq = 0
        self.revisions: dict[str, int] = {}
        self.sent: list[IncomingMessage] = []
        self.latest = NOON

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self.runner.run(work)

    def teardown(self) -> None:
        async def close() -> None:
            await self.centre.close()
            await self.centre.engine.dispose()
            for process in self.processes:
                await process.engine.dispose()
            await self.databases.drop(self.url)

        self.do(close())
        self.runner.close()

    # Nodes -----------------------------------------------------------------------------------

    @rule(
        news=st.lists(news_items, min_size=1, max_size=4),
        crash_at=st.sampled_from([0, 0, 0, 1, 2]),
        at_once=st.booleans(),
    )
    def alerts_arrive(self, news: list[News], crash_at: int, *, at_once: bool) -> None:
        """Alerts come to one process, or the same ones to both at once; some come again later."""
        messages = [signed_message(self.message(item)) for item in news]
        self.sent += messages
        first, second = self.processes
        now = self.clock()

        async def store() -> None:
            await first.run(first.ingest.store_batch(messages, now=now), crash_at=crash_at)
            if crash_at:
                await second.run(second.ingest.store_batch(messages, now=now), crash_at=0)

        async def store_at_once() -> None:
            await asyncio.gather(
                *(
                    self.retried(process, messages[::order])
                    for process, order in zip(self.processes, (1, -1), strict=True)
                )
            )

        self.do(store_at_once() if at_once else store())

    async def retried(self, process: Process, messages: list[IncomingMessage]) -> None:
        """Store a batch as the subscriber does: again if another process was faster."""
        for _ in range(10):
            try:
                await process.ingest.store_batch(messages, now=self.clock())
            except DatabaseError:
                continue
            return
        raise AssertionError("the batch was refused ten times")

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def messages_come_again(self, data: st.DataObject) -> None:
        """A node that got no receipt sends its messages again."""
        messages = data.draw(st.lists(st.sampled_from(self.sent), min_size=1, max_size=5))
        self.do(self.retried(self.processes[1], messages))

    def message(self, news: News) -> AlertMessage:
        """Return an alert message with the next revision and sequence number."""
        name = f"{news.name}|{news.camera}|{news.scenario}"
        rev = self.revisions[name] = self.revisions.get(name, 0) + 1
        self.seq += 1
        return alert_message(
            name,
            rev=rev,
            seq=self.seq,
            at=max(NOON, self.clock() - timedelta(seconds=news.age_s)),
            scenario=news.scenario,
            camera=news.camera,
            location=PLACES[news.camera],
            score=news.score,
            level=news.level,
            change=news.change,
        )

    # Time and processes ----------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 20, 61, 125, 310, 950, 3700, 8000, 90000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.latest = max(self.latest, self.clock.at)

    @rule(seconds=st.sampled_from([1, 30, 120]))
    def clock_steps_back(self, seconds: int) -> None:
        """The clock of the centre is corrected."""
        self.clock.advance(seconds=-seconds)

    @rule(
        which=st.sampled_from(["first", "second", "both"]),
        crash_at=st.sampled_from([0, 0, 0, 1, 2, 3]),
    )
    def clock_engines_run(self, which: str, crash_at: int) -> None:
        """One engine runs, or both at once; the one that dies runs again later."""
        first, second = self.processes
        running = {"first": [first], "second": [second], "both": [first, second]}[which]

        async def run() -> list[str]:
            before = await read_before_run(self.centre.engine, self.clock())
            await asyncio.gather(
                *(
                    process.run(
                        process.clock_engine.process_due(),
                        crash_at=crash_at if process is first else 0,
                    )
                    for process in running
                )
            )
            return await list_wrong_steps(self.centre.engine, before)

        assert self.do(run()) == []

    async def _page_of(self, name: str) -> httpx.AsyncClient:
        """Return the page of an account; log in again when a login has expired."""
        page = await self.centre.client_of(name)
        if (await page.get("/v1/me")).status_code == 401:
            await self.centre.pages.pop(name).aclose()
            page = await self.centre.client_of(name)
        return page

    # People ----------------------------------------------------------------------------------

    @rule(name=st.sampled_from(WORKERS), choice=st.integers(0, 3))
    def worker_acts(self, name: str, choice: int) -> None:
        """A worker does something that the phone offers."""
        self.do(self._worker_acts(name, choice))

    async def _worker_acts(self, name: str, choice: int) -> None:
        page = await self._page_of(name)
        answer = await page.get("/v1/orders", params={"mine": True, "open": True})
        offers = [
            (order, action)
            for order in answer.json()["items"]
            for action in order["actions"]
            if action in {"accept", "start", "report", "return"}
        ]
        if not offers:
            return
        order, action = offers[choice % len(offers)]
        body: dict[str, object] = {"version": order["version"]}
        if action == "return":
            body["reason"] = "occupied elsewhere"
        elif action == "report":
            photo = PHOTO + f"{order['id']} {self.clock()}".encode()
            headers = {"Content-Type": "image/jpeg"}
            await page.put(f"/v1/evidence/{sha256(photo)}", content=photo, headers=headers)
            body |= {"photos": [sha256(photo)], "found": True}
        answer = await page.post(f"/v1/orders/{order['id']}/{action}", json=body)
        assert_sound(answer)

    @rule(
        name=st.sampled_from(OPERATORS),
        choice=st.integers(0, 5),
        action=st.sampled_from(["confirm", "reject", "verify", "rework"]),
    )
    def operator_acts(self, name: str, choice: int, action: str) -> None:
        """An operator decides about an open incident."""
        self.do(self._operator_acts(name, choice, action))

    async def _operator_acts(self, name: str, choice: int, action: str) -> None:
        page = await self._page_of(name)
        answer = await page.get("/v1/incidents", params={"open": True})
        incidents = answer.json()["items"]
        if not incidents:
            return
        incident = incidents[choice % len(incidents)]
        if action in {"confirm", "reject"}:
            path, version = f"/v1/incidents/{incident['id']}/{action}", incident["version"]
            body: dict[str, object] = {"reason": "seen in the picture"}
        elif incident["order"] is None:
            return
        else:
            path = f"/v1/orders/{incident['order']['id']}"
            version = (await page.get(path)).json()["version"]
            path, body = f"{path}/verify", {"passed": action == "verify", "reason": "seen"}
        assert_sound(await page.post(path, json=body | {"version": version}))

    @rule(name=st.sampled_from(WORKERS), is_on_duty=st.booleans())
    def roster_changes(self, name: str, *, is_on_duty: bool) -> None:
        """A worker goes home, or comes for twelve hours."""
        self.do(self._roster_changes(name, is_on_duty=is_on_duty))

    async def _roster_changes(self, name: str, *, is_on_duty: bool) -> None:
        begins, ends = self.clock(), self.clock() + timedelta(hours=12)
        async with self.centre.engine.begin() as connection:
            await connection.execute(END_SHIFTS, {"name": name, "now": begins})
            if is_on_duty:
                await connection.execute(
                    BEGIN_SHIFT, {"name": name, "begins": begins, "ends": ends}
                )

    # What must hold --------------------------------------------------------------------------

    @invariant()
    def promises_hold(self) -> None:
        CentreMachine.n_steps += 1
        assert self.do(self._violations(is_settled=False)) == []

    @rule()
    def everything_due_is_done(self) -> None:
        """Once both engines have run, nothing is due, and nothing overdue is silent."""
        self.clock.at = max(self.clock.at, self.latest)  # what waits for a corrected clock is due
        for process in self.processes:
            self.do(process.clock_engine.process_due())
        assert self.do(self._violations(is_settled=True)) == []

    async def _violations(self, *, is_settled: bool) -> list[tuple[str, Any]]:
        return await list_violations(self.centre.engine, self.clock(), is_settled=is_settled)


END_SHIFTS = text("""
    DELETE FROM shift USING account c
    WHERE c.id = shift.account AND c.name = :name AND upper(during) > :now
""")
BEGIN_SHIFT = text("""
    INSERT INTO shift (account, area, during)
    SELECT c.id, a.id, tstzrange(:begins, :ends)
    FROM account c JOIN area a ON a.code = c.area_code WHERE c.name = :name
""")


def assert_sound(answer: httpx.Response) -> None:
    """Check that a request was carried out or refused for a known reason."""
    assert answer.status_code in {200, 403, 404, 409}, answer.text


def run_machine(databases: TownDatabases, folder: Path, chosen: settings) -> int:
    """Run the state machine; return the number of steps."""
    CentreMachine.databases, CentreMachine.folder = databases, folder
    CentreMachine.n_steps = 0
    run_state_machine_as_test(CentreMachine, settings=chosen)
    return CentreMachine.n_steps


def stateful_settings(*, examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes many minutes
    )


@pytest.mark.slow
def test_the_promises_hold_over_some_hundred_steps(
    town_databases: TownDatabases, tmp_path: Path
) -> None:
    n_steps = run_machine(town_databases, tmp_path, stateful_settings(examples=8, steps=30))

    assert n_steps > 100


@pytest.mark.slow
@pytest.mark.timeout(14400)
def test_the_promises_hold_over_thousands_of_steps(
    town_databases: TownDatabases, tmp_path: Path
) -> None:
    is_long = settings.get_current_profile_name() == "long"
    chosen = stateful_settings(examples=1100 if is_long else 20, steps=100 if is_long else 60)

    n_steps = run_machine(town_databases, tmp_path, chosen)

    assert n_steps > (100_000 if is_long else 1000)
