"""Hypothesis strategies for the message contract."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from pipeline.alert import Alert, Change, CloseReason
from pipeline.geometry.shapes import Box
from pipeline.ports import ModelId
from pipeline.signal import ExplainStep, Level
from pipeline.text import Text
from pipeline.wire import AlertMessage, Clock, Evidence, Location, Node
from pipeline.wire.alert import make_alert_message
from pipeline.wire.limits import MAX_NUMBER, MAX_OFFSET_MS

NAMES = st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True)
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
SHA256 = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
SHARES = st.floats(0, 1)
NUMBERS = st.floats(-MAX_NUMBER, MAX_NUMBER)
OFFSETS = st.floats(-MAX_OFFSET_MS, MAX_OFFSET_MS)
STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.builds(Text, zh=st.text(STORABLE, max_size=50), en=st.text(STORABLE, max_size=50))
MOMENTS = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
)
NODES = st.builds(Node, NAMES, NAMES, NAMES)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Any box inside the frame."""
    x, y = draw(st.floats(0, 0.99)), draw(st.floats(0, 0.99))
    w, h = draw(st.floats(1e-3, 1)), draw(st.floats(1e-3, 1))
    return Box(x, y, min(w, 1 - x), min(h, 1 - y))


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Any alert that can happen."""
    opened_at, observed_at = sorted([draw(MOMENTS), draw(MOMENTS)])
    change = draw(st.sampled_from(Change))
    closed = change is Change.CLOSED
    return Alert(
        id=draw(st.uuids()),
        rev=draw(st.integers(1, 10**6)),
        change=change,
        scenario=draw(KEYS),
        scenario_rev=draw(st.integers(1, 1000)),
        camera=draw(NAMES),
        zone=draw(NAMES),
        subject=draw(st.none() | st.integers(1, 10**9)),
        level=draw(st.sampled_from(Level)),
        score=draw(SHARES),
        opened_at=opened_at,
        observed_at=observed_at,
        closed_at=observed_at if closed else None,
        close_reason=draw(st.sampled_from(CloseReason)) if closed else None,
        measures=draw(st.dictionaries(KEYS, NUMBERS, max_size=4)),
        message=draw(TEXTS),
        explain=tuple(draw(st.lists(STEPS, max_size=5))),
        boxes=tuple(draw(st.lists(boxes(), max_size=5))),
        drill=draw(st.booleans()),
    )


STEPS = st.builds(
    ExplainStep,
    name=KEYS,
    value_in=NUMBERS,
    value_out=NUMBERS,
    reason=st.text(STORABLE, max_size=20),
)
CLOCKS = st.builds(
    Clock,
    offset_ms=OFFSETS,
    uncertainty_ms=OFFSETS,
    basis=st.sampled_from(["ntp", "broker", "system", "footage", "centre"]),
)
LOCATIONS = st.builds(Location, lon=st.floats(-180, 180), lat=st.floats(-90, 90))
MODELS = st.builds(ModelId, name=st.text(STORABLE, max_size=30), sha256=SHA256)
EVIDENCE = st.builds(
    Evidence,
    sha256=SHA256,
    kind=st.sampled_from(["snapshot", "clip"]),
    media_type=st.text(STORABLE, max_size=100),
    bytes=st.integers(0, 2**62),
    redacted=st.booleans(),
    status=st.sampled_from(["pending", "uploaded", "shed"]),
)


@st.composite
def messages(draw: st.DrawFn) -> AlertMessage:
    """Any alert message."""
    return make_alert_message(
        draw(alerts()),
        node=draw(NODES),
        boot_id=draw(NAMES),
        seq=draw(st.integers(1, 2**62)),
        clock=draw(CLOCKS),
        location=draw(st.none() | LOCATIONS),
        model=draw(st.none() | MODELS),
        evidence=tuple(draw(st.lists(EVIDENCE, max_size=3))),
    )
