"""Show who can be reached, now or later."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.accounts.dependencies import DeskContext
from api.areas import store as areas_store
from api.errors import NotFoundError
from api.notify import channel_store, robot_store
from api.notify.model import PersonalChannel, RobotKind
from api.roster.reachability import store as reachability_store
from api.roster.reachability.model import ReachablePerson
from api.roster.reachability.schemas import (
    AreaReach,
    Reach,
    Reachability,
    ReachChannel,
    ReachRobot,
)
from api.roster.shifts.schemas import AreaCode
from api.web.problems import problem_responses
from pipeline.signal import Level

router = APIRouter(prefix="/v1", tags=["roster"])

MAX_PEOPLE = 300
MAX_AREAS = 200


@router.get("/reachability", responses=problem_responses(401, 403, 404, 422))
async def read_reachability(
    visit: DeskContext,
    area: Annotated[AreaCode | None, Query(description="Default: the area of your account")] = None,
    at: Annotated[
        AwareDatetime | None,
        Query(
            description="Default, and for an earlier time: now. Later, open pages do not count, "
            "only tested channels"
        ),
    ] = None,
) -> Reachability:
    """Return who is on duty or at the desk in an area, and whether they can be reached."""
    code = area or visit.account.area_code
    if not visit.account.covers(code):
        raise NotFoundError("no_such_area")
    moment = max(at or visit.now, visit.now)
    people, total, n_reachable = await reachability_store.list_people(
        visit.connection, code, now=moment, limit=MAX_PEOPLE
    )
    channels = await channel_store.list_channels(visit.connection, [p.id for p in people])
    areas = await reachability_store.list_areas(visit.connection, code, now=moment)
    robots = await robot_store.list_robots(visit.connection, code)
    listed = sorted(areas, key=lambda reach: (reach.reachable > 0, reach.area_code))[:MAX_AREAS]
    codes = {reach.area_code for reach in listed} | {robot.area_code for robot in robots}
    codes |= {place for person in people for place in places_of(person)}
    paths = await areas_store.get_paths(visit.connection, sorted(codes))
    return Reachability(
        area=code,
        at=moment,
        people=[_present_person(person, channels[person.id], paths) for person in people],
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
        robots=[
            ReachRobot(
                name=robot.name,
                kind=RobotKind(robot.kind),
                area=robot.area_code,
                area_path=list(paths.get(robot.area_code, ())),
                min_level=Level(robot.min_level),
                enabled=robot.is_enabled,
                failed_at=robot.failed_at,
            )
            for robot in robots
        ],
        unreachable_areas=sum(not reach.reachable for reach in areas),
    )


def places_of(person: ReachablePerson) -> tuple[str, ...]:
    """Return the areas that a person answers for now."""
    return person.duty or (person.area_code,)


def _present_person(
    person: ReachablePerson, channels: list[PersonalChannel], paths: Mapping[str, Sequence[str]]
) -> Reach:
    return Reach.model_validate(
        {
            "account": person.name,
            "role": person.role,
            "duty": list(person.duty),
            "places": [[code, *paths.get(code, ())][-1] for code in places_of(person)],
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
