"""The loop: alerts, blind audits by a scripted operator who knows the truth, new thresholds."""

from uuid import UUID

import numpy as np
import pytest

from api.accuracy.fitting.fit_thresholds import Promise
from api.accuracy.fitting.live_scoring import LiveScoring
from api.accuracy.fitting.upkeep import AccuracyUpkeep
from api.ingest.batch import Ingest
from tests.api.alerts import alert_message, signed_message
from tests.api.databases import rows
from tests.api.town import Centre

PROMISE = Promise(precision=0.9, min_recall=0.9)
DAYS, PER_DAY, CAMERAS = 13, 22, 3


async def raise_days(
    centre: Centre, scoring: LiveScoring, series: str, random: np.random.Generator
) -> dict[str, bool]:
    """Raise the alerts of some days, three of four true; return the truth by zone."""
    ingest, truth = Ingest(centre.engine, scoring=lambda: scoring.current), dict[str, bool]()
    for day in range(DAYS):
        centre.clock.advance(days=1)
        messages = []
        for n in range(PER_DAY):
            zone, is_true = f"{series}{day}-{n}", bool(random.random() < 0.75)
            logit = random.normal(2.6 if is_true else 0.4, 0.6)
            message = alert_message(
                zone,
                seq=n + 1,
                zone=zone,
                camera=f"camera-{n % CAMERAS}",
                at=centre.clock(),
                score=float(1 / (1 + np.exp(-logit))),
            )
            truth[zone] = is_true
            messages.append(signed_message(message))
        await ingest.store_batch(messages, now=centre.clock())
    return truth


async def audit_all(centre: Centre, truth: dict[str, bool]) -> int:
    """Let an auditor judge the whole queue through the API, one after the other."""
    zones = {row[0]: row[1] for row in await rows(centre.engine, "SELECT id, zone FROM incident")}
    centre.clock.advance(minutes=11)
    page = await centre.client_of("chief")
    queue, judged = (await page.get("/v1/accuracy/audit")).json(), 0
    while queue["next"] is not None:
        incident = queue["next"]["incident"]
        is_true = truth[zones[UUID(incident)]]
        verdict = {"value": "true"} if is_true else {"reason_code": "nothing_there"}
        answer = await page.post(f"/v1/accuracy/audit/{incident}", json={"verdict": verdict})
        assert answer.status_code == 200, answer.text
        queue, judged = answer.json(), judged + 1
    return judged


async def measure(centre: Centre, truth: dict[str, bool]) -> tuple[float, float]:
    """Return the precision of what was pushed, and the share of true incidents a person sees."""
    decided = await rows(centre.engine, "SELECT zone, decision FROM incident")
    mine = [(truth[zone], decision) for zone, decision in decided if zone in truth]
    pushed = [is_true for is_true, decision in mine if decision == "push"]
    seen = [decision != "store" for is_true, decision in mine if is_true]
    return float(np.mean(pushed)), float(np.mean(seen))


@pytest.mark.slow
async def test_thresholds_move_false_pushes_fall_and_recall_holds(centre: Centre) -> None:
    random = np.random.default_rng(1)
    scoring = LiveScoring(centre.engine, first_look=False)
    upkeep = AccuracyUpkeep(centre.engine, now=centre.clock, promise=PROMISE)
    before = await raise_days(centre, scoring, "a", random)
    precision_before, _ = await measure(centre, before)

    judged = await audit_all(centre, before)
    await upkeep.work()
    assert await scoring.refresh()
    after = await raise_days(centre, scoring, "b", random)
    precision_after, seen_after = await measure(centre, after)

    assert judged == DAYS * PER_DAY
    assert precision_before < 0.85
    assert precision_after >= PROMISE.precision
    assert seen_after >= PROMISE.min_recall
