"""Whatever people do: what is offered works, nothing else does, and the promises hold.

The steps of alerts, clocks and crashes are those of ``tests.api.dispatch.test_stateful``.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from sqlalchemy import text

from api.incidents.actors import ActorRole
from api.incidents.lifecycle import ORDER_ACTIONS, SHOWN_ACTIONS, TRANSITIONS, Action
from tests.api.databases import TownDatabases
from tests.api.dispatch.test_stateful import CentreMachine, stateful_settings
from tests.api.town import GRID, PHOTO, sha256

Item = dict[str, Any]

PEOPLE = ("desk", "chief", "east-1", "east-1", "head", "desk-elsewhere")
ACTIONS = sorted(
    {
        transition.action
        for transition in TRANSITIONS
        if transition.roles != {ActorRole.SYSTEM} and transition.action in SHOWN_ACTIONS
    }
)
PATHS = {
    Action.ADD_COLLEAGUE: "colleagues",
    Action.CHANGE_LEVEL: "level",
    Action.NOTE: "notes",
    Action.PROPOSE_CANCEL: "propose-cancel",
    Action.RECALL_TO_DESK: "recall",
    Action.REQUEST_HELP: "request-help",
    Action.REWORK: "verify",
}
REASON: Item = {"reason": "seen by a person"}
FIELDS: dict[Action, Item] = {
    Action.CONFIRM: {},
    Action.UNDO: {},
    Action.ACCEPT: {},
    Action.JOIN: {},
    Action.START: {},
    Action.NOTE: {"text": "the gate is locked"},
    Action.REJECT: {"reason_code": "permitted", "suppress_for_s": 3600},
    Action.DISPATCH: REASON | {"to": {"account": "east-2"}},
    Action.REASSIGN: REASON | {"to": {"account": "east-2"}},
    Action.REQUEST_HELP: REASON | {"to": {"area": GRID}},
    Action.ADD_COLLEAGUE: REASON | {"account": "west-1"},
    Action.RECALL_TO_DESK: REASON | {"to": "desk"},
    Action.REPORT: {"found": True},
    Action.VERIFY: {"passed": True, "confirm_still_firing": True},
    Action.REWORK: REASON | {"passed": False},
}
"""What a request of each action says, beside its version; a reason unless it is listed."""
OF_OTHERS = {"both_taken", "nobody_on_duty", "open_again", "no_such_incident"}
"""What depends on other incidents or on the roster, which a list of actions does not know."""
OF_SUPPRESSION = {"not_for_your_role", "not_your_area"}
"""Whoever was only asked for help may reject an incident, but not withhold calls with it."""
REFUSED_THOUGH_OFFERED = OF_OTHERS | OF_SUPPRESSION
MIN_CARRIED_OUT = 18
"""So many of the actions come up in thousands of random steps; some need a rare sequence."""
OTHER_REFUSES = {Action.MERGE: {"wrong_state", "not_yours"}}

_FOOTPRINT = text("""
    SELECT (SELECT count(*) FROM audit_log), (SELECT count(*) FROM notification),
        (SELECT count(*) FROM verdict), (SELECT count(*) FROM work_order),
        (SELECT count(*) FROM field_report), (SELECT count(*) FROM order_helper),
        (SELECT count(*) FROM suppression), (SELECT sum(version) FROM incident),
        (SELECT sum(version) FROM work_order)
""")
_WITHOUT_ACCOUNT = text("""
    SELECT i.id FROM incident i
    LEFT JOIN account c ON c.id = i.responsible_account
    WHERE i.is_open AND i.responsible_kind = 'person' AND c.active IS NOT TRUE
""")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person does: an action on one of the incidents they see.

    Args:
        is_offered: They take one of the offered actions, and not ``action``:
        is_rarest: the one that was taken least, else the last one.
        pause_s: How long nothing happens afterwards.
    """

    name: str
    incident: int
    action: Action
    other: int
    is_offered: bool
    is_rarest: bool
    pause_s: int


choices = st.builds(
    Choice,
    name=st.sampled_from(PEOPLE),
    incident=st.integers(0, 7),
    action=st.sampled_from(ACTIONS),
    other=st.integers(0, 15),
    is_offered=st.sampled_from([True, True, True, False]),
    is_rarest=st.sampled_from([True, True, True, False]),
    pause_s=st.sampled_from([0, 0, 1, 5, 20]),
)


