"""Read the surroundings of alerts that may open incidents: neighbours, verdicts, storms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.scenario_traits import traits_of
from api.accuracy.verdicts.model import STORM_KEY, AlertConfiguration
from api.accuracy.verdicts.reviewed_store import IN_FORCE
from api.database.bulk import as_json
from api.incidents.correlation.camera_merge import MAX_GAP, Overlaps, SeenMatter, radius_m
from api.incidents.correlation.context import HistoryKey, Neighbour
from api.incidents.correlation.false_alarms import COOL_DOWN, SICK_VERDICTS, VerdictHistory
from api.incidents.correlation.store import OPEN_INCIDENT_COLUMNS, to_open_incident
from api.incidents.correlation.storm_brake import COMMON_CAUSE_FAMILIES, WINDOW, Parent, Row
from api.incidents.model import Incident
from pipeline.geometry.shapes import Box
from pipeline.signal import Level

METRES_PER_DEGREE = 111_195
_CLOCK_SKEWS = text("""
    SELECT name, skew_s FROM node
    WHERE name = ANY (CAST(:nodes AS text[])) AND abs(skew_s) > :beyond_s
""")

# A square around each point; `camera_merge` measures the distance.
_NEIGHBOURS = text(f"""
    SELECT {OPEN_INCIDENT_COLUMNS}, r.node, r.camera, r.zone, r.lon, r.lat,
        l.data -> 'boxes' AS boxes
    FROM incident r LEFT JOIN alert l ON l.alert_id = r.lead_alert
    WHERE r.state NOT IN ('merged', 'rejected') AND r.takes_alerts AND r.class = 'safety'
      AND r.family = ANY (CAST(:families AS text[])) AND r.last_at >= :since
      AND NOT starts_with(r.key, '{STORM_KEY}')
      AND EXISTS (
        SELECT FROM json_to_recordset(CAST(:views AS json)) AS v (
            node text, camera text, family text, lon float8, lat float8, degrees float8)
        WHERE v.family = r.family
          AND ((r.node = v.node AND r.camera = v.camera)
            OR (r.lat BETWEEN v.lat - v.degrees AND v.lat + v.degrees
                AND r.lon BETWEEN v.lon - 2 * v.degrees AND v.lon + 2 * v.degrees)
            OR EXISTS (SELECT FROM camera_overlap o WHERE
                (o.node, o.camera, o.other_node, o.other_camera)
                    = (v.node, v.camera, r.node, r.camera)
                OR (o.node, o.camera, o.other_node, o.other_camera)
                    = (r.node, r.camera, v.node, v.camera))))
    ORDER BY r.id FOR UPDATE OF r
""")
_MATTERS = text("""
    SELECT r.id, r.family, r.scenario, r.node, r.camera, r.zone, r.lon, r.lat, r.first_at,
        r.last_at, l.data -> 'boxes' AS boxes
    FROM incident r LEFT JOIN alert l ON l.alert_id = r.lead_alert
    WHERE r.id = ANY (CAST(:ids AS uuid[])) ORDER BY r.first_at, r.id
""")
_OVERLAPS = text("""
    SELECT o.* FROM camera_overlap o
    JOIN unnest(CAST(:nodes AS text[]), CAST(:cameras AS text[])) AS v (node, camera)
      ON (v.node, v.camera) IN ((o.node, o.camera), (o.other_node, o.other_camera))
""")
# The verdict in force counts. A rejection of a root is one of the keys of its children too.
_HISTORIES = text(f"""
    SELECT v.node, v.camera, v.family, v.key, j.were_false, x.closed_at, x.level
    FROM json_to_recordset(CAST(:views AS json)) AS v (
        node text, camera text, family text, key text)
    LEFT JOIN LATERAL (
        SELECT array_agg(is_false ORDER BY created_at DESC) AS were_false FROM (
            SELECT i.created_at, w.value = 'false' AS is_false
            FROM incident i, LATERAL ({IN_FORCE}) AS w
            WHERE (i.node, i.camera, i.family) = (v.node, v.camera, v.family)
            ORDER BY i.created_at DESC LIMIT :n) AS judged) AS j ON true
    LEFT JOIN LATERAL (
        SELECT r.closed_at, r.level FROM incident m JOIN incident r ON r.id = coalesce(m.root, m.id)
        WHERE m.key = v.key AND r.state = 'rejected' AND r.closed_at > :since
        ORDER BY r.closed_at DESC LIMIT 1) AS x ON true
    WHERE j.were_false IS NOT NULL OR x.closed_at IS NOT NULL
""")
_AREAS = text("""
    SELECT p.lon, p.lat, (
        SELECT code FROM area_part
        WHERE box(boundary) @> box(point(p.lon, p.lat), point(p.lon, p.lat))
          AND boundary @> point(p.lon, p.lat)
        ORDER BY length(code) DESC, code LIMIT 1) AS code
    FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[])) AS p (lon, lat)
