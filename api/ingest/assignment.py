"""Fresh alerts find their incidents, within the transaction that stores them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import KeyTakenError
from api.fleet.store import prove
from api.incidents.correlation import (
    COOL_DOWN,
    RIGHT,
    SKEW_BORNE,
    Incident,
    Outcome,
    Place,
    correlate,
    extend,
    is_late,
    key_of,
    open_incident,
)
from api.incidents.store import (
    Known,
    Opening,
    Placed,
    claim,
    clocks_off,
    known_alerts,
    open_incidents,
    places,
    put_alerts,
    update_incidents,
    write_history,
)
from api.ingest.validation import Admitted
from pipeline.alert import Change

NOWHERE = Place()


@dataclass(slots=True)
class _Board:
    """Where each alert of a batch goes, as it is worked out.

    Args:
        ahead: By box, how far its clock is ahead of ours; one that is right is left out.
    """

    now: datetime
    known: Mapping[UUID, Known]
    incidents: dict[str, Incident]
    ahead: Mapping[str, timedelta]
    openings: list[Opening] = field(default_factory=list)
    touched: dict[str, Incident] = field(default_factory=dict)
    moves: list[tuple[Admitted, Incident | UUID, Outcome]] = field(default_factory=list)

    def put(self, one: Admitted, place: Place) -> None:
        """Let ``one`` open an incident, join one, or follow the one it had."""
        key, known = key_of(one.message.data, str(one.node), place), self._known(one)
        incident = self.incidents.get(key)
        is_home = known is not None and incident is not None and known.incident == incident.id
        if known is not None and not is_home and one.message.data.level <= known.level:
            ends = one.message.change is Change.CLOSED
            self.moves.append((one, known.incident, Outcome.ENDS if ends else Outcome.JOINS))
            return
        ahead = self._ahead(one)
        level = incident.level if incident else None
        outcome = correlate(one.message, level, now=self.now + ahead)
        if incident is None:
            incident = open_incident(key, one.message, now=self.now, ahead=ahead)
            self.incidents[key] = incident
            self.openings.append(
                Opening(incident=incident, lead=one.message.data, node=str(one.node), place=place)
            )
        else:
            extend(incident, one.message, now=self.now, is_new=not is_home, ahead=ahead)
        self.touched[key] = incident
        self.moves.append((one, incident, outcome))

    def placed(self) -> list[Placed]:
        """All alerts with the ids of their incidents, once these are written."""
        return [
            Placed(
                data=one.message.data,
                json=one.content,
                node=str(one.node),
                incident=where if isinstance(where, UUID) else _written(where),
                outcome=outcome,
                late=is_late(one.message.data, now=self.now + self._ahead(one)),
            )
            for one, where, outcome in self.moves
        ]

    def _ahead(self, one: Admitted) -> timedelta:
        return self.ahead.get(str(one.node), RIGHT)

    def _known(self, one: Admitted) -> Known | None:
        return self.known.get(one.message.data.alert_id)


async def settle(
    connection: AsyncConnection, fresh: Iterable[Admitted], *, now: datetime
) -> Sequence[Placed]:
    """Store alerts and what they do to incidents.

    An exercise proves the way of its camera, and does nothing else: no incident, no figure.

    Args:
        fresh: Revisions that were not in the inbox.

    Returns:
        The newest revision of each alert that changed something.

    Raises:
        KeyTakenError: Somebody else opened an incident of the same key; try again.
    """
    newest = _newest(await _without_exercises(connection, fresh, now=now))
    known = await known_alerts(connection, list(newest))
    news = [one for id_, one in newest.items() if id_ not in known or known[id_].rev < _rev(one)]
    if not news:
        return ()
    ahead = await clocks_off(connection, {str(one.node) for one in news}, by=SKEW_BORNE)
    where = await places(connection, [(str(a.node), a.message.data.camera) for a in news])
    spots = [(a, where.get((str(a.node), a.message.data.camera), NOWHERE)) for a in news]
    keys = [key_of(a.message.data, str(a.node), place) for a, place in spots]
    board = _Board(now, known, await claim(connection, keys), ahead)
    for one, place in sorted(spots, key=lambda spot: _when(spot[0])):
        board.put(one, place)
    return await _write(connection, board)


async def _without_exercises(
    connection: AsyncConnection, fresh: Iterable[Admitted], *, now: datetime
) -> list[Admitted]:
    """Note the exercises, and give back the alerts that mean something."""
    real: list[Admitted] = []
    proven: set[tuple[str, str]] = set()
    for one in fresh:
        if one.message.data.exercise:
            proven.add((str(one.node), one.message.data.camera))
        else:
            real.append(one)
    if proven:
        await prove(connection, proven, now=now)
    return real


async def _write(connection: AsyncConnection, board: _Board) -> list[Placed]:
    if board.openings:
        ids = await open_incidents(connection, board.openings, now=board.now, cool_down=COOL_DOWN)
        for opening in board.openings:
            opening.incident.id = ids.get(opening.incident.key)
    placed = board.placed()
    await put_alerts(connection, placed, now=board.now)
    opened = {opening.incident.key for opening in board.openings}
    changed = [incident for key, incident in board.touched.items() if key not in opened]
    if changed:
        await update_incidents(connection, changed)
    await write_history(connection, board.touched.values(), now=board.now)
    return placed


def _newest(fresh: Iterable[Admitted]) -> dict[UUID, Admitted]:
    """Keep the highest revision of each alert: it tells all that the others do."""
    return {one.message.data.alert_id: one for one in sorted(fresh, key=_rev)}


def _rev(one: Admitted) -> int:
    return one.message.data.rev


def _when(one: Admitted) -> tuple[datetime, UUID]:
    return one.message.data.observed_at, one.message.data.alert_id


def _written(incident: Incident) -> UUID:
    if incident.id is None:
        raise KeyTakenError(incident.key)
    return incident.id
