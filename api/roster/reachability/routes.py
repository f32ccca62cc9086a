"""Show who can be reached now."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.accounts.dependencies import DeskContext
from api.areas import store as areas_store
from api.errors import NotFoundError
from api.notify import channel_store
from api.notify.model import PersonalChannel
from api.roster.reachability import store as reachability_store
from api.roster.reachability.model import ReachablePerson
from api.roster.reachability.schemas import AreaReach, Reach, Reachability, ReachChannel
from api.roster.shifts.schemas import AreaCode
from api.web.problems import problem_responses

router = APIRouter(prefix="/v1", tags=["roster"])

MAX_PEOPLE = 300
MAX_AREAS = 200


@router.get("/reachability", responses=problem_responses(401, 403, 404, 422))
async def read_reachability(
    visit: DeskContext,
    area: Annotated[AreaCode | None, Query(description="Default: the area of your account")] = None,
) -> Reachability:
    """Return who is on duty or at the desk in an area, and whether they can be reached now."""
    code = area or visit.account.area_code
    if not visit.account.covers(code):
        raise NotFoundError("no_such_area")
    people, total, n_reachable = await reachability_store.list_people(
        visit.connection, code, now=visit.now, limit=MAX_PEOPLE
    )
    channels = await channel_store.list_channels(visit.connection, [p.id for p in people])
    areas = await reachability_store.list_areas(visit.connection, code, now=visit.now)
    listed = sorted(areas, key=lambda reach: (reach.reachable > 0, reach.area_code))[:MAX_AREAS]
    paths = await areas_store.get_paths(visit.connection, [reach.area_code for reach in listed])
    return Reachability(
        area=code,
        at=visit.now,
        people=[_present_person(person, channels[person.id]) for person in people],
        total=total,
        reachable=n_reachable,
        areas=[
            AreaReach(
                area=reach.area_code,
                area_path=list(paths.get(reach.area_code, ())),
                on_duty=reach.on_duty,
                reachable=reach.reachable,
            )
            for reach in listed
        ],
        unreachable_areas=sum(not reach.reachable for reach in areas),
    )


def _present_person(person: ReachablePerson, channels: list[PersonalChannel]) -> Reach:
    return Reach.model_validate(
        {
            "account": person.name,
            "role": person.role,
            "duty": list(person.duty),
            "reachable": person.is_reachable,
            "reason": person.reason,
            "online_since": person.online_since,
            "last_online_at": person.last_online_at,
            "quiet": person.is_quiet,
            "channels": [
                ReachChannel(
                    kind=channel.kind,
                    enabled=channel.is_enabled,
                    tested_at=channel.tested_at,
                    failed_at=channel.failed_at,
                    devices=len(channel.devices),
                )
                for channel in channels
            ],
        }
    )
