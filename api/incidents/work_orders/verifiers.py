"""Choose who verifies the work on an order: never who has done it. Pure.

Usually every operator of the area can. If the only operator has done the work, the supervisors of
the area are asked, then those of the areas above it, and at last the administrators.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from api.accounts.store import Role

_DEPUTIES = (Role.SUPERVISOR, Role.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAccount:
    """An account that decides about the incidents of its area."""

    id: int
    role: Role
    area_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifiers:
    """Who verifies.

    Args:
        area: Area whose desk is responsible; ``None`` for the whole city.
        asked: Deputies who are notified; empty if the operators of the area verify.
    """

    area: str | None
    asked: tuple[int, ...] = ()


def choose_verifiers(
    desks: Sequence[DeskAccount], *, area: str | None, workers: Collection[int]
) -> Verifiers:
    """Choose the desk that verifies.

    Args:
        desks: The accounts that decide about the incidents of the area.
        area: Area code of the incident.
        workers: The accounts that have done the work.
    """
    others = [desk for desk in desks if desk.id not in workers]
    if any(desk.role is Role.OPERATOR for desk in others):
        return Verifiers(area=area)
    for role in _DEPUTIES:
        deputies = [desk for desk in others if desk.role is role]
        if deputies:
            nearest = max((desk.area_code for desk in deputies), key=len)
            asked = tuple(desk.id for desk in deputies if desk.area_code == nearest)
            return Verifiers(area=nearest, asked=asked)
    return Verifiers(area=area)