""")
_COMMON_CAUSE = ", ".join(f"'{family}'" for family in sorted(COMMON_CAUSE_FAMILIES))
_STORM_ROWS = text(f"""
    SELECT family, scenario, area_code, created_at, level, is_open, starts_with(key, :storm)
        AS is_parent, decision IN ('review', 'late') AS needs_desk
    FROM incident
    WHERE created_at > :since AND root IS NULL AND area_code IS NOT NULL
      AND (decision IN ('review', 'late') OR family IN ({_COMMON_CAUSE}))
      AND left(area_code, 6) = ANY (CAST(:districts AS text[]))
    ORDER BY created_at, id
""")
_DESK_AREAS = text("""
    SELECT DISTINCT area_code FROM account
    WHERE active AND role = 'operator' AND left(area_code, 6) = ANY (CAST(:districts AS text[]))
""")
_STORM_PARENTS = text(f"""
    SELECT {OPEN_INCIDENT_COLUMNS} FROM incident r
    WHERE r.is_open AND r.takes_alerts AND starts_with(r.key, :storm)
      AND left(r.area_code, 6) = ANY (CAST(:districts AS text[]))
    ORDER BY r.id FOR UPDATE
""")
_UNATTENDED = text("""
    SELECT id FROM incident
    WHERE family = :kind AND root IS NULL AND state IN ('new', 'stored', 'filed', 'dispatched')
      AND takes_alerts AND class = 'safety' AND created_at > :since
      AND starts_with(area_code, :area) AND NOT starts_with(key, :storm)
    ORDER BY id
""")
_LOCK_UNSUPPRESSED = text(f"""
    SELECT {OPEN_INCIDENT_COLUMNS}, r.node, r.camera, r.zone, r.area_code,
        l.data -> 'boxes' AS boxes
    FROM incident r JOIN suppression s ON s.id = r.suppression
    LEFT JOIN alert l ON l.alert_id = r.lead_alert
    WHERE r.is_open AND r.state = 'stored' AND r.decision = 'suppressed' AND NOT r.is_over
      AND s.ends_at <= :now AND r.last_at > :since
    ORDER BY r.id LIMIT 100 FOR UPDATE OF r SKIP LOCKED
""")
_SUGGEST = text("""
    INSERT INTO merge_suggestion (incident, other, reason, created_at)
    SELECT incident, other, reason, :now
    FROM json_to_recordset(CAST(:rows AS json)) AS t (incident uuid, other uuid, reason jsonb)
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where an alert that may open an incident was seen."""

    node: str
    camera: str
    family: str
    key: str
    lon: float | None
    lat: float | None

    @property
    def degrees(self) -> float:
        """The radius of the family in degrees of latitude; a bit more, to be on the safe side."""
        return radius_m(self.family) / METRES_PER_DEGREE * 1.01


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedIncident:
    """An incident that calls nobody, with what decides whether another suppression covers it."""

    incident: Incident
    view: View
    zone: str
    area_code: str | None
    boxes: tuple[Box, ...]

    @property
    def configuration(self) -> AlertConfiguration:
        """The camera with the scenario, revision and model that made the lead alert."""
        view, incident = self.view, self.incident
        return AlertConfiguration(
            view.node,
            view.camera,
            incident.scenario,
            incident.scenario_rev or 1,
            incident.model or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Two incidents that may be one matter."""

    incident: UUID
    other: UUID
    reason: dict[str, object]


async def get_clock_skews(
    connection: AsyncConnection, nodes: Iterable[str], *, beyond: timedelta
) -> dict[str, timedelta]:
    """Return how far ahead each node clock is, for the clocks off by more than ``beyond``."""
    params = {"nodes": sorted(nodes), "beyond_s": beyond.total_seconds()}
    rows = await connection.execute(_CLOCK_SKEWS, params)
    return {row.name: timedelta(seconds=row.skew_s) for row in rows}


async def lock_neighbours(
    connection: AsyncConnection, views: Sequence[View], *, since: datetime
) -> tuple[Neighbour, ...]:
    """Lock the incidents that may be what the views show, in the order of their ids.

    Those that were closed a moment ago are among them: another view of them is a recurrence.

    Args:
        since: When the earliest alert was opened.
    """
    params = {
        "families": sorted({view.family for view in views}),
        "since": since - MAX_GAP,
        "views": as_json([_view_row(view) for view in views]),
    }
    rows = await connection.execute(_NEIGHBOURS, params)
    return tuple(_neighbour(row) for row in rows.mappings())


async def list_matters(connection: AsyncConnection, incidents: Sequence[UUID]) -> list[SeenMatter]:
    """Return what incidents show, the one that began first first."""
    rows = await connection.execute(_MATTERS, {"ids": list(incidents)})
    return [_matter(row) for row in rows.mappings()]


async def get_overlaps(connection: AsyncConnection, cameras: Iterable[tuple[str, str]]) -> Overlaps:
    """Return the declared overlaps of cameras, each given as node and camera."""
    cameras = sorted(set(cameras))
    params = {"nodes": [node for node, _ in cameras], "cameras": [name for _, name in cameras]}
    return frozenset(
        frozenset({(row.node, row.camera), (row.other_node, row.other_camera)})
        for row in await connection.execute(_OVERLAPS, params)
    )


