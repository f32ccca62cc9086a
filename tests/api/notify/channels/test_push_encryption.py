"""Web Push messages are those of RFC 8291 and RFC 8292."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from api.notify.channels.push_encryption import encrypt, vapid_header
from api.notify.fakes.fake_service import BadRequestError
from api.notify.fakes.push_service import Browser, check_vapid, decrypt
from api.notify.keys import NotificationKeys, decode_base64url, encode_base64url, encode_point

NOW = datetime(2026, 11, 30, tzinfo=UTC)
# RFC 8291, appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
ENCRYPTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAm"
    "S6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_"
    "Qulcy4a-fN"
)


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode_base64url(text), "big"), ec.SECP256R1())


def test_the_example_of_the_standard_is_encrypted_as_the_standard_says() -> None:
    encrypted = encrypt(
        PLAINTEXT, p256dh=P256DH, auth=AUTH, sender=private_key(SENDER), salt=decode_base64url(SALT)
    )

    assert encode_base64url(encrypted) == ENCRYPTED


def test_the_fake_browser_reads_the_example_of_the_standard() -> None:
    browser = Browser("phone", private_key(RECEIVER), decode_base64url(AUTH))

    assert decrypt(decode_base64url(ENCRYPTED), browser) == PLAINTEXT
    with pytest.raises(BadRequestError, match="cannot be decrypted"):
        decrypt(decode_base64url(ENCRYPTED), Browser("other", private_key(SENDER), b"0" * 16))


def test_a_push_service_recognises_the_centre() -> None:
    key = NotificationKeys(b"secret").vapid_key()
    public = encode_base64url(encode_point(key.public_key()))
    header = vapid_header(key, audience="https://push", contact="mailto:a@b.example", now=NOW)

    check_vapid(header, "https://push", public)
    with pytest.raises(BadRequestError, match="not for"):
        check_vapid(header, "https://other", public)
    with pytest.raises(BadRequestError, match="another key"):
        check_vapid(header, "https://push", "B" + public[1:-1])
    with pytest.raises(BadRequestError, match="not signed"):
        check_vapid(header.replace("t=ey", "t=fy"), "https://push", public)
