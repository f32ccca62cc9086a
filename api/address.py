"""Parse the addresses of other services: webhooks, push services and brokers. Pure."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_address
from socket import inet_aton, inet_ntoa
from urllib.parse import SplitResult, urlsplit

from pipeline.wire.limits import is_storable

MAX_LENGTH = 2000
PUBLIC_PUSH_SERVICES = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"""The services of Chrome, Firefox, Safari and Edge; all of them use https."""


class InvalidAddressError(ValueError):
    """An address cannot be used; the message says why and what to write."""


def parse_address(text: str, schemes: Sequence[str]) -> SplitResult:
    """Parse ``scheme://host:port/path``.

    Args:
        schemes: The allowed schemes.

    Raises:
        InvalidAddressError: Scheme, host, port or a character is wrong.
    """
    example = " or ".join(f"{scheme}://host:port" for scheme in schemes)
    if len(text) > MAX_LENGTH:
        raise InvalidAddressError(f"it has more than {MAX_LENGTH} characters: write {example}")
    if not text.isprintable() or " " in text or not is_storable(text):
        raise InvalidAddressError(f"it contains a blank or a control character: write {example}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InvalidAddressError(f"{error}: write {example}, with a port of 1 to 65535") from None
    if parts.scheme not in schemes:
        raise InvalidAddressError(f"the scheme is wrong: write {example}")
    if not parts.hostname:
        raise InvalidAddressError(f"the host is missing: write {example}")
    if port == 0:
        raise InvalidAddressError(f"port 0 cannot be used: write {example}")
    return parts


def parse_webhook_address(text: str) -> SplitResult:
    """Parse the address of a webhook, ``http://`` or ``https://``.

    Raises:
        InvalidAddressError: It cannot be used.
    """
    return parse_address(text, ("http", "https"))


def is_known_push_service(endpoint: str, services: Sequence[str]) -> bool:
    """Return whether an endpoint belongs to a push service of the settings.

    A page could name any address, also one inside the network of the centre.

    Args:
        services: Host names, ``*`` for any part of one; or an origin such as
            ``http://127.0.0.1:9000``.
    """
    try:
        parts = parse_webhook_address(endpoint)
    except InvalidAddressError:
        return False
    if f"{parts.scheme}://{parts.netloc}" in services:
        return True
    host = (parts.hostname or "").lower()
    is_named = any(fnmatchcase(host, service) for service in services)
    return parts.scheme == "https" and parts.port in {None, 443} and is_named


def is_allowed_webhook(address: str, hosts: Sequence[str]) -> bool:
    """Return whether an account may name this address for its webhook.

    Args:
        hosts: Host names, ``*`` for any part of one. Without any, every host is allowed but this
            machine and the addresses at which clouds hand out credentials.
    """
    try:
        host = (parse_webhook_address(address).hostname or "").lower().rstrip(".")
    except InvalidAddressError:
        return False
    if hosts:
        return any(fnmatchcase(host, pattern.lower()) for pattern in hosts)
    if host == "localhost" or host.endswith((".localhost", ".internal")):
        return False
    try:
        ip = ip_address(inet_ntoa(inet_aton(host)) if ":" not in host else host.partition("%")[0])
    except (OSError, ValueError):
        return True  # a name
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return not (ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast)
