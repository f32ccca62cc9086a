"""Check the node's clock: whether it is synchronised, and how far it is from the centre's."""

import ctypes
from datetime import timedelta

from edge.preflight.checks import Check, CheckStatus, Finding

PART = "clock"
TIME_ERROR = 5
"""State of adjtimex(2): the clock is not synchronised."""
REMEDY = "synchronise it with a time server: run `timedatectl set-ntp true`, or use chrony"
MAX_GOOD_OFFSET = timedelta(seconds=2)
MAX_DOUBTFUL_OFFSET = timedelta(seconds=30)


class _Timex(ctypes.Structure):
    """The first fields of the kernel's ``struct timex``, padded to its size."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


def clock_check() -> Check:
    """Ask the kernel whether the clock is synchronised."""
    return Check(part=PART, what="this node's", run=lambda: [_synchronisation()], remedy=REMEDY)


def centre_clock_finding(offset: timedelta) -> Finding:
    """Rate the difference to the centre's clock.

    Args:
        offset: How far the centre's clock is ahead, known to a second.
    """
    difference = abs(offset)
    note = (
        f"{offset.total_seconds():+.0f} s" if difference > MAX_GOOD_OFFSET else "agree within 2 s"
    )
    what = "against the centre's"
    if difference <= MAX_GOOD_OFFSET:
        return Finding(part=PART, what=what, note=note)
    status = CheckStatus.BAD if difference > MAX_DOUBTFUL_OFFSET else CheckStatus.DOUBTFUL
    return Finding(part=PART, what=what, note=note, status=status, remedy=REMEDY)


def _synchronisation() -> Finding:
    timex = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (AttributeError, OSError):
        state = -1
    match state:
        case -1:
            note = "the kernel does not say whether it is synchronised"
        case _ if state == TIME_ERROR:
            note = "not synchronised with a time server"
        case _:
            note = f"synchronised, accurate within {timex.maxerror / 1000:.0f} ms"
            return Finding(part=PART, what="this node's", note=note)
    return Finding(
        part=PART, what="this node's", note=note, status=CheckStatus.DOUBTFUL, remedy=REMEDY
    )
