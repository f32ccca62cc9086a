"""Fresh alerts find their incidents, within the transaction that stores them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import IncidentAlreadyOpenError
from api.fleet.store import record_drills
from api.incidents.correlation import (
    COOL_DOWN,
    MAX_CLOCK_SKEW,
    NO_SKEW,
    CameraPlace,
    Incident,
    Outcome,
    correlate,
    incident_key,
    is_stale_alert,
    open_incident,
    update_incident,
)
from api.incidents.store import (
    AssignedAlert,
    NewIncident,
    StoredAlert,
    get_camera_places,
    get_clock_skews,
    get_stored_alerts,
    insert_incidents,
    lock_open_incidents,
    update_incidents,
    upsert_alerts,
    write_history,
)
from api.ingest.validation import ValidAlert
from pipeline.alert import Change

UNKNOWN_PLACE = CameraPlace()


@dataclass(slots=True)
class BatchAssignment:
    """Where each alert of a batch goes, as it is worked out.

    Args:
        ahead: By box, how far its clock is ahead of ours; one that is right is left out.
    """

    now: datetime
    known: Mapping[UUID, StoredAlert]
    incidents: dict[str, Incident]
    ahead: Mapping[str, timedelta]
    openings: list[NewIncident] = field(default_factory=list)
    touched: dict[str, Incident] = field(default_factory=dict)
    moves: list[tuple[ValidAlert, Incident | UUID, Outcome]] = field(default_factory=list)

    def put(self, one: ValidAlert, place: CameraPlace) -> None:
        """Let ``one`` open an incident, join one, or follow the one it had."""
        key, known = incident_key(one.message.data, str(one.node), place), self._known(one)
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
            incident = open_incident(key, one.message, now=self.now, clock_skew=ahead)
            self.incidents[key] = incident
            self.openings.append(
                NewIncident(
                    incident=incident, lead=one.message.data, node=str(one.node), place=place
                )
            )
        else:
            update_incident(
                incident, one.message, now=self.now, is_new=not is_home, clock_skew=ahead
            )
        self.touched[key] = incident
        self.moves.append((one, incident, outcome))

    def placed(self) -> list[AssignedAlert]:
        """All alerts with the ids of their incidents, once these are written."""
        return [
            AssignedAlert(
                data=one.message.data,
                content=one.content,
                node=str(one.node),
                incident=where if isinstance(where, UUID) else _written(where),
                outcome=outcome,
                is_stale=is_stale_alert(one.message.data, now=self.now + self._ahead(one)),
            )
            for one, where, outcome in self.moves
        ]

    def _ahead(self, one: ValidAlert) -> timedelta:
        return self.ahead.get(str(one.node), NO_SKEW)

    def _known(self, one: ValidAlert) -> StoredAlert | None:
        return self.known.get(one.message.data.alert_id)


async def assign_alerts(
    connection: AsyncConnection, new_alerts: Iterable[ValidAlert], *, now: datetime
) -> Sequence[AssignedAlert]:
    """Store alerts and what they do to incidents.

    An exercise proves the way of its camera, and does nothing else: no incident, no figure.

    Args:
        new_alerts: Revisions that were not in the inbox.

    Returns:
        The newest revision of each alert that changed something.

    Raises:
        KeyTakenError: Somebody else opened an incident of the same key; try again.
    """
    newest = _newest(await _without_exercises(connection, new_alerts, now=now))
    known = await get_stored_alerts(connection, list(newest))
    news = [one for id_, one in newest.items() if id_ not in known or known[id_].rev < _rev(one)]
    if not news:
        return ()
    ahead = await get_clock_skews(
        connection, {str(one.node) for one in news}, beyond=MAX_CLOCK_SKEW
    )
    where = await get_camera_places(
        connection, [(str(a.node), a.message.data.camera) for a in news]
    )
    spots = [(a, where.get((str(a.node), a.message.data.camera), UNKNOWN_PLACE)) for a in news]
    keys = [incident_key(a.message.data, str(a.node), place) for a, place in spots]
    board = BatchAssignment(now, known, await lock_open_incidents(connection, keys), ahead)
    for one, place in sorted(spots, key=lambda spot: _when(spot[0])):
        board.put(one, place)
    return await _write(connection, board)


async def _without_exercises(
    connection: AsyncConnection, fresh: Iterable[ValidAlert], *, now: datetime
) -> list[ValidAlert]:
    """Note the exercises, and give back the alerts that mean something."""
    real: list[ValidAlert] = []
    proven: set[tuple[str, str]] = set()
    for one in fresh:
        if one.message.data.drill:
            proven.add((str(one.node), one.message.data.camera))
        else:
            real.append(one)
    if proven:
        await record_drills(connection, proven, now=now)
    return real


async def _write(connection: AsyncConnection, board: BatchAssignment) -> list[AssignedAlert]:
    if board.openings:
        ids = await insert_incidents(connection, board.openings, now=board.now, cool_down=COOL_DOWN)
        for opening in board.openings:
            opening.incident.id = ids.get(opening.incident.key)
    placed = board.placed()
    await upsert_alerts(connection, placed, now=board.now)
    opened = {opening.incident.key for opening in board.openings}
    changed = [incident for key, incident in board.touched.items() if key not in opened]
    if changed:
        await update_incidents(connection, changed)
    await write_history(connection, board.touched.values(), now=board.now)
    return placed


def _newest(fresh: Iterable[ValidAlert]) -> dict[UUID, ValidAlert]:
    """Keep the highest revision of each alert: it tells all that the others do."""
    return {one.message.data.alert_id: one for one in sorted(fresh, key=_rev)}


def _rev(one: ValidAlert) -> int:
    return one.message.data.rev


def _when(one: ValidAlert) -> tuple[datetime, UUID]:
    return one.message.data.observed_at, one.message.data.alert_id


def _written(incident: Incident) -> UUID:
    if incident.id is None:
        raise IncidentAlreadyOpenError(incident.key)
    return incident.id
