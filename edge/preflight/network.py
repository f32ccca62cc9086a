"""The broker lets this box in; the centre takes a picture of it, and tells its clock."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from time import perf_counter
from urllib.parse import urlsplit

import cv2
import httpx
import numpy as np

from edge.config.plan import Plan
from edge.errors import BrokerError, BrokerRefusedError
from edge.evidence.upload import evidence_request
from edge.outbox.mqtt import Broker, Connection
from edge.outbox.publisher import broker_login, signed_status
from edge.preflight.checks import Check, CheckStatus, Finding
from edge.preflight.clock import centre_clock_finding

ENROL = "`gridwatch central enroll {node}` at the centre, and put the key it prints into `key_file`"
HERE = {"127.0.0.1", "localhost", "::1"}
PATIENCE = 5.0
"""Seconds for each step of talking to the centre."""


def broker_check(plan: Plan) -> Check:
    """Connect and log in as the box does, beside the one that may be running."""
    where = plan.settings.broker
    return Check(
        part="broker",
        what=f"{where.host}:{where.port}",
        run=lambda: [_broker(plan)],
        mend="check host and port of [broker], and what is between",
    )


def centre_check(plan: Plan, now: Callable[[], datetime]) -> Check:
    """Send a small picture, signed, the way that evidence goes."""
    url = plan.settings.centre.url
    look = partial(_centre, plan, now)
    return Check(part="centre", what=url, run=look, mend="check url of [centre]")


def _broker(plan: Plan) -> Finding:
    where = plan.settings.broker
    ca = plan.file.parent / where.ca if where.ca else None
    broker = Broker(host=where.host, port=where.port, tls=where.tls, ca=ca)
    key = bytes.fromhex(plan.key.get_secret_value())
    who = broker_login(plan.node, key)
    beside = replace(who, client_id=f"{who.client_id}.check")  # the broker ends doubles
    will = signed_status(plan.node, "offline", boot_id="check", software="", key=key)
    began = perf_counter()
    try:
        connection = Connection(broker, beside, will=will, on_event=lambda _: None)
        connection.open(plan.node.topic("down", "receipt"), timeout=PATIENCE)
    except BrokerError as error:
        return _bad("broker", str(broker), error.reason, _broker_mend(error, plan))
    took = (perf_counter() - began) * 1000
    connection.close()
    note = f"lets {plan.node} in, {took:.0f} ms"
    if where.tls or where.host in HERE:
        return Finding(part="broker", what=str(broker), note=note)
    mend = "set tls = true in [broker]: alerts and login travel in the clear"
    return Finding(
        part="broker", what=str(broker), note=note, verdict=CheckStatus.DOUBTFUL, mend=mend
    )


def _broker_mend(error: BrokerError, plan: Plan) -> str:
    if "certificate" in error.reason.lower() or "authority" in error.reason:
        return "set `ca` of [broker] to its authority's file, `host` to a name it stands for"
    if isinstance(error, BrokerRefusedError):
        return ENROL.format(node=plan.node)
    if "hangs up" in error.reason:  # as ours does where a login is wrong
        return f"{ENROL.format(node=plan.node)}; or set `tls` of [broker] as it has it"
    return "check host, port and tls of [broker], and what is between; alerts wait on the disk"


def _centre(plan: Plan, now: Callable[[], datetime]) -> list[Finding]:
    url = plan.settings.centre.url.rstrip("/")
    content = _test_picture()
    key = bytes.fromhex(plan.key.get_secret_value())
    sha256 = hashlib.sha256(content).hexdigest()
    path, headers = evidence_request(
        sha256, content, node=plan.node, key=key, media_type="image/jpeg"
    )
    began, asked = perf_counter(), now()
    try:
        answer = httpx.put(url + path, content=content, headers=headers, timeout=PATIENCE)
    except httpx.HTTPError as error:
        mend = "check url of [centre], its certificate, and what is between; pictures wait"
        return [_bad("centre", url, str(error) or type(error).__name__, mend)]
    took = timedelta(seconds=perf_counter() - began)
    clock = _clock(answer, asked + took / 2) if answer.is_success else []
    return [_answered(plan, url, answer, took), *clock]


def _answered(plan: Plan, url: str, answer: httpx.Response, took: timedelta) -> Finding:
    if answer.status_code == HTTPStatus.FORBIDDEN:
        note = f"does not take pictures of {plan.node}: wrong key, or not enrolled"
        return _bad("centre", url, note, ENROL.format(node=plan.node))
    if not answer.is_success:
        note = f"answers {answer.status_code}"
        return _bad("centre", url, note, "check that url of [centre] is a gridwatch centre")
    note = f"takes pictures of {plan.node}, {took / timedelta(milliseconds=1):.0f} ms"
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname in HERE:
        return Finding(part="centre", what=url, note=note)
    mend = "use https:// in url of [centre]: pictures travel in the clear"
    return Finding(part="centre", what=url, note=note, verdict=CheckStatus.DOUBTFUL, mend=mend)


def _clock(answer: httpx.Response, at: datetime) -> list[Finding]:
    try:
        told = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return []
    middle = told + timedelta(seconds=0.5)  # whole seconds are told, cut off
    return [centre_clock_finding(middle - at)]


def _test_picture() -> bytes:
    """Draw a few grey pixels: the same each time, so the centre keeps one of them for all."""
    return cv2.imencode(".jpg", np.full((8, 8, 3), 114, np.uint8))[1].tobytes()


def _bad(part: str, what: str, note: str, mend: str) -> Finding:
    return Finding(part=part, what=what, note=note, verdict=CheckStatus.BAD, mend=mend)
