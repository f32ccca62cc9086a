"""What is proposed removes false alerts, and never more than one of a hundred true ones."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.accuracy.proposals.model import MAX_LOST_SHARE, MIN_REMOVED, Change, PastAlert
from api.accuracy.proposals.propose import propose, propose_region
from api.accuracy.store import VerdictValue
from pipeline.geometry.shapes import Box
from tests.api.alerts import NOON

BOXES = st.builds(
    Box, x=st.floats(0, 0.5), y=st.floats(0, 0.5), w=st.floats(0.05, 0.5), h=st.floats(0.05, 0.5)
)
REASONS = st.sampled_from(["this_spot", "picture_fault", "zone_or_setting", "nothing_there"])


def past(
    n: int,
    *,
    value: VerdictValue | None = VerdictValue.FALSE,
    reason: str = "nothing_there",
    boxes: tuple[Box, ...] = (),
    people: float = 9,
) -> PastAlert:
    return PastAlert(
        incident=UUID(int=n),
        opened_at=NOON - timedelta(hours=n),
        value=value,
        reason=reason,
        boxes=boxes,
        measures={"people": people, "radius_m": 2.0},
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, *VerdictValue]),
            REASONS,
            st.lists(BOXES, max_size=2),
            st.integers(8, 14),
        ),
        max_size=25,
    )
)
def test_no_proposal_loses_more_true_alerts_than_it_may(
    drawn: list[tuple[VerdictValue | None, str, list[Box], int]],
) -> None:
    alerts = [
        past(n, value=value, reason=reason, boxes=tuple(boxes), people=people)
        for n, (value, reason, boxes, people) in enumerate(drawn)
    ]
    ids = {alert.incident: alert for alert in alerts}

    for proposal in propose(alerts, "crowd_gathering"):
        effect = proposal.effect
        if effect is None:
            continue
        assert len(effect.false_removed) >= MIN_REMOVED
        assert len(effect.true_lost) <= MAX_LOST_SHARE * effect.true_total
        assert all(ids[id_].is_false for id_ in effect.false_removed)
        assert all(ids[id_].is_true for id_ in effect.true_lost)


def test_a_parameter_is_raised_as_far_as_no_true_alert_is_lost() -> None:
    alerts = [past(n, people=8 + n % 2) for n in range(6)]
    alerts += [past(n, value=VerdictValue.TRUE, people=10 + n % 5) for n in range(6, 30)]

    [proposal] = propose(alerts, "crowd_gathering")

    assert (proposal.change, proposal.parameter, proposal.value) == (
        Change.RAISE_PARAMETER,
        "people",
        10,
    )
    assert proposal.effect is not None
    assert (len(proposal.effect.false_removed), proposal.effect.true_lost) == (6, [])


def test_a_cause_that_people_name_often_is_proposed_without_a_count() -> None:
    alerts = [past(n, reason="zone_or_setting") for n in range(3)]

    [proposal] = propose(alerts, "intrusion_of_the_site")

    assert (proposal.change, proposal.reasons, proposal.effect) == (Change.REDRAW_ZONE, 3, None)
    assert proposal.incident == UUID(int=0)


def test_an_alert_without_boxes_names_no_region() -> None:
    assert propose_region([past(1)], past(1)) is None