async def get_histories(
    connection: AsyncConnection, views: Sequence[View], *, now: datetime
) -> dict[HistoryKey, VerdictHistory]:
    """Return what people have said of the earlier incidents of each view, if anything."""
    keys = {(view.node, view.camera, view.family, view.key) for view in views}
    names = ("node", "camera", "family", "key")
    views_json = as_json([dict(zip(names, key, strict=True)) for key in sorted(keys)])
    params = {"views": views_json, "n": SICK_VERDICTS, "since": now - COOL_DOWN}
    return {
        (row.node, row.camera, row.family, row.key): VerdictHistory(
            were_false=tuple(row.were_false or ()),
            rejected_at=row.closed_at,
            rejected_level=Level(row.level) if row.level else None,
        )
        for row in await connection.execute(_HISTORIES, params)
    }


async def find_areas(
    connection: AsyncConnection, points: Iterable[tuple[float, float]]
) -> dict[tuple[float, float], str]:
    """Return the area of each point; points outside all areas are left out."""
    ordered = sorted(set(points))
    params = {"lons": [lon for lon, _ in ordered], "lats": [lat for _, lat in ordered]}
    rows = await connection.execute(_AREAS, params)
    return {(row.lon, row.lat): row.code for row in rows if row.code is not None}


async def list_storm_rows(
    connection: AsyncConnection, districts: Sequence[str], *, now: datetime
) -> tuple[Row, ...]:
    """List what the desks of districts were shown lately, as far as the storm brake counts it."""
    params = {
        "storm": STORM_KEY,
        "since": now - WINDOW,
        "districts": list(districts),
    }
    rows = await connection.execute(_STORM_ROWS, params)
    return tuple(_storm_row(row) for row in rows.mappings())


async def list_desk_areas(connection: AsyncConnection, districts: Sequence[str]) -> frozenset[str]:
    """List the areas of districts that have an operator of their own."""
    rows = await connection.execute(_DESK_AREAS, {"districts": list(districts)})
    return frozenset(rows.scalars())


async def lock_storm_parents(
    connection: AsyncConnection, districts: Sequence[str]
) -> dict[str, Incident]:
    """Lock the open parents of districts; return them by key."""
    params = {"storm": STORM_KEY, "districts": list(districts)}
    rows = await connection.execute(_STORM_PARENTS, params)
    return {row["key"]: to_open_incident(row) for row in rows.mappings()}


async def list_unattended(
    connection: AsyncConnection, storm: Parent, *, now: datetime
) -> list[UUID]:
    """List the incidents that came before the parent of a storm and that nobody has taken up."""
    params = {
        "kind": storm.kind,
        "area": storm.area_code,
        "since": now - WINDOW,
        "storm": STORM_KEY,
    }
    return list((await connection.execute(_UNATTENDED, params)).scalars())


async def lock_unsuppressed(
    connection: AsyncConnection, *, now: datetime, since: datetime
) -> list[SuppressedIncident]:
    """Lock incidents that still go on although the suppression that withheld them has ended.

    Args:
        since: One that was heard of last before does not go on.
    """
    rows = await connection.execute(_LOCK_UNSUPPRESSED, {"now": now, "since": since})
    return [
        SuppressedIncident(
            incident=to_open_incident(row),
            view=View(
                **{name: row[name] for name in ("node", "camera", "family", "key")},
                lon=None,
                lat=None,
            ),
            zone=row["zone"],
            area_code=row["area_code"],
            boxes=msgspec.convert(row["boxes"] or [], tuple[Box, ...]),
        )
        for row in rows.mappings()
    ]


async def insert_suggestions(
    connection: AsyncConnection, suggestions: Sequence[Suggestion], *, now: datetime
) -> None:
    """Store which incidents may be one matter, for a person to decide."""
    await connection.execute(_SUGGEST, {"rows": as_json(suggestions), "now": now})


def _view_row(view: View) -> dict[str, object]:
    return {
        "node": view.node,
        "camera": view.camera,
        "family": view.family,
        "lon": view.lon,
        "lat": view.lat,
        "degrees": view.degrees,
    }


def _neighbour(row: RowMapping) -> Neighbour:
    return Neighbour(incident=to_open_incident(row), matter=_matter(row))


def _matter(row: RowMapping) -> SeenMatter:
    names = ("id", "family", "scenario", "node", "camera", "zone", "lon", "lat")
    return SeenMatter(
        **{name: row[name] for name in names},
        first_at=row["first_at"],
        last_at=row["last_at"],
        boxes=msgspec.convert(row["boxes"] or [], tuple[Box, ...]),
    )


def _storm_row(row: RowMapping) -> Row:
    is_critical = Level(row["level"]) is Level.CRITICAL
    return Row(
        kind=row["family"],
        area_code=row["area_code"],
        opened_at=row["created_at"],
        needs_desk=row["needs_desk"],
        is_parent=row["is_parent"],
        is_open=row["is_open"],
        is_exempt=is_critical or traits_of(row["scenario"]).life_and_limb,
    )
