"""A simulated console: an operator reviews what waits, and verifies the work of others."""

from dataclasses import dataclass
from functools import partial
from random import Random

from gridwatch.simulation.agenda import Agenda
from gridwatch.simulation.phone import Client, Item
from gridwatch.simulation.world.model import Person
from gridwatch.simulation.world.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHabits:
    """How operators behave.

    Args:
        notice_s: From a row's appearance to a look at the queue.
        review_s, verify_s: From and to.
        error_share: Share of reviews that are wrong.
        rework_share: Share of verifications that ask for more work.
        away_share: Share of looks at which the operator is away for ``away_s``.
    """

    notice_s: tuple[float, float] = (3, 20)
    review_s: tuple[float, float] = (10, 45)
    verify_s: tuple[float, float] = (20, 90)
    error_share: float = 0.03
    rework_share: float = 0.03
    away_share: float = 0.01
    away_s: float = 900


class Desk:
    """Works through the queue of one area, one row at a time, the most serious first."""

    def __init__(
        self,
        person: Person,
        client: Client,
        *,
        agenda: Agenda,
        truth: Truth,
        rng: Random,
        habits: DeskHabits,
    ) -> None:
        self.person = person
        self._client = client
        self._agenda = agenda
        self._truth = truth
        self._rng = rng
        self._habits = habits
        self._is_working = False

    def wake(self) -> None:
        """Show that something waits; a desk off shift or at work does not look up."""
        if self._is_working or not self.person.is_on_shift(self._agenda.now):
            return
        self._is_working = True
        is_away = self._rng.random() < self._habits.away_share
        pause = self._habits.away_s if is_away else self._rng.uniform(*self._habits.notice_s)
        self._agenda.after(pause, self._look)

    async def _look(self) -> None:
        """Take a row from the queue, reviews first."""
        for task, decide, seconds in (
            ("review", self._review, self._habits.review_s),
            ("verification", self._verify, self._habits.verify_s),
        ):
            row = await self._client.most_urgent(task)
            if row is not None:
                self._agenda.after(self._rng.uniform(*seconds), partial(decide, row))
                return
        self._is_working = False

    async def _review(self, row: Item) -> None:
        is_true = self._truth.is_true_incident(row)
        if self._rng.random() < self._habits.error_share:
            is_true = not is_true
        if is_true:
            await self._client.review(row, "confirm")
        else:
            await self._client.review(row, "reject", reason="nothing to see in the picture")
        await self._look()

    async def _verify(self, row: Item) -> None:
        order = await self._client.order(row["order"]["id"])
        if order is not None:
            passes = self._rng.random() >= self._habits.rework_share
            reason = "" if passes else "the photo does not show the place"
            await self._client.act_on_order(
                order, "verify", passed=passes, reason=reason, confirm_still_firing=passes
            )
        await self._look()
