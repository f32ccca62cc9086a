"""What a person asks of the centre and does not get; HTTP answers with ``status``.

RefusedError
├── NotLoggedInError   401  no login, or it has ended
├── ForbiddenError     403  not for this role, this area, or from this page
├── NotFoundError      404  there is none, or not for these eyes
├── StepRefusedError   409  the loop does not allow this step now
├── TooLargeError      413  a body over its limit
├── UnsatisfiableError 416  a part that is not in the body
├── ImpossibleError    422  the request contradicts itself
└── TooManyTriesError  429  wait before the next try
"""

from api.errors import CentreError


class RefusedError(CentreError):
    """The request is understood and refused; ``code`` is the reason for programs."""

    status = 400

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        """Say why, for who reads a log."""
        return f"{self.code}: {self.detail}" if self.detail else self.code


class NotLoggedInError(RefusedError):
    """No login came along, or it has ended; log in again."""

    status = 401


class ForbiddenError(RefusedError):
    """This role, area or page may not; ask who may."""

    status = 403


class NotFoundError(RefusedError):
    """There is none, or it is not for these eyes: the answer does not tell which."""

    status = 404


class TooLargeError(RefusedError):
    """The body is over its limit; send less."""

    status = 413


class UnsatisfiableError(RefusedError):
    """A part was asked for that is not in the body; ask for the whole."""

    status = 416


class ImpossibleError(RefusedError):
    """The request contradicts itself or what is stored; mend it."""

    status = 422


class TooManyTriesError(RefusedError):
    """Too many wrong passwords; wait ``seconds``."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many_tries", f"wait {seconds} s")
        self.args = (seconds,)
        self.seconds = seconds


class StepRefusedError(RefusedError):
    """The loop does not allow this step; read the state again and choose anew.

    Args:
        code: ``stale``, ``wrong_state``, ``not_yours``, ``needs_reason`` or ``key_reused``.
        state: Where the incident or order stands now.
        version: Its version now.
    """

    status = 409

    def __init__(self, code: str, state: str, version: int) -> None:
        super().__init__(code, f"it is {state} at version {version}")
        self.args = (code, state, version)
        self.state = state
        self.version = version
