"""Devices: the cookie of one on which an account has logged in, and what a person calls it."""

import hashlib
import hmac
import secrets

DEVICE_COOKIE = "gridwatch_device"
MAX_AGE_S = 365 * 24 * 3600
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
MAX_NAME_LENGTH = 60


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


def describe_device(user_agent: str) -> str:
    """Return browser and system, such as ``Chrome, Android``; else the start of what is stated."""
    names = [
        next((name for mark, name in known if mark in user_agent), "")
        for known in (_BROWSERS, _SYSTEMS)
    ]
    plain = "".join(sign for sign in user_agent if sign.isprintable())
    return ", ".join(filter(None, names)) or plain[:MAX_NAME_LENGTH]
