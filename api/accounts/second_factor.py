"""One-time codes of an authenticator app (RFC 6238), and recovery codes; pure."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
import segno

STEP_S = 30
N_RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without characters that are easily mistaken for each other."""


def new_secret() -> str:
    """Return a new secret in base32, 160 bits."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, name: str) -> str:
    """Return the address that an authenticator app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="gridwatch")


def provisioning_picture(uri: str) -> str:
    """Return the address as a QR code, an SVG image in a data URI."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=2)


def matching_step(secret: str, code: str, *, after: int | None, now: datetime) -> int | None:
    """Return the time step that a code belongs to; ``None`` if it is wrong or used.

    Codes of the step before and after count, as clocks differ.

    Args:
        after: The last step of which a code was accepted: an overheard code is worth nothing.
    """
    current = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        if (after is None or step > after) and hmac.compare_digest(
            totp.generate_otp(step).encode(), code.encode()
        ):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return codes that each replace the app once; a plain hash hides 123 bits."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(5))
        for _ in range(N_RECOVERY_CODES)
    ]


def hash_recovery_code(code: str) -> bytes:
    """Hash a recovery code; blanks and capitals do not matter."""
    plain = "".join(code.split()).casefold()
    return hashlib.sha256(plain.encode()).digest()


def without_code(hashes: Sequence[bytes], code: str) -> list[bytes] | None:
    """Return the hashes that are left once a recovery code is used; ``None`` if it is none."""
    used = hash_recovery_code(code)
    left = [stored for stored in hashes if not hmac.compare_digest(stored, used)]
    return left if len(left) < len(hashes) else None
