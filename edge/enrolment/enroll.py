"""Enroll this node by a one-time code."""

import ssl
from urllib.parse import urlsplit

import httpx

from edge.enrolment.credentials import Credentials, credentials_from
from edge.enrolment.key_exchange import KeyExchange
from edge.errors import EnrolmentError
from pipeline.wire.enrolment import (
    CODE_HEADER,
    ENROLMENT_PATH,
    PROOF_HEADER,
    EnrolmentCode,
    is_proof_valid,
)

TIMEOUT_S = 20.0


def enroll(
    centre_url: str, code: EnrolmentCode, *, verify: ssl.SSLContext | bool = True
) -> Credentials:
    """Agree with the centre on a key, and return the credentials.

    The code's secret part is not sent. Each side proves that it knows it, so that nobody between
    the two can take the centre's place, also without TLS.

    Raises:
        EnrolmentError: The centre cannot be reached, refuses the code, or is not the right one.
    """
    exchange = KeyExchange.create()
    request = exchange.request()
    url = centre_url.rstrip("/")
    headers = {
        CODE_HEADER: code.id,
        PROOF_HEADER: code.prove("request", request),
        "Content-Type": "application/json",
    }
    response = post(url + ENROLMENT_PATH, request, headers, verify=verify)
    if not is_proof_valid(
        code.prove("answer", request, response.content), response.headers.get(PROOF_HEADER, "")
    ):
        raise EnrolmentError(f"{url} does not know the code: check the address of the centre")
    answer, key = exchange.read_answer(request, response.content)
    return credentials_from(
        answer,
        key=key,
        certificate_key=exchange.certificate_key_pem,
        centre_url=url,
        centre_host=urlsplit(url).hostname or "127.0.0.1",
    )


def post(
    url: str, body: bytes, headers: dict[str, str], *, verify: ssl.SSLContext | bool
) -> httpx.Response:
    """Send a request to the centre.

    Raises:
        EnrolmentError: It does not answer, or refuses.
    """
    try:
        response = httpx.post(url, content=body, headers=headers, verify=verify, timeout=TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EnrolmentError(f"{url}: {str(error) or type(error).__name__}") from None
    if response.is_success:
        return response
    raise EnrolmentError(f"{url}: {_refusal(response)}")


def _refusal(response: httpx.Response) -> str:
    try:
        problem = response.json()
        return str(problem.get("detail") or problem.get("title") or problem["code"])[:300]
    except (ValueError, AttributeError, KeyError):
        return f"answers {response.status_code}; is this the address of a centre?"
