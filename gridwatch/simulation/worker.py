"""A simulated worker: answers the phone, goes there, reports; or does not answer, or forgets."""

from dataclasses import dataclass
from random import Random
from uuid import UUID

from gridwatch.simulation.agenda import Agenda
from gridwatch.simulation.phone import Client, Item
from gridwatch.simulation.world.model import Person
from gridwatch.simulation.world.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How workers behave; shares are per notification or order.

    Args:
        ignore_share: A notification stays unanswered.
        return_share: An order is returned with a reason.
        forget_share: An accepted order is forgotten.
        answer_s, travel_s, handling_s: From and to; ``handling_s`` counts from when it is over.
    """

    ignore_share: float = 0.08
    return_share: float = 0.03
    forget_share: float = 0.02
    answer_s: tuple[float, float] = (8, 75)
    travel_s: tuple[float, float] = (120, 600)
    handling_s: tuple[float, float] = (60, 600)


class Worker:
    """Handles one order after the other; knows only what the phone shows.

    Args:
        truth: What the worker finds on site.
    """

    def __init__(
        self,
        person: Person,
        client: Client,
        *,
        agenda: Agenda,
        truth: Truth,
        rng: Random,
        habits: Habits,
    ) -> None:
        self.person = person
        self._client = client
        self._agenda = agenda
        self._truth = truth
        self._rng = rng
        self._habits = habits
        self._busy_with: UUID | None = None

    def notify(self, order: UUID) -> None:
        """Let the phone ring."""
        if self._rng.random() < self._habits.ignore_share:
            return

        async def answer() -> None:
            """Look at the phone; a busy worker goes on, and looks when free again."""
            if self._busy_with is None:
                await self._look(order)

        self._agenda.after(self._rng.uniform(*self._habits.answer_s), answer)

    def _after(self, seconds: tuple[float, float], order: UUID) -> None:
        async def look() -> None:
            await self._look(order)

        self._agenda.after(self._rng.uniform(*seconds), look)

    async def _look(self, order: UUID) -> None:
        """Open an order and do what is next, unless another one has come first."""
        if self._busy_with not in {None, order}:
            return
        item = await self._client.order(order)
        actions = item["actions"] if item else []
        if item and "report" in actions:
            await self._report(item)
        elif item and "start" in actions:
            await self._start(item)
        elif item and "accept" in actions and self.person.is_on_shift(self._agenda.now):
            await self._accept(item)
        else:
            await self._next_order()

    async def _accept(self, item: Item) -> None:
        """Accept an order, or return it at once."""
        if self._rng.random() < self._habits.return_share:
            await self._client.act_on_order(item, "return", reason="occupied elsewhere")
            return
        if not await self._client.act_on_order(item, "accept"):
            return
        if self._rng.random() >= self._habits.forget_share:
            self._busy_with = UUID(item["id"])
            self._after(self._habits.travel_s, self._busy_with)

    async def _start(self, item: Item) -> None:
        """Arrive, and work for a while, at least until it is over."""
        if not await self._client.act_on_order(item, "start"):
            await self._next_order()
            return
        self._busy_with = UUID(item["id"])
        ends_at = self._truth.ends_at(item["incident"], now=self._agenda.now)
        still_s = (ends_at - self._agenda.now).total_seconds()
        shortest_s, longest_s = self._habits.handling_s
        self._after((shortest_s + still_s, longest_s + still_s), self._busy_with)

    async def _report(self, item: Item) -> None:
        """Report what was found, with a photo."""
        photo = await self._client.upload_photo(item["id"])
        found = self._truth.is_true_incident(item["incident"])
        await self._client.act_on_order(item, "report", photos=[photo], found=found)
        await self._next_order()

    async def _next_order(self) -> None:
        """Look for an order that came in the meantime; an order to be continued goes first."""
        self._busy_with = None
        own = await self._client.my_orders()
        if own:
            order = min(own, key=lambda item: ("accept" in item["actions"], item["dispatched_at"]))
            self._after(self._habits.answer_s, UUID(order["id"]))