class ActionMachine(CentreMachine):
    """People take every action there is, also those that they are not offered."""

    carried_out: ClassVar[dict[str, int]]

    def __init__(self) -> None:
        super().__init__()
        self.n_taken: dict[str, int] = {}

    def rarest(self, offered: list[str]) -> Action:
        """Return the offered action that was taken least since the centre began."""
        return Action(min(offered, key=lambda action: (self.n_taken.get(action, 0), action)))

    @rule(choice=choices)
    def person_acts(self, choice: Choice) -> None:
        """A person takes an action on one of the incidents they see."""
        self.do(self._person_acts(choice))

    @rule(taken=st.lists(choices, min_size=4, max_size=14), score=st.sampled_from([0.4, 0.95]))
    def people_act_on_a_new_incident(self, taken: list[Choice], score: float) -> None:
        """Several people take actions on one incident within seconds."""
        self.do(self._people_act(taken, score))

    async def _people_act(self, taken: list[Choice], score: float) -> None:
        self.seq += 1
        name = f"camera-{self.seq}"
        incident = await self.centre.raise_alert(name, camera=name, score=score)
        for choice in taken:
            await self.processes[0].clock_engine.process_due()
            await self._person_acts(choice, incident=str(incident))
            self.time_passes(seconds=choice.pause_s)

    async def _person_acts(self, choice: Choice, *, incident: str | None = None) -> None:
        page = await self._page_of(choice.name)
        incidents = (await page.get("/v1/incidents")).json()["items"]
        if not incidents:
            return
        chosen = incident or incidents[choice.incident % len(incidents)]["id"]
        answer = await page.get(f"/v1/incidents/{chosen}")
        if answer.status_code == 200:
            await self._act(choice, page, answer.json(), incidents)

    async def _act(
        self, choice: Choice, page: httpx.AsyncClient, incident: Item, incidents: list[Item]
    ) -> None:
        """Send the request twice, as if the first answer was lost."""
        order = incident["orders"][-1] if incident["orders"] else None
        offered = [*incident["actions"], *(order["actions"] if order else [])]
        action = choice.action
        if choice.is_offered and offered:
            action = self.rarest(offered) if choice.is_rarest else Action(offered[-1])
        if order is None and action in ORDER_ACTIONS:
            return
        other = incidents[choice.other % len(incidents)]
        body = await self._body(action, page, incident, other)
        path = f"incidents/{incident['id']}"
        if order is not None and action in ORDER_ACTIONS:
            path = f"orders/{order['id']}"
        path = f"/v1/{path}/{PATHS.get(action, action)}"
        answer = await self._send_twice(page, path, body)
        self.check(answer, action, is_offered=action in offered)

    async def _send_twice(
        self, page: httpx.AsyncClient, path: str, body: dict[str, object]
    ) -> httpx.Response:
        """Send a request and repeat it with its key, which changes nothing more."""
        self.seq += 1
        headers = {"Idempotency-Key": f"key-{self.seq}"}
        answer = await page.post(path, json=body, headers=headers)
        if answer.status_code == 200:
            before = await self._footprint()
            again = await page.post(path, json=body, headers=headers)
            assert again.status_code == 200, (path, again.text)
            assert await self._footprint() == before, path
        return answer

    def check(self, answer: httpx.Response, action: Action, *, is_offered: bool) -> None:
        """Check that exactly what was offered is carried out."""
        code = answer.json().get("code")
        if is_offered:
            refusals = REFUSED_THOUGH_OFFERED | OTHER_REFUSES.get(action, set())
            assert answer.status_code == 200 or code in refusals, (action, answer.text)
        else:
            assert code in {"wrong_state", "not_yours", "stale", "no_such_incident"}, answer.text
        self.n_taken[action] = self.n_taken.get(action, 0) + 1
        if answer.status_code == 200:
            self.carried_out[action] = self.carried_out.get(action, 0) + 1

    async def _body(
        self, action: Action, page: httpx.AsyncClient, incident: Item, other: Item
    ) -> Item:
        """Return a complete request for an action."""
        order = incident["orders"][-1] if action in ORDER_ACTIONS else None
        body: Item = {"version": (order or incident)["version"], **FIELDS.get(action, REASON)}
        if action is Action.CHANGE_LEVEL:
            body["level"] = "minor" if incident["level"] == "critical" else "critical"
        elif action is Action.SUSPEND:
            body["until"] = (self.clock() + timedelta(hours=3)).isoformat()
        elif action is Action.MERGE:
            body["into"] = other["id"]
        elif action is Action.REPORT and order is not None:
            body["photos"] = [await self._photo(page, order)]
        elif action is Action.NOTE:
            del body["version"]
        return body

    async def _photo(self, page: httpx.AsyncClient, order: Item) -> str:
        self.seq += 1
        photo = PHOTO + f"{order['id']} {self.seq}".encode()
        headers = {"Content-Type": "image/jpeg"}
        await page.put(f"/v1/evidence/{sha256(photo)}", content=photo, headers=headers)
        return sha256(photo)

    async def _footprint(self) -> tuple[object, ...]:
        async with self.centre.engine.connect() as connection:
            return tuple((await connection.execute(_FOOTPRINT)).one())

    async def _violations(self, *, is_settled: bool) -> list[tuple[str, Any]]:
        violations = await super()._violations(is_settled=is_settled)
        async with self.centre.engine.connect() as connection:
            lost = (await connection.execute(_WITHOUT_ACCOUNT)).scalars().all()
        return violations + [
            ("no active account behind the responsible person", id_) for id_ in lost
        ]


def run_machine(databases: TownDatabases, folder: Path, chosen: settings) -> dict[str, int]:
    """Run the state machine; return how often each action was carried out."""
    CentreMachine.databases, CentreMachine.folder, CentreMachine.n_steps = databases, folder, 0
    ActionMachine.carried_out = {}
    run_state_machine_as_test(ActionMachine, settings=chosen)
    return ActionMachine.carried_out


@pytest.mark.slow
def test_what_is_offered_works_and_nothing_else(
    town_databases: TownDatabases, tmp_path: Path
) -> None:
    carried_out = run_machine(town_databases, tmp_path, stateful_settings(examples=6, steps=20))

    assert carried_out


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_is_offered_works_over_thousands_of_steps(
    town_databases: TownDatabases, tmp_path: Path
) -> None:
    carried_out = run_machine(town_databases, tmp_path, stateful_settings(examples=30, steps=60))

    assert len(carried_out) >= MIN_CARRIED_OUT
