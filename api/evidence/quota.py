"""How much one account or node may upload in a day. Pure.

Who exceeds it is asked to come back in an hour; nodes and phones keep what they have and repeat it.
"""

from dataclasses import dataclass

from api.errors import TooManyAttemptsError

RETRY_AFTER_S = 3600
_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Quota:
    """Files and bytes in 24 hours."""

    files: int
    bytes: int


ACCOUNT_QUOTA = Quota(files=500, bytes=2048 * _MIB)
"""A worker takes three photos an order, of 3 MB each."""
NODE_QUOTA = Quota(files=20_000, bytes=50 * 1024 * _MIB)
"""A node with twenty cameras that sends a clip of 4 MB every two minutes from each."""


def check_quota(quota: Quota, used: Quota, *, size: int) -> None:
    """Refuse an upload that exceeds the quota.

    Args:
        used: In the last 24 hours.
        size: Of the upload, in bytes.

    Raises:
        TooManyAttemptsError: Come back in an hour.
    """
    if used.files >= quota.files or used.bytes + size > quota.bytes:
        raise TooManyAttemptsError(RETRY_AFTER_S)
