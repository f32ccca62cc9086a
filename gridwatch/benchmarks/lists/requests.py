"""The requests that `bench lists` measures: what pages of desks and phones read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from gridwatch.benchmarks.lists.city import (
    BUSY_WORKER,
    CAMERAS_PER_NODE,
    CITY,
    COMMUNITY,
    DESK_OF,
    DISTRICT,
    DISTRICTS,
    MICRO_GRID,
    N_CAMERAS,
    WORKER,
)
from gridwatch.benchmarks.lists.year import COMMON_SCENARIO, RARE_SCENARIO

CITY_DESK, DISTRICT_DESK, COMMUNITY_DESK = (DESK_OF[code] for code in (CITY, DISTRICT, COMMUNITY))
ACCOUNTS = (CITY_DESK, DISTRICT_DESK, COMMUNITY_DESK, WORKER, BUSY_WORKER)
ORDERS_ON_A_PHONE = 20
"""Orders in one page of the phone's list (``api/console/src/api/endpoints.ts``)."""
LIST = "/v1/incidents"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKind:
    """Requests of one kind.

    Args:
        account: Who sends it.
        params: Makes the parameters of the next request.
        id_path: Whose first page gives the ids for ``{id}`` in ``path``.
    """

    account: str
    path: str
    params: Callable[[np.random.Generator], Mapping[str, Any]] = lambda _: {}
    id_path: str | None = None


def request_kinds(*, now: datetime) -> Iterator[tuple[str, RequestKind]]:
    """Yield each kind with its name.

    Args:
        now: Time of the newest incident.
    """
    for name, account in (
        ("city desk", CITY_DESK),
        ("district desk", DISTRICT_DESK),
        ("community desk", COMMUNITY_DESK),
        ("worker", WORKER),
        ("busy worker", BUSY_WORKER),
    ):
        yield f"{name}: queue", _list(account, view="queue")
        yield f"{name}: all", _list(account)
        yield f"{name}: detail", RequestKind(account=account, path=f"{LIST}/{{id}}", id_path=LIST)
    yield "worker: orders", RequestKind(account=WORKER, path="/v1/orders")
    for name, account in (("worker", WORKER), ("busy worker", BUSY_WORKER)):
        yield (
            f"{name}: open orders",
            RequestKind(
                account=account,
                path="/v1/orders",
                params=lambda _: {"mine": True, "open": True, "limit": ORDERS_ON_A_PHONE},
            ),
        )
        yield (
            f"{name}: notifications",
            RequestKind(account=account, path="/v1/notifications", params=lambda _: {"open": True}),
        )
    yield "city desk: orders", RequestKind(account=CITY_DESK, path="/v1/orders")
    for name, account in (("city", CITY_DESK), ("district", DISTRICT_DESK)):
        yield f"{name} desk: totals", RequestKind(account=account, path="/v1/stats")
        yield f"{name} desk: coverage", RequestKind(account=account, path="/v1/coverage")
    yield from _filters(now)


def _filters(now: datetime) -> Iterator[tuple[str, RequestKind]]:
    """Yield the filters of the city's desk, of which nothing is out of sight."""
    one_day = {"since": (now - timedelta(days=1)).isoformat(), "until": now.isoformat()}
    for name, params in (
        ("stored", {"view": "stored"}),
        ("reviews", {"view": "queue", "awaiting": "review"}),
        ("critical in queue", {"view": "queue", "level": "critical"}),
        ("state of many", {"state": "archived"}),
        ("state of few", {"state": "evaluated"}),
        ("level", {"level": "critical"}),
        ("decision", {"decision": "store"}),
        ("common scenario", {"scenario": COMMON_SCENARIO}),
        ("rare scenario", {"scenario": RARE_SCENARIO}),
        ("family", {"family": "person_down"}),
        ("district", {"area": DISTRICT}),
        ("community", {"area": COMMUNITY}),
        ("micro-grid", {"area": MICRO_GRID}),
        ("day in a community", {"area": COMMUNITY, **one_day}),
        ("rare scenario in a district", {"area": DISTRICT, "scenario": RARE_SCENARIO}),
        ("nothing", {"area": MICRO_GRID, "state": "new", "scenario": RARE_SCENARIO}),
        ("name of a camera", {"q": "camera-77"}),
    ):
        yield f"filter: {name}", _list(CITY_DESK, **params)
    yield "filter: camera", RequestKind(account=CITY_DESK, path=LIST, params=_camera)
    yield (
        "filter: busiest camera",
        _list(CITY_DESK, node="district-1/site-0/box-0", camera="camera-0"),
    )
    yield (
        "filter: day in the year",
        RequestKind(account=CITY_DESK, path=LIST, params=lambda random: _day(random, now)),
    )
    yield "filter: id", RequestKind(account=CITY_DESK, path=f"{LIST}?q={{id}}", id_path=LIST)


def _list(account: str, **params: str) -> RequestKind:
    return RequestKind(account=account, path=LIST, params=lambda _: params)


def _camera(random: np.random.Generator) -> dict[str, str]:
    camera = int(random.integers(N_CAMERAS))
    site = camera // CAMERAS_PER_NODE
    node = f"district-{site % DISTRICTS + 1}/site-{site}/box-{site}"
    return {"node": node, "camera": f"camera-{camera}"}


def _day(random: np.random.Generator, now: datetime) -> dict[str, str]:
    until = now - timedelta(days=random.uniform(0, 300))
    return {"since": (until - timedelta(days=1)).isoformat(), "until": until.isoformat()}
