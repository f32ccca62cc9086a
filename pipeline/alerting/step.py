"""One step on the way to an alert, for those who ask why."""

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step of the way to the alert: what went in, what came out, and why.

    Args:
        name: The step: ``detect``, ``track``, ``zone``, ``rule``, ``hold``; ``step`` on the wire.
        taken: How much went in; ``in`` on the wire.
        given: How much came out; ``out`` on the wire.
        reason: What decided it, in names and numbers, which need no translation.
    """

    name: str = msgspec.field(name="step")
    taken: float = msgspec.field(name="in")
    given: float = msgspec.field(name="out")
    reason: str = ""
