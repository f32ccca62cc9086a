"""``gridwatch central enroll --code``, ``revoke``, ``ca`` and ``server-certificate``."""

import asyncio
import getpass
from collections.abc import Sequence
from datetime import timedelta

from api import wiring
from api.enrolment import enrolment
from api.enrolment.authority import Authority
from api.enrolment.settings import AUTHORITY_FOLDER
from api.live.store import notify_listeners
from api.settings import CentralSettings
from gridwatch.commands.output import print_json
from pipeline.wire import Node
from pipeline.wire.enrolment import EnrolmentCode


def run_code(settings: CentralSettings, node: Node, *, hours: float, json: bool) -> None:
    """Create and print a one-time code."""
    lifetime = timedelta(hours=hours)
    code = asyncio.run(_create_code(settings, node, lifetime))
    expires_at = wiring.now() + lifetime
    if json:
        print_json({"node": str(node), "code": str(code), "expires_at": expires_at})
        return
    print(f"code for {node}: {code}")
    print(f"valid once, until {expires_at:%Y-%m-%d %H:%M} UTC; on the node, with the address of")
    print(f"this centre: gridwatch edge enroll http://CENTRE:{settings.http_port} {code}")


def run_revoke(settings: CentralSettings, node: Node) -> None:
    """Revoke a node."""
    asyncio.run(_revoke(settings, node))
    print(f"{node} is revoked: nothing of it is accepted, and its connection ends in seconds")


def run_authority(settings: CentralSettings, *, json: bool) -> None:
    """Show the certificate authority."""
    authority = _open_authority(settings)
    if json:
        facts = {
            "file": str(authority.file),
            "sha256": authority.fingerprint,
            "expires_at": authority.expires_at,
        }
        print_json(facts)
        return
    print(f"certificate  {authority.file}")
    print(f"SHA-256      {authority.fingerprint}")
    print(f"expires      {authority.expires_at:%Y-%m-%d}")


def run_server_certificate(settings: CentralSettings, names: Sequence[str]) -> None:
    """Issue a server certificate, and print where it is."""
    authority = _open_authority(settings)
    certificate, key = authority.server_files("server", names, now=wiring.now())
    print(f"certfile {certificate}")
    print(f"keyfile  {key}")
    print(f"cafile   {authority.file}")


def _open_authority(settings: CentralSettings) -> Authority:
    return Authority.open(settings.data / AUTHORITY_FOLDER, now=wiring.now())


async def _create_code(settings: CentralSettings, node: Node, lifetime: timedelta) -> EnrolmentCode:
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        return await enrolment.create_code(
            connection, node, by=_requester(), now=wiring.now(), lifetime=lifetime
        )


async def _revoke(settings: CentralSettings, node: Node) -> None:
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        await enrolment.revoke_node(connection, node, by=_requester(), now=wiring.now())
        await notify_listeners(connection)


def _requester() -> str:
    return f"{getpass.getuser()} (command line)"
