"""Decide whether an alert joins the open incident of its key or begins another. Pure.

The rule neither swallows nor floods: a live alert that is worth a call is followed by one, or a
person holds the matter; and a key has at most one incident that waits for somebody.

An incident *holds* its key: new alerts of the key join it. All times are event times.

1. No incident holds the key: a new one opens. If an earlier one of the key was heard of within
   ``RECURRENCE_WITHIN``, it is its recurrence.
2. A late alert, and one whose score deserves nobody's attention, joins whatever holds the key,
   except an old stored incident. It calls nobody, so it opens nothing that waits.
3. A near alert joins: it was observed within the window of its family after the last alert, or an
   episode of the incident still goes on. The incident is decided anew from it, so that a stored or
   late one is called.
4. An alert after the window joins for ``HELD_FOR``
   * an incident that waits for somebody (new, filed, dispatched), which repeats its call at once;
   * an incident that a person holds (accepted, handling).
5. A suspended incident takes every alert until its end; a person has decided so. A higher level is
   news, and recurs.
6. Work that is reported as done (feedback, verifying) takes no new alert: it recurs.
7. Everything else recurs: a new incident takes the key and is called. One that waited for longer
   than ``HELD_FOR`` is merged into it; one with an order keeps its order.

A later revision of an alert stays with its incident. If that is closed although the camera still
reports, it recurs ``REPORTS_AFTER_CLOSING`` after the closing; the end of the episode does not. If
a person has rejected it, the episode stays rejected until its level rises.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from api.accuracy.scenario_traits import traits_of
from api.accuracy.score import Decision
from api.incidents.lifecycle import IncidentState
from api.incidents.model import CameraPlace
from pipeline.signal import Level
from pipeline.wire import AlertData
from scenarios.definition.taxonomy import Family

DEFAULT_WINDOW = timedelta(minutes=10)
LONG_WINDOW = timedelta(minutes=20)
WINDOWS: MappingProxyType[str, timedelta] = MappingProxyType(
    dict.fromkeys(
        (  # vehicles and things stay where they are while the view is blocked
            Family.PARKING,
            Family.BICYCLES,
            Family.OBJECTS,
            Family.FIXTURES,
            Family.VENDING,
            Family.TRAFFIC,
        ),
        LONG_WINDOW,
    )
)
"""How long after the last alert of an incident another one is the same matter, by family."""

EPISODE_SILENCE = timedelta(hours=1)
"""An episode that has not been reported for this long does not go on any more: its node is cut
off, or its end was lost. Nodes report every minute, the slowest scenario every ten."""

HELD_FOR = timedelta(hours=2)
"""How long after the last alert an unfinished incident still takes alerts."""

REPORTS_AFTER_CLOSING = timedelta(minutes=10)
"""A closed matter that the camera still reports after this time has come back."""

WAITING = frozenset({IncidentState.NEW, IncidentState.FILED, IncidentState.DISPATCHED})
"""Nobody has taken it yet; its clock calls somebody."""

HELD = frozenset({IncidentState.ACCEPTED, IncidentState.HANDLING})
"""A person has taken it."""

DONE = frozenset({IncidentState.FEEDBACK, IncidentState.VERIFYING})
"""A person has reported it as done."""


class Joining(StrEnum):
    """What an alert does with the incident that holds its key."""

    OPENS = "opens"
    """Nothing holds the key: a new incident opens."""
    JOINS = "joins"
    """It joins, and the incident is decided anew."""
    REPEATS_CALL = "repeats_call"
    """It joins, and the incident repeats its call at once."""
    RECURS = "recurs"
    """A new incident opens and takes the key; the other one keeps its work."""
    REPLACES = "replaces"
    """A new incident opens and takes the key; the other one is merged into it."""

    @property
    def opens(self) -> bool:
        """Whether a new incident opens."""
        return self not in {Joining.JOINS, Joining.REPEATS_CALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """The open incident that holds a key.

    Args:
        is_over: Every alert of it has closed.
    """

    state: IncidentState
    level: Level
    last_at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivingAlert:
    """What of an alert decides.

    Args:
        observed_at: By the clock of the centre.
        decision: What the alert deserves by itself.
        is_member: It is an alert of the holder already.
        is_end: The episode is over.
    """

    family: str
    level: Level
    observed_at: datetime
    decision: Decision
    is_member: bool = False
    is_end: bool = False

    @property
    def calls_somebody(self) -> bool:
        """Whether a person has to be notified of it."""
        return self.decision in {Decision.PUSH, Decision.REVIEW}


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierIncident:
    """The incident of a stored alert, if it does not hold the key.

    Args:
        closed_at: When it was closed; ``None`` while it is open.
    """

    state: IncidentState
    closed_at: datetime | None


def incident_key(alert: AlertData, node: str, place: CameraPlace) -> str:
    """Return the key that makes alerts one incident: family, place and zone.

    The track is never part of it, as trackers lose tracks.
    """
    location = place.site_group or f"{node}/{alert.camera}"
    return f"v2|{traits_of(alert.scenario).family}|{location}|{alert.zone}"


def window_of(family: str) -> timedelta:
    """Return how long after its last alert an incident of a family is the same matter."""
    return WINDOWS.get(family, DEFAULT_WINDOW)


def choose_joining(alert: ArrivingAlert, holder: KeyHolder | None) -> Joining:
    """Decide what an alert does with the incident that holds its key."""
    if holder is None:
        return Joining.OPENS
    if alert.is_member:
        return Joining.JOINS
    is_near = _is_near(alert, holder)
    if not alert.calls_somebody:
        is_old_sample = holder.state is IncidentState.STORED and not is_near
        return Joining.RECURS if is_old_sample else Joining.JOINS
    if holder.state is IncidentState.SUSPENDED:
        return Joining.RECURS if alert.level > holder.level else Joining.JOINS
    if holder.state in DONE:
        return Joining.RECURS
    return Joining.JOINS if is_near else _join_after_window(alert, holder)


def stays_with(earlier: EarlierIncident, alert: ArrivingAlert, stored_level: Level) -> bool:
    """Return whether a revision stays with the incident of its alert, which holds no key.

    Args:
        stored_level: Level of the alert before this revision.
    """
    if alert.level > stored_level:
        return False
    if earlier.closed_at is None or earlier.state is IncidentState.REJECTED or alert.is_end:
        return True
    return alert.observed_at - earlier.closed_at < REPORTS_AFTER_CLOSING


def _is_near(alert: ArrivingAlert, holder: KeyHolder) -> bool:
    """Return whether an alert follows the holder within its window, or while it still goes on."""
    gap = alert.observed_at - holder.last_at
    limit = window_of(alert.family)
    return gap <= (limit if holder.is_over else max(limit, EPISODE_SILENCE))


def _join_after_window(alert: ArrivingAlert, holder: KeyHolder) -> Joining:
    is_recent = alert.observed_at - holder.last_at <= HELD_FOR
    if holder.state in WAITING:
        return Joining.REPEATS_CALL if is_recent else Joining.REPLACES
    if holder.state in HELD and is_recent:
        return Joining.JOINS
    return Joining.RECURS
