"""The cookie of a device on which an account has logged in: it waits for its own guesses only."""

import hashlib
import hmac
import secrets

DEVICE_COOKIE = "gridwatch_device"
MAX_AGE_S = 365 * 24 * 3600


def new_device_cookie(key: bytes, name: str) -> str:
    """Return a cookie that names a new device of an account."""
    device = secrets.token_hex(8)
    return f"{device}.{_signature(key, name, device)}"


def read_device_cookie(key: bytes, name: str, cookie: str | None) -> str | None:
    """Return the device that a cookie names; ``None`` if it is not one of this account."""
    device, _, signature = (cookie or "").partition(".")
    if not (device.isascii() and signature.isascii()):
        return None
    return device if hmac.compare_digest(_signature(key, name, device), signature) else None


def _signature(key: bytes, name: str, device: str) -> str:
    message = f"device\0{name}\0{device}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()
