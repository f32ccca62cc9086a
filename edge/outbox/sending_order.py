"""The order in which a node sends alert messages, above all after an outage.

1. A row whose receipt is overdue is sent again, before rows that were not sent yet; one slot in
   ``NEWEST_EVERY`` stays free for the latter.
2. Of the rows not sent yet, one in ``NEWEST_EVERY`` is the newest, so that a backlog does not delay
   current alerts.
3. The others go by rank: alerts before drills, then the highest level, then opened before closed
   before updated. Rows of equal rank go by age, the oldest first, so that current alerts do not
   hold back a backlog.

Rows that are read together are sent by rank and age.
"""

import sqlite3
from collections.abc import Collection, Iterable
from itertools import islice

from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertMessage

NEWEST_EVERY = 8
"""One of so many rows sent is the newest."""
CHANGE_ORDER = (Change.OPENED, Change.CLOSED, Change.UPDATED)
"""Most urgent first; a closing revision holds all that earlier updates hold."""
DRILL_OFFSET = len(Level) * len(CHANGE_ORDER)
"""Added to the rank of a drill: it waits behind every real alert."""


def message_rank(message: AlertMessage) -> int:
    """Return the rank of a message, stored with its row; the lowest is sent first."""
    below_worst = max(level.rank for level in Level) - message.data.level.rank
    rank = below_worst * len(CHANGE_ORDER) + CHANGE_ORDER.index(message.change)
    return rank + DRILL_OFFSET if message.data.drill else rank


def max_resends(free_slots: int) -> int:
    """Return how many of ``free_slots`` may be used to send overdue rows again."""
    return free_slots - free_slots // NEWEST_EVERY


def newest_count(already_sent: int, limit: int) -> int:
    """Return how many of the next ``limit`` rows are to be the newest.

    Args:
        already_sent: Rows sent for the first time on this connection.
    """
    return (already_sent + limit) // NEWEST_EVERY - already_sent // NEWEST_EVERY


def select_most_important(
    db: sqlite3.Connection, limit: int, exclude: Collection[int]
) -> list[int]:
    """Return ids of waiting rows, ordered by rank and then age."""
    return _take_ids(
        db.execute("SELECT n FROM message WHERE rejected IS NULL ORDER BY rank, n"), limit, exclude
    )


def select_newest(db: sqlite3.Connection, limit: int, exclude: Collection[int]) -> list[int]:
    """Return ids of waiting rows, the newest first."""
    return _take_ids(
        db.execute("SELECT n FROM message WHERE rejected IS NULL ORDER BY n DESC"), limit, exclude
    )


def _take_ids(rows: Iterable[tuple[int]], limit: int, exclude: Collection[int]) -> list[int]:
    """Return the first ``limit`` ids that are not excluded, reading no further rows."""
    return list(islice((n for (n,) in rows if n not in exclude), limit))
