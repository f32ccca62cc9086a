"""Who may call which route: the one table. A route that is not in it stops the start.

The table says which roles are admitted, and how the route is bounded to the area of the account;
the rows of other areas do not exist for it. What belongs to no area is seen by the accounts at the
top (``Account.sees_unplaced``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIRouter

from api.accounts.model import (
    ACCOUNT_MANAGERS,
    ACCOUNT_READERS,
    AREA_READERS,
    AUDIT_READERS,
    DESK_ROLES,
    FLEET_READERS,
    INCIDENT_ROLES,
    Account,
    Role,
)
from api.errors import ForbiddenError, UndeclaredRouteError


class Subtree(StrEnum):
    """How a route is bounded."""

    NONE = "none"
    """It tells nothing about areas, such as the titles of scenarios."""
    OWN = "own"
    """Only what belongs to the account itself."""
    AREA = "area"
    """Only what lies in the account's area, or in none if the account is at the top."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may call a route.

    Args:
        roles: Empty for everybody, also without a login.
        works_without_login: A key or token may stand for the login; the route checks it.
        works_before_second_factor: Also for a login that still has to enrol its second factor.
    """

    roles: frozenset[Role]
    subtree: Subtree
    works_without_login: bool = False
    works_before_second_factor: bool = False

    def check(self, account: Account) -> None:
        """Admit an account.

        Raises:
            ForbiddenError: Its role may not call the route, or it has to enrol a second factor.
        """
        if account.role not in self.roles:
            raise ForbiddenError("not_for_your_role")
        if account.needs_factor and not self.works_before_second_factor:
            raise ForbiddenError("second_factor_required", "enrol a second factor first")


ALL_ROLES = frozenset(Role)
PLANNERS = AREA_READERS
"""Whoever reads the roster; ``api/roster/shifts/changes.py`` says who changes it."""

_PUBLIC = Permission(frozenset(), Subtree.NONE, works_without_login=True)
_OWN = Permission(ALL_ROLES, Subtree.OWN)
_OWN_FIRST = Permission(ALL_ROLES, Subtree.OWN, works_before_second_factor=True)
_READ = Permission(AREA_READERS, Subtree.AREA)
_READ_FLEET = Permission(FLEET_READERS, Subtree.AREA)
_INCIDENT = Permission(INCIDENT_ROLES, Subtree.AREA)
_JUDGE = Permission(DESK_ROLES | {Role.AUDITOR}, Subtree.AREA)


def _each(permission: Permission, *names: str) -> dict[str, Permission]:
    return dict.fromkeys(names, permission)


PERMISSIONS: Mapping[str, Permission] = {
    **_each(_PUBLIC, "log_in", "log_out", "read_health", "read_metrics", "phone", "console"),
    **_each(_PUBLIC, "enroll_node", "begin_rotation", "confirm_rotation"),  # signed by nodes
    **_each(_PUBLIC, "read_invitation", "accept_invitation"),
    **_each(
        _OWN_FIRST,
        "me",
        "begin_second_factor",
        "confirm_second_factor",
        "list_my_sessions",
        "end_my_session",
    ),
    **_each(_OWN, "change_password", "remove_second_factor"),
    **_each(Permission(ACCOUNT_READERS, Subtree.AREA), "list_accounts", "read_account"),
    **_each(
        Permission(ACCOUNT_MANAGERS, Subtree.AREA),
        "create_account",
        "update_account",
        "deactivate_account",
        "activate_account",
        "invite_account",
        "end_account_sessions",
        "reset_second_factor",
    ),
    **_each(
        _OWN,
        "list_notifications",
        "read_push_public_key",
        "read_my_channels",
        "set_my_channels",
        "add_push_subscription",
        "delete_push_subscription",
        "stream",
    ),
    **_each(Permission(ALL_ROLES, Subtree.OWN, works_without_login=True), "delivered", "read"),
    **_each(Permission(ALL_ROLES, Subtree.NONE), "list_scenarios"),
    **_each(
        _INCIDENT,
        "list_incidents",
        "read_incident",
        "confirm_incident",
        "reject_incident",
        "undo_review",
        "dispatch_incident",
        "reassign_incident",
        "recall_order",
        "add_colleague",
        "change_level",
        "add_note",
        "suspend_incident",
        "resume_incident",
        "propose_cancel",
        "cancel_incident",
        "reopen_incident",
        "merge_incident",
        "split_incident",
        "list_orders",
        "read_order",
        "accept",
        "start",
        "report",
        "add_field_record",
        "give_back",
        "verify",
        "request_help",
        "join",
    ),
    **_each(Permission(INCIDENT_ROLES, Subtree.AREA, works_without_login=True), "put_evidence"),
    **_each(Permission(ALL_ROLES, Subtree.AREA), "get_evidence", "find_areas", "read_area"),
    **_each(
        _READ,
        "list_suppressions",
        "add_suppression",
        "finish_suppression",
        "get_accuracy_report",
        "get_alarm_load",
        "add_missed_event",
        "list_drift",
        "start_camera_anew",
        "list_proposals",
        "get_proposal",
        "apply_proposal",
        "list_scorecards",
        "read_duty",
        "read_duty_of_area",
        "read_coverage",
        "list_shifts",
        "create_shift",
        "create_call_up",
        "create_replacement",
        "update_shift",
        "delete_shift",
        "read_reachability",
        "read_stats",
        "export_evidence",
        "list_legal_holds",
        "place_legal_hold",
        "release_legal_hold",
        "extend_legal_hold",
        "list_erasure_requests",
        "record_erasure_request",
        "decide_erasure_request",
    ),
    **_each(
        Permission(AREA_READERS, Subtree.NONE),
        "list_calibrations",
        "list_thresholds",
        "test_thresholds",
        "get_second_opinions",
    ),
    **_each(
        Permission(AUDIT_READERS, Subtree.AREA),
        "list_audit_log",
        "read_audit_log_state",
        "list_access_findings",
        "review_access_finding",
    ),
    **_each(_JUDGE, "get_audit_queue", "judge_incident", "undo_audit"),
    **_each(
        Permission(ALL_ROLES, Subtree.AREA),
        "read_channels",
        "set_channels",
        "list_log",
        "send_test_notification",
        "confirm_test_notification",
    ),
    **_each(
        _READ_FLEET,
        "list_quarantine",
        "list_alarms",
        "list_cameras",
        "list_nodes",
        "read_node",
        "list_commands",
        "read_command",
        "mark_gap_lost",
        "read_config",
        "update_config",
        "create_command",
    ),
}
"""The permission of each route, by the name of its function."""


def check_routes(routers: Iterable[APIRouter]) -> None:
    """Check that every route has its permission, and reads the account that it is checked for.

    Raises:
        UndeclaredRouteError: Names each route without one.
    """
    undeclared = [
        f"{route.path} ({route.name}): {problem}"
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and (problem := _problem_of(route))
    ]
    if undeclared:
        raise UndeclaredRouteError(tuple(undeclared))


def permission_of(name: str) -> Permission:
    """Return the permission of a route.

    Raises:
        ForbiddenError: It has none.
    """
    permission = PERMISSIONS.get(name)
    if permission is None:
        raise ForbiddenError("no_permission_declared")
    return permission


def _problem_of(route: APIRoute) -> str:
    permission = PERMISSIONS.get(route.name)
    if permission is None:
        return "add it to PERMISSIONS in api/accounts/permissions.py"
    if permission.works_without_login or _reads_account(route.dependant):
        return ""
    return "depend on Context or CurrentAccount, which check its permission"


def _reads_account(dependant: Dependant) -> bool:
    name = getattr(dependant.call, "__name__", "")
    return name == "current_account" or any(map(_reads_account, dependant.dependencies))
