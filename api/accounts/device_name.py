"""Name a device by what its browser states, so that a person recognizes an own login."""

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
MAX_LENGTH = 60


def describe_device(user_agent: str) -> str:
    """Return browser and system, such as ``Chrome, Android``; else the start of what is stated."""
    names = [
        next((name for mark, name in known if mark in user_agent), "")
        for known in (_BROWSERS, _SYSTEMS)
    ]
    plain = "".join(sign for sign in user_agent if sign.isprintable())
    return ", ".join(filter(None, names)) or plain[:MAX_LENGTH]
