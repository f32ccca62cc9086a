"""A push service and the browsers that have subscribed to it: it decrypts what arrives."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from api.notify.channels.push_encryption import RECORD_SIZE, content_keys
from api.notify.fakes.fake_service import BadRequestError, FakeService, ReceivedMessage
from api.notify.keys import decode_base64url, encode_base64url, encode_point

SALT_BYTES, POINT_BYTES = 16, 65
HEADER_BYTES = SALT_BYTES + 4 + 1 + POINT_BYTES


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that has subscribed.

    Args:
        public_key: The ``applicationServerKey`` that it subscribed with; empty for any.
    """

    name: str
    key: ec.EllipticCurvePrivateKey
    auth: bytes
    public_key: str = ""


@dataclass
class FakePushService(FakeService):
    """Accepts messages as RFC 8030 says, if they are signed (RFC 8292) and can be decrypted."""

    _browsers: dict[str, Browser] = field(default_factory=dict)

    def subscribe(self, name: str = "browser", *, public_key: str = "") -> dict[str, Any]:
        """Return what ``PushSubscription.toJSON()`` returns in a new browser."""
        browser = Browser(
            name, ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16), public_key
        )
        path = f"/push/{secrets.token_urlsafe(12)}"
        self._browsers[path] = browser
        keys = {
            "p256dh": encode_base64url(encode_point(browser.key.public_key())),
            "auth": encode_base64url(browser.auth),
        }
        return {"endpoint": f"{self.url}{path}", "expirationTime": None, "keys": keys}

    def unsubscribe(self, endpoint: str) -> None:
        """Forget a browser: messages to it are answered with 410."""
        self._browsers.pop(urlsplit(endpoint).path, None)

    async def read(self, request: web.Request) -> ReceivedMessage:
        """Check, decrypt and decode a message."""
        browser = self._browsers.get(request.path)
        if browser is None:
            raise web.HTTPGone
        if request.method != "POST" or not request.headers.get("TTL", "").isdigit():
            raise BadRequestError("a POST with a TTL is required")
        if request.headers.get("Content-Encoding") != "aes128gcm":
            raise BadRequestError("the content encoding is not aes128gcm")
        check_vapid(request.headers.get("Authorization", ""), self.url, browser.public_key)
        content = decrypt(await request.read(), browser)
        return ReceivedMessage(to=browser.name, content=json.loads(content))

    def accepted(self) -> web.Response:
        """Return 201, as RFC 8030 demands."""
        return web.Response(status=201, headers={"Location": f"{self.url}/message"})


def decrypt(body: bytes, browser: Browser) -> bytes:
    """Decrypt a message of one record, as a browser does.

    Raises:
        BadRequestError: It is not for this browser, or malformed.
    """
    size = int.from_bytes(body[SALT_BYTES : SALT_BYTES + 4], "big")
    if len(body) <= HEADER_BYTES or body[SALT_BYTES + 4] != POINT_BYTES or size != RECORD_SIZE:
        raise BadRequestError("the header of the message is malformed")
    if len(body) > RECORD_SIZE:
        raise BadRequestError("the message has more than 4,096 bytes")
    point = body[SALT_BYTES + 5 : HEADER_BYTES]
    sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key, nonce = content_keys(
        browser.key.exchange(ec.ECDH(), sender),
        auth=browser.auth,
        salt=body[:SALT_BYTES],
        points=(encode_point(browser.key.public_key()), point),
    )
    try:
        padded = AESGCM(key).decrypt(nonce, body[HEADER_BYTES:], None)
    except InvalidTag:
        raise BadRequestError("the message cannot be decrypted") from None
    content, delimiter, padding = padded.rpartition(b"\x02")
    if not delimiter or padding.strip(b"\0"):
        raise BadRequestError("the record has no delimiter")
    return content


def check_vapid(header: str, audience: str, public_key: str) -> None:
    """Check who sends a message.

    Args:
        public_key: The key that the browser subscribed with; empty for any.

    Raises:
        BadRequestError: The token is malformed, not signed by its key, or for another service.
    """
    try:
        fields = dict(
            part.strip().split("=", 1) for part in header.removeprefix("vapid ").split(",")
        )
        signed, _, signature = fields["t"].rpartition(".")
        claims = json.loads(decode_base64url(signed.split(".")[1]))
        raw = decode_base64url(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), decode_base64url(fields["k"])
        )
        numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        key.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(SHA256()))
    except (KeyError, ValueError, IndexError) as error:
        raise BadRequestError(f"the VAPID header is malformed: {error!r}") from None
    except InvalidSignature:
        raise BadRequestError("the VAPID token is not signed by its key") from None
    if public_key not in {"", fields["k"]}:
        raise BadRequestError("the browser has subscribed with another key")
    if claims.get("aud") != audience or not isinstance(claims.get("exp"), int):
        raise BadRequestError(f"the VAPID token is not for {audience}")
