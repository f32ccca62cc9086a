"""Every route states who may call it, and how it is bounded to an area."""

import pytest
from fastapi import APIRouter

from api.accounts.model import Role
from api.accounts.permissions import PERMISSIONS, check_routes
from api.app import ROUTERS
from api.errors import UndeclaredRouteError

OWN_ROUTERS = [router.routes for router in ROUTERS]


def test_a_route_without_a_permission_stops_the_start() -> None:
    router = APIRouter()

    @router.get("/v1/forgotten")
    def read_forgotten() -> None:
        """Nobody said who may read this."""

    with pytest.raises(UndeclaredRouteError, match=r"/v1/forgotten .*permissions\.py"):
        check_routes([*ROUTERS, router])


def test_a_route_that_never_reads_the_account_stops_the_start() -> None:
    router = APIRouter()

    @router.get("/v1/open", name="list_nodes")
    def read_nodes() -> None:
        """Declared for a few roles, and open to all."""

    with pytest.raises(UndeclaredRouteError, match="CurrentAccount"):
        check_routes([router])


def test_the_table_names_no_route_that_does_not_exist() -> None:
    names = {getattr(route, "name", "") for routes in OWN_ROUTERS for route in routes}
    assert set(PERMISSIONS) <= names


def test_every_role_may_call_something() -> None:
    admitted = {role for permission in PERMISSIONS.values() for role in permission.roles}
    assert admitted == set(Role)
