from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.incidents import sla
from pipeline.signal import Level


@given(level=st.sampled_from(Level), rounds=st.integers(0, 50))
def test_reminders_come_ever_more_slowly_but_never_end(level: Level, rounds: int) -> None:
    earlier, later = sla.reminder_interval(level, rounds), sla.reminder_interval(level, rounds + 1)

    assert timedelta(0) < earlier <= later <= sla.MAX_REMINDER_INTERVAL
