"""A centre with https of a private authority: every connection to it trusts `[centre] ca`."""

import ssl
import threading
import time
from pathlib import Path

import httpx
import pytest

from edge.config.loader import ResolvedConfig, load_config
from edge.control.clock import CentreClock, CentreTimePoller
from edge.enrolment.key_holder import KeyHolder
from edge.evidence.upload import Uploader
from edge.health.counters import Counters
from edge.preflight.checks import CheckStatus, Finding
from edge.preflight.network import centre_check
from edge.wiring import now
from tests.edge.certificates import make_certificate
from tests.edge.evidence.test_upload import with_pending_snapshot
from tests.edge.evidence_server import evidence_server
from tests.edge.nodes import EDGE_TOML, KEY, NODE, write_edge_toml
from tests.messages import NOON
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


def config_with(folder: Path, port: int, ca: str = "") -> ResolvedConfig:
    """Return the configuration of a node whose centre has https."""
    authority = f'\nca = "{ca}"' if ca else ""
    centre = f'url = "https://127.0.0.1:{port}"{authority}'
    return load_config(
        write_edge_toml(folder, EDGE_TOML.replace('url = "http://127.0.0.1:8080"', centre))
    )


def check_centre(config: ResolvedConfig) -> Finding:
    return centre_check(config, now).run()[0]


def test_the_preflight_trusts_the_authority_and_no_other(tmp_path: Path) -> None:
    tls = make_certificate(tmp_path, "centre")
    make_certificate(tmp_path, "other")
    with evidence_server(tls=tls) as server:
        trusted = check_centre(config_with(tmp_path, server.port, "centre.pem"))
        other = check_centre(config_with(tmp_path, server.port, "other.pem"))
        unset = check_centre(config_with(tmp_path, server.port))

    assert trusted.status is CheckStatus.GOOD
    assert len(server.stored) == 1
    for finding in (other, unset):
        assert finding.status is CheckStatus.BAD
        assert "set `ca` in [centre]" in finding.remedy


def test_evidence_is_uploaded_to_it(tmp_path: Path) -> None:
    outbox, folder, upload = with_pending_snapshot(tmp_path)
    tls = make_certificate(tmp_path, "centre")
    stop = threading.Event()
    with evidence_server(tls=tls) as server:
        config = config_with(tmp_path, server.port, "centre.pem")
        uploader = Uploader(
            url=config.settings.centre.url,
            verify=config.centre_trust,
            node=NODE,
            keys=KeyHolder.of(KEY),
            outbox=outbox,
            store=folder.store,
            counters=Counters(),
            now=lambda: NOON,
            monotonic_s=time.monotonic,
        )
        thread = threading.Thread(target=uploader.run, args=(stop,))
        thread.start()
        wait_until(lambda: upload.sha256 in server.stored)
        stop.set()
        uploader.wake()
        thread.join(10)


@pytest.mark.parametrize(("ca", "is_known"), [("centre.pem", True), ("other.pem", False)])
def test_its_time_is_asked_for(tmp_path: Path, ca: str, *, is_known: bool) -> None:
    tls = make_certificate(tmp_path, "centre")
    make_certificate(tmp_path, "other")
    clock = CentreClock(now=now, monotonic=time.monotonic)
    with evidence_server(tls=tls) as server:
        config = config_with(tmp_path, server.port, ca)
        trust = config.centre_trust
        poller = CentreTimePoller(config.settings.centre.url, clock, verify=trust)
        with httpx.Client(verify=trust) as client:
            assert poller.poll(client) is is_known

    assert isinstance(trust, ssl.SSLContext)
