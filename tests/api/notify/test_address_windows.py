"""How many requests may be in flight to each address."""

from hypothesis import given
from hypothesis import strategies as st

from api.notify.address_windows import (
    FAST_S,
    MAX_IN_FLIGHT,
    MAX_PER_ADDRESS,
    MAX_REMEMBERED,
    START,
    AddressWindows,
)

GATEWAY, DEAD = "https://gateway/", "https://dead/"


def finish_all(windows: AddressWindows, address: str, *, seconds: float, is_sent: bool) -> None:
    """Fill the window of an address, and end every request the same way."""
    n = windows.room(address)
    for _ in range(n):
        windows.start(address)
    for _ in range(n):
        windows.finish(address, seconds=seconds, is_sent=is_sent)


def test_an_address_that_answers_fast_is_allowed_more() -> None:
    windows = AddressWindows()
    for _ in range(4):
        finish_all(windows, GATEWAY, seconds=0.01, is_sent=True)

    assert windows.room(GATEWAY) == MAX_PER_ADDRESS


def test_a_dead_address_soon_holds_one_request_and_delays_no_other() -> None:
    windows = AddressWindows()
    finish_all(windows, DEAD, seconds=5, is_sent=False)

    assert (windows.room(DEAD), windows.room(GATEWAY)) == (1, START)


def test_a_slow_address_is_allowed_fewer() -> None:
    windows = AddressWindows()
    windows.start(GATEWAY)
    windows.finish(GATEWAY, seconds=FAST_S * 2, is_sent=True)

    assert windows.room(GATEWAY) == START // 2


def test_an_address_recovers_once_it_answers() -> None:
    windows = AddressWindows()
    finish_all(windows, DEAD, seconds=5, is_sent=False)
    for _ in range(6):
        finish_all(windows, DEAD, seconds=0.1, is_sent=True)

    assert windows.room(DEAD) == MAX_PER_ADDRESS


def test_addresses_are_forgotten_once_there_are_too_many() -> None:
    windows = AddressWindows()
    for n in range(MAX_REMEMBERED + 10):
        windows.start(str(n))
        windows.finish(str(n), seconds=5, is_sent=False)

    assert len(windows.rooms()) == MAX_REMEMBERED
    assert windows.room("0") == START


ends = st.tuples(st.sampled_from([GATEWAY, DEAD]), st.floats(0, 10), st.booleans())


@given(st.lists(ends, max_size=200))
def test_limits_stay_within_bounds_and_nothing_stays_in_flight(
    requests: list[tuple[str, float, bool]],
) -> None:
    windows = AddressWindows()
    for address, _, _ in requests:
        windows.start(address)
    for address, seconds, is_sent in requests:
        windows.finish(address, seconds=seconds, is_sent=is_sent)

    assert windows.free == MAX_IN_FLIGHT
    assert all(1 <= windows.room(address) <= MAX_PER_ADDRESS for address in (GATEWAY, DEAD))
