"""Choose the topics of each session: those of all nodes, or, while one is loud, of the others.

A broker delivers messages in the order of arrival, and a node can publish faster than the centre
reads: the others would wait behind it. So the broker is asked to deliver nothing of a loud node.
Its alerts get no receipt, stay in its outbox, and are sent again; it is heard again as soon as its
budget has recovered. Nodes are named for a while after the last one was loud, as the next flood
then leaves no backlog.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from api.broker.client import Message, Session
from api.errors import DatabaseError
from api.fleet.report_parser import TOPIC_FILTERS
from api.quarantine.budget import RefusalBudget
from pipeline.wire import INGEST_FILTER
from pipeline.wire.address import TOPIC_ROOT

SESSION_FILTERS = ((INGEST_FILTER,), (INGEST_FILTER,), TOPIC_FILTERS)
"""The topic filters of each session while no node is loud.

The embedded broker delivers at most 100 unacknowledged messages per session: with a second
session the next batch arrives while the last is stored. Reports have a session of their own,
as a broker may disconnect a client that acknowledges out of order, and reports do not wait for
a commit.
"""
REPORT_SESSION = 2
NAMES_FOR = timedelta(minutes=10)
"""How long nodes are named after the last one was loud."""
NODES_READ_EVERY = timedelta(seconds=10)
CHECK_INTERVAL_S = 1.0
MARKER_TIMEOUT_S = 5.0
MARKER_PREFIX = f"{TOPIC_ROOT}/~/~/~/up/"
"""The topics of markers lie below no node; only filters for all nodes match them."""
ALL_NODES = "+/+/+"

log = structlog.get_logger(__name__)


class Subscriptions:
    """What the sessions subscribe to, as the budget of the nodes asks for.

    Args:
        list_nodes: Returns the enrolled nodes by name; may raise ``DatabaseError``.
    """

    def __init__(
        self,
        budget: RefusalBudget,
        list_nodes: Callable[[], Awaitable[Collection[str]]],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._budget = budget
        self._list_nodes = list_nodes
        self._now = now
        self._enrolled: frozenset[str] = frozenset()
        self._enrolled_read_at: datetime | None = None
        self._names_until: datetime | None = None
        self._named: frozenset[str] | None = None
        self._is_anybody_loud = asyncio.Event()
        self._changed = asyncio.Condition()
        self._markers: dict[bytes, asyncio.Event] = {}

    def filters(self, session: int) -> frozenset[str]:
        """Return what a session has to subscribe to now."""
        return session_filters(session, self._named)

    async def wait_for_change(self, session: int, filters: frozenset[str]) -> None:
        """Wait until a session has to subscribe to something else."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.filters(session) != filters)

    def notice_loud_nodes(self) -> None:
        """Look at the budget soon; called after every batch."""
        if self._budget.is_anybody_loud(now=self._now()):
            self._is_anybody_loud.set()

    async def run(self) -> None:
        """Choose the nodes again whenever one becomes loud, and every second."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_INTERVAL_S):
                    await self._is_anybody_loud.wait()
            self._is_anybody_loud.clear()
            try:
                named = await self._choose_nodes()
            except DatabaseError as error:
                log.warning("subscriptions_not_changed", reason=str(error)[:500])
                continue
            if named != self._named:
                async with self._changed:
                    self._named = named
                    self._changed.notify_all()

    async def _choose_nodes(self) -> frozenset[str] | None:
        """Return the nodes to subscribe to by name; ``None`` for all nodes."""
        now = self._now()
        loud = self._budget.loud_senders(now=now)
        if loud:
            self._names_until = now + NAMES_FOR
        if self._names_until is None or now >= self._names_until:
            return None
        if self._enrolled_read_at is None or now - self._enrolled_read_at >= NODES_READ_EVERY:
            self._enrolled = frozenset(await self._list_nodes())
            self._enrolled_read_at = now
        return self._enrolled - loud

    async def wait_for_backlog(self, session: Session) -> None:
        """Wait until a session has delivered what the broker had for it before.

        A marker travels behind it, if the session is subscribed to all nodes; else the backlog is
        short. What is lost because the broker refuses the marker, or another process takes it from
        the shared subscription, has no receipt and is sent again.
        """
        for_all = sorted(topic for topic in session.filters if ALL_NODES in topic)
        if not for_all:
            return
        topic = _marker_topic(for_all[0])
        name = uuid4().bytes
        self._markers[name] = asyncio.Event()
        try:
            if session.publish(topic, name, {}):
                async with asyncio.timeout(MARKER_TIMEOUT_S):
                    await self._markers[name].wait()
        except TimeoutError:
            log.warning("marker_lost", topic=topic)
        finally:
            del self._markers[name]

    def take_marker(self, message: Message) -> bool:
        """Return whether a message is a marker, and not one of a node."""
        if not message.topic.startswith(MARKER_PREFIX):
            return False
        if marker := self._markers.get(message.payload):
            marker.set()
        return True


def session_filters(session: int, nodes: Collection[str] | None) -> frozenset[str]:
    """Return the topic filters of a session.

    Args:
        nodes: Only these nodes, by name; ``None`` for all. Alerts of named nodes come through the
            first session: they are acknowledged at once then, so a second one is of no use.
    """
    filters = SESSION_FILTERS[session]
    if nodes is None:
        return frozenset(filters)
    if filters in SESSION_FILTERS[:session]:
        return frozenset()
    return frozenset(_name_node(topic, node) for topic in filters for node in nodes)


def _name_node(topic: str, node: str) -> str:
    """Replace "all nodes" by one; each has a group of its own, as brokers mix up those of one."""
    named = topic.replace(ALL_NODES, node)
    if named.startswith("$share/"):
        share, group, rest = named.split("/", 2)
        return f"{share}/{group}.{node.replace('/', '.')}/{rest}"
    return named


def _marker_topic(topic_filter: str) -> str:
    """Return a topic that a filter for all nodes matches."""
    below = topic_filter.partition(f"{ALL_NODES}/up/")[2]
    return MARKER_PREFIX + below.replace("+", "~").replace("#", "~")
