"""Codes for the reasons that nodes give for the state of a camera. Pure.

A node sends a sentence in English. The pages need a code, to show it in their own language.
"""

CODES = {
    "cannot be reached; check its power, the network, and host and port": "unreachable",
    "asks for a login; write rtsp://user:password@host/path": "no_login",
    "does not accept this user and password": "credentials",
    "answers, but has no stream of this path": "no_such_stream",
    'sends no pictures by this transport; set transport = "auto"': "transport",
    "answers, but refuses the stream; it may have too many viewers": "refused",
    "answers, but sends no video that can be decoded": "no_video",
    "answers, but sends nothing": "silent",
    "is connected, but sends no new pictures": "stalled",
    "is connected, but sends the same picture over and over": "frozen",
    "has ended the connection": "ended",
    "pictures come in damaged; check the network between camera and node": "damaged",
    "pictures are dropped because the node is too slow; use fewer cameras or a lower rate": (
        "overloaded"
    ),
    "pictures come in damaged or are dropped": "damaged_or_dropped",
    "timestamps stand still; frames are dated by their arrival": "timestamps",
    "disabled": "disabled",
    "removed by the centre": "removed_by_centre",
    "taken off by the centre": "removed_by_centre",
    "disabled by the centre": "disabled_by_centre",
}
"""By sentence. The codes of stream faults are those of ``edge.errors.StreamFault``. A sentence of
an earlier version stays, since nodes are updated one by one."""

_INTERNAL_FAULT = "fault: "
_MAIN_STREAM = "clips come from the sub-stream; the main stream "


def reason_codes(reason: str) -> list[str]:
    """Return the codes of a reason, a cause after its effect; empty if it is not known."""
    if reason.startswith(_MAIN_STREAM):
        return ["clips_from_sub_stream", *reason_codes(reason.removeprefix(_MAIN_STREAM))]
    if reason.startswith(_INTERNAL_FAULT):
        return ["internal_fault"]
    return [CODES[reason]] if reason in CODES else []
