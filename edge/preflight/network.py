"""Check the network: log in to the broker, send an image to the centre and compare clocks."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from time import perf_counter, sleep
from urllib.parse import urlsplit

import cv2
import httpx
import numpy as np

from edge.config.loader import ResolvedConfig
from edge.errors import BrokerError, BrokerRefusedError
from edge.evidence.upload import evidence_request
from edge.outbox.broker_settings import broker_of
from edge.outbox.mqtt import CLOSED_UNANSWERED, Connection
from edge.outbox.signed_messages import broker_login, signed_status
from edge.preflight.checks import Check, CheckStatus, Finding
from edge.preflight.clock import centre_clock_finding

ENROL_REMEDY = (
    "run `gridwatch central enroll {node}` at the centre and put the key it prints into `key_file`"
)
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
TIMEOUT_S = 5.0
"""Timeout of each request."""
LOGIN_SETTLES_S = 6.0
"""Within this time after a node was enrolled, a centre with its own broker has restarted it."""
RETRY_AFTER_S = 1.0
"""Time between two attempts to log in."""


def broker_check(config: ResolvedConfig, retry_for_s: float = LOGIN_SETTLES_S) -> Check:
    """Log in as the node does, beside a node that may be running.

    Args:
        retry_for_s: Seconds during which a failed login is tried again.
    """
    settings = config.settings.broker
    return Check(
        part="broker",
        what=f"{settings.host}:{settings.port}",
        run=lambda: [_check_broker(config, retry_for_s)],
        remedy="check the host and port in [broker], and the network",
    )


def centre_check(config: ResolvedConfig, now: Callable[[], datetime]) -> Check:
    """Upload a small signed image, as evidence is uploaded."""
    url = config.settings.centre.url
    run = partial(_check_centre, config, now)
    return Check(part="centre", what=url, run=run, remedy="check the url in [centre]")


UNTRUSTED = (
    "set `ca` in [centre] to the authority's file, and the host of `url` to a name in its "
    "certificate"
)


def _check_broker(config: ResolvedConfig, retry_for_s: float) -> Finding:
    settings = config.settings.broker
    broker = broker_of(config)
    key = bytes.fromhex(config.key.get_secret_value())
    login = broker_login(config.node, key)
    # The broker ends the older of two connections with one client id.
    login = replace(login, client_id=f"{login.client_id}.check")
    will = signed_status(config.node, "offline", boot_id="check", software="", key=key)
    topic = config.node.topic("down", "receipt")
    try:
        connect = partial(Connection, broker, login, will=will, on_event=_ignore)
        elapsed_ms = _log_in(connect, topic, retry_for_s)
    except BrokerError as error:
        return _bad("broker", str(broker), error.reason, _broker_remedy(error, config))
    note = f"accepts {config.node}, {elapsed_ms:.0f} ms"
    if settings.tls or settings.host in LOCAL_HOSTS:
        return Finding(part="broker", what=str(broker), note=note)
    remedy = "set tls = true in [broker]: alerts and the login are not encrypted"
    return Finding(
        part="broker", what=str(broker), note=note, status=CheckStatus.DOUBTFUL, remedy=remedy
    )


def _log_in(connect: Callable[[], Connection], topic: str, retry_for_s: float) -> float:
    """Connect, again for some seconds if that fails; return the milliseconds.

    Raises:
        BrokerError: The last attempt failed.
    """
    give_up_at = perf_counter() + retry_for_s
    while True:
        started_at = perf_counter()
        try:
            connection = connect()
            connection.open(topic, timeout=TIMEOUT_S)
        except BrokerRefusedError:
            raise
        except BrokerError:
            if perf_counter() > give_up_at:
                raise
            sleep(RETRY_AFTER_S)
        else:
            connection.close()
            return (perf_counter() - started_at) * 1000


def _ignore(_: object) -> None:
    """Take an event of a connection that is used only to log in."""


def _broker_remedy(error: BrokerError, config: ResolvedConfig) -> str:
    if "certificate" in error.reason.lower() or "authority" in error.reason:
        return (
            "set `ca` in [broker] to the authority's file, and `host` to a name in the certificate"
        )
    if isinstance(error, BrokerRefusedError):
        return ENROL_REMEDY.format(node=config.node)
    if error.reason == CLOSED_UNANSWERED:  # as our broker does for a wrong login
        enrol = ENROL_REMEDY.format(node=config.node)
        return f"{enrol}; or set `tls` in [broker] to match the broker"
    return "check host, port and tls in [broker], and the network; alerts wait on disk"


def _check_centre(config: ResolvedConfig, now: Callable[[], datetime]) -> list[Finding]:
    url = config.settings.centre.url.rstrip("/")
    content = _test_image()
    key = bytes.fromhex(config.key.get_secret_value())
    sha256 = hashlib.sha256(content).hexdigest()
    path, headers = evidence_request(
        sha256, content, node=config.node, key=key, media_type="image/jpeg"
    )
    started_at, sent_at = perf_counter(), now()
    try:
        answer = httpx.put(
            url + path,
            content=content,
            headers=headers,
            timeout=TIMEOUT_S,
            verify=config.centre_trust,
        )
    except httpx.HTTPError as error:
        is_untrusted = "certificate" in str(error).lower()
        remedy = UNTRUSTED if is_untrusted else "check the url in [centre] and the network"
        return [_bad("centre", url, str(error) or type(error).__name__, remedy)]
    elapsed = timedelta(seconds=perf_counter() - started_at)
    clock = _clock(answer, sent_at + elapsed / 2) if answer.is_success else []
    return [_answered(config, url, answer, elapsed), *clock]


def _answered(
    config: ResolvedConfig, url: str, answer: httpx.Response, elapsed: timedelta
) -> Finding:
    if answer.status_code == HTTPStatus.FORBIDDEN:
        note = f"refuses evidence of {config.node}: its key is wrong or it is not enrolled"
        return _bad("centre", url, note, ENROL_REMEDY.format(node=config.node))
    if not answer.is_success:
        note = f"answers {answer.status_code}"
        return _bad("centre", url, note, "set the url in [centre] to that of a gridwatch centre")
    note = f"accepts evidence of {config.node}, {elapsed / timedelta(milliseconds=1):.0f} ms"
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname in LOCAL_HOSTS:
        return Finding(part="centre", what=url, note=note)
    remedy = "use https:// for the url in [centre]: evidence is not encrypted"
    return Finding(part="centre", what=url, note=note, status=CheckStatus.DOUBTFUL, remedy=remedy)


def _clock(answer: httpx.Response, at: datetime) -> list[Finding]:
    try:
        date = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return []
    middle = date + timedelta(seconds=0.5)  # the header is truncated to whole seconds
    return [centre_clock_finding(middle - at)]


def _test_image() -> bytes:
    """Encode a few grey pixels, always the same bytes, so that the centre stores them once."""
    return cv2.imencode(".jpg", np.full((8, 8, 3), 114, np.uint8))[1].tobytes()


def _bad(part: str, what: str, note: str, remedy: str) -> Finding:
    return Finding(part=part, what=what, note=note, status=CheckStatus.BAD, remedy=remedy)
