"""READ FIRST: simulate a day.

``world`` draws from the seed what exists and what happens. Then the agenda runs the day: nodes
send what their cameras report, the centre stores it and drives its clocks, phones ring, workers
and desks act over HTTP. At the end the judge compares what the centre made of it with the truth.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from api.ingest.validation import IncomingMessage
from gridwatch.simulation import queries
from gridwatch.simulation.agenda import Agenda
from gridwatch.simulation.centre import SimulatedCentre
from gridwatch.simulation.desk import Desk, DeskHabits
from gridwatch.simulation.environment import Environment, node_key, open_environment
from gridwatch.simulation.faults import plan_faults
from gridwatch.simulation.judge import Figures, Sent, judge
from gridwatch.simulation.node import SimulatedNode, Wire
from gridwatch.simulation.phone import Client
from gridwatch.simulation.stories import Story, tell_stories
from gridwatch.simulation.worker import Habits, Worker
from gridwatch.simulation.world.model import Camera, Report
from gridwatch.simulation.world.profile import Profile
from gridwatch.simulation.world.world import World, draw_world, generator_for
from pipeline.wire import Node

INGEST_EVERY_S = 1.0
CLOCKS_EVERY_S = 3.0
LOOK_EVERY_S = 10.0
HEALTH_EVERY_S = 60.0
STRANDED_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class DayResult:
    """The figures of a day, and what led to each of its faults."""

    figures: Figures
    stories: Sequence[Story]


async def simulate(profile: Profile, seed: int, *, report: Callable[[str], None]) -> DayResult:
    """Simulate a day on an embedded PostgreSQL of its own.

    Args:
        report: Receives a line for each simulated hour.
    """
    world = draw_world(profile, seed)
    async with open_environment(world.district, profile) as environment:
        day = _Day(profile, seed, world, environment)
        try:
            return await day.run(report)
        finally:
            await day.stop()


class _Day:
    """The running simulation: every part, and how they are connected."""

    def __init__(self, profile: Profile, seed: int, world: World, environment: Environment) -> None:
        self._profile, self._seed, self._world = profile, seed, world
        self._agenda = agenda = Agenda(profile.starts_at)
        self._centre = SimulatedCentre(
            environment.url, agenda, environment.folder, generator_for(seed, "centre")
        )
        self._clients = {
            name: Client(self._centre.client(token)) for name, token in environment.tokens.items()
        }
        self._nodes = {node: self._make_node(node) for node in world.district.nodes}
        self._workers = self._make_workers()
        self._desks = self._make_desks()
        self._arrived: list[IncomingMessage] = []
        self._last_notification = UUID(int=0)
        self._early = 0
        self._was_connected: dict[Node, bool] = {}
        self._dark: frozenset[Camera] = frozenset()
        self._found_by_audit: set[UUID] = set()

    async def run(self, report: Callable[[str], None]) -> DayResult:
        """Run the day and judge it."""
        agenda, profile = self._agenda, self._profile
        for planned in self._world.reports:
            agenda.at(planned.at, self._reporting(planned))
        agenda.every(INGEST_EVERY_S, self._ingest)
        agenda.every(CLOCKS_EVERY_S, self._drive_clocks)
        agenda.every(LOOK_EVERY_S, self._wake_desks)
        agenda.every(HEALTH_EVERY_S, self._watch_fleet)
        rng = generator_for(self._seed, "faults")
        plan_faults(profile, self._nodes.values(), self._centre, agenda=agenda, rng=rng)
        for hour in range(1, int(profile.hours) + 1):
            await agenda.run_until(profile.starts_at + timedelta(hours=hour))
            report(f"hour {hour} of {profile.hours:g}")
        await agenda.run_until(profile.ends_at)
        return await self._judge()

    async def stop(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()
        await self._centre.stop()

    def _reporting(self, report: Report) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            self._nodes[report.camera.node].report(report)

        return act

    def _arrive(self, message: IncomingMessage) -> None:
        self._arrived.append(message)

    async def _ingest(self) -> None:
        """Store what has arrived, and send the receipts to the nodes."""
        if not self._arrived:
            return
        messages, self._arrived = self._arrived, []
        for receipt in await self._centre.ingest(messages):
            self._nodes[receipt.node].receive(receipt)

    async def _drive_clocks(self) -> None:
        """Let the clocks act, check that none acted early, and let phones ring."""
        engine = self._centre.engine
        async with engine.connect() as connection:
            due = await queries.list_due(connection, self._agenda.now)
            if not due:
                return
            last_entry = await queries.get_last_audit_entry(connection)
        await self._centre.drive_clocks()
        async with engine.connect() as connection:
            steps = await queries.list_clock_steps(connection, last_entry)
            rings = await queries.list_new_notifications(connection, self._last_notification)
        self._early += sum(incident not in due for incident in steps)
        for ring in rings:
            self._last_notification = ring.id
            if ring.order is not None and ring.account in self._workers:
                self._workers[ring.account].notify(ring.order)

    async def _wake_desks(self) -> None:
        """Show waiting rows on the consoles of their street."""
        async with self._centre.engine.connect() as connection:
            streets = await queries.list_waiting_streets(connection)
        for desk in self._desks:
            if desk.person.area in streets:
                desk.wake()

    async def _watch_fleet(self) -> None:
        """Let nodes report their health, evaluate the health rules, and run the self-audit."""
        for node in self._nodes.values():
            if self._was_connected.get(node.node) != node.is_connected:
                self._was_connected[node.node] = node.is_connected
                await self._centre.handle_report(node.status_report())
            if node.is_connected:
                await self._centre.handle_report(node.health_report())
        await self._report_outages()
        await self._centre.watch_fleet()
        self._found_by_audit.update(await self._centre.audit())

    async def _report_outages(self) -> None:
        """Report the cameras that have lost their picture, and those that have it again."""
        dark = self._world.truth.dark_cameras(self._agenda.now)
        for camera in sorted(dark ^ self._dark, key=lambda camera: camera.name):
            node = self._nodes[camera.node]
            report = node.camera_report(camera.name, is_online=camera not in dark)
            await self._centre.handle_report(report)
        self._dark = dark

    async def _judge(self) -> DayResult:
        now = self._agenda.now
        async with self._centre.engine.connect() as connection:
            outcome = await queries.read_outcome(
                connection,
                starts_at=self._profile.starts_at,
                now=now,
                stranded_since=now - STRANDED_AFTER,
            )
        sent = Sent(
            revisions=frozenset(
                (report.alert.id, report.alert.rev) for report in self._world.reports
            ),
            unconfirmed=frozenset(
                revision for node in self._nodes.values() for revision in node.waiting_revisions()
            ),
            early=self._early,
            found_by_audit=frozenset(self._found_by_audit),
        )
        truth, profile = self._world.truth, self._profile
        hours, consoles = profile.hours, profile.streets
        return DayResult(
            judge(truth, sent, outcome, hours=hours, consoles=consoles, now=now),
            tell_stories(truth, sent, outcome, now=now),
        )

    def _make_node(self, node: Node) -> SimulatedNode:
        wire = Wire(
            loss_share=self._profile.loss_share, duplicate_share=self._profile.duplicate_share
        )
        return SimulatedNode(
            node,
            node_key(node),
            agenda=self._agenda,
            wire=wire,
            rng=generator_for(self._seed, str(node)),
            deliver=self._arrive,
        )

    def _make_workers(self) -> dict[str, Worker]:
        return {
            person.name: Worker(
                person,
                self._clients[person.name],
                agenda=self._agenda,
                truth=self._world.truth,
                rng=generator_for(self._seed, person.name),
                habits=Habits(),
            )
            for person in self._world.district.people
            if person.role == "worker"
        }

    def _make_desks(self) -> list[Desk]:
        return [
            Desk(
                person,
                self._clients[person.name],
                agenda=self._agenda,
                truth=self._world.truth,
                rng=generator_for(self._seed, person.name),
                habits=DeskHabits(),
            )
            for person in self._world.district.people
            if person.role == "operator"
        ]
