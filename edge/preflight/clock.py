"""Does something keep the box's clock right? The kernel knows; the centre tells the difference."""

import ctypes
from datetime import timedelta

from edge.preflight.checks import Check, CheckStatus, Finding

PART = "clock"
ERROR = 5
"""TIME_ERROR of adjtimex(2): nobody keeps the clock."""
MEND = "keep a time server: `timedatectl set-ntp true`, or chrony"
CLOSE = timedelta(seconds=2)
FAR = timedelta(seconds=30)


class _Timex(ctypes.Structure):
    """The beginning of the kernel's ``struct timex``, and room for its rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


def clock_check() -> Check:
    """Ask the kernel whether a time server disciplines the clock."""
    return Check(part=PART, what="the box's", run=lambda: [_kept()], mend=MEND)


def centre_clock_finding(offset: timedelta) -> Finding:
    """Judge what the centre's clock is ahead of ours, known to a second."""
    away = abs(offset)
    note = f"{offset.total_seconds():+.0f} s" if away > CLOSE else "agree within 2 s"
    what = "against the centre's"
    if away <= CLOSE:
        return Finding(part=PART, what=what, note=note)
    verdict = CheckStatus.BAD if away > FAR else CheckStatus.DOUBTFUL
    return Finding(part=PART, what=what, note=note, verdict=verdict, mend=MEND)


def _kept() -> Finding:
    told = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    except (AttributeError, OSError):
        state = -1
    match state:
        case -1:
            note = "the kernel does not tell whether a time server keeps it"
        case _ if state == ERROR:
            note = "no time server keeps it"
        case _:
            note = f"kept by a time server, right within {told.maxerror / 1000:.0f} ms"
            return Finding(part=PART, what="the box's", note=note)
    return Finding(part=PART, what="the box's", note=note, verdict=CheckStatus.DOUBTFUL, mend=MEND)
