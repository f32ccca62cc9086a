"""Enrolment by a code, rotation and revocation: a node's own code against a centre over HTTP."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.enrolment import enrolment
from api.enrolment.authority import Authority
from api.enrolment.enrolment import BrokerForNodes
from api.enrolment.routes import EnrolmentServices
from api.errors import NotFoundError
from api.evidence.blobs import EvidenceStore
from api.fleet.store import get_node_keys, list_enrolled_nodes
from api.live.feed import LiveFeed
from api.web.server import WebServer, listening_socket
from api.web.services import Services
from api.wiring import now
from edge.enrolment.credentials import CredentialFiles, Credentials
from edge.enrolment.enroll import enroll
from edge.enrolment.key_exchange import KeyExchange
from edge.enrolment.key_holder import KeyHolder
from edge.enrolment.rotation import KeyRotation
from edge.errors import EnrolmentError
from pipeline.errors import WireError
from pipeline.wire import Node, sign, verify_signature
from pipeline.wire.enrolment import EnrolmentCode
from tests.brokers import free_port

NODE = Node("demo", "market", "node-1")


class SmallCentre:
    """A centre that enrolls nodes over HTTP."""

    def __init__(self, engine: AsyncEngine, url: str) -> None:
        self.engine, self.url = engine, url

    async def code(self, **lifetime: float) -> EnrolmentCode:
        async with self.engine.begin() as connection:
            return await enrolment.create_code(
                connection,
                NODE,
                by="test",
                now=now(),
                lifetime=timedelta(**(lifetime or {"hours": 1})),
            )

    async def enroll(self, code: EnrolmentCode) -> Credentials:
        return await asyncio.to_thread(enroll, self.url, code)

    async def key(self) -> bytes | None:
        async with self.engine.connect() as connection:
            return (await get_node_keys(connection, [str(NODE)])).get(str(NODE))

    async def revoke(self) -> None:
        async with self.engine.begin() as connection:
            await enrolment.revoke_node(connection, NODE, by="test", now=now())


@pytest.fixture
async def centre(database: AsyncEngine, tmp_path: Path) -> AsyncIterator[SmallCentre]:
    authority = Authority.open(tmp_path / "authority", now=now())
    live = LiveFeed(database)
    port = free_port()
    with listening_socket("127.0.0.1", port) as sock:
        app = create_app(
            Services(engine=database, now=now),
            live,
            EvidenceStore.in_folder(tmp_path / "evidence"),
            enrolment=EnrolmentServices(authority, BrokerForNodes(port=8883, tls=True)),
        )
        server = WebServer(app, sock, close_streams=live.close, trusted_proxies=())
        serving = asyncio.create_task(server.run())
        while not server.is_up:  # noqa: ASYNC110  # uvicorn offers only a flag
            await asyncio.sleep(0.01)
        yield SmallCentre(database, f"http://127.0.0.1:{port}")
        serving.cancel()
        await asyncio.wait([serving])


async def test_a_code_enrolls_a_node_that_makes_its_own_key(centre: SmallCentre) -> None:
    credentials = await centre.enroll(await centre.code())

    assert credentials.node == str(NODE)
    assert bytes.fromhex(credentials.key) == await centre.key()
    assert (credentials.broker_host, credentials.broker_port) == ("127.0.0.1", 8883)
    context = ssl.create_default_context(cadata=credentials.authority)
    assert context.get_ca_certs()


async def test_a_code_is_valid_once(centre: SmallCentre) -> None:
    code = await centre.code()
    await centre.enroll(code)

    with pytest.raises(EnrolmentError, match="wrong, used or expired"):
        await centre.enroll(code)


async def test_a_code_expires_and_a_newer_one_replaces_it(centre: SmallCentre) -> None:
    with pytest.raises(EnrolmentError):
        await centre.enroll(await centre.code(seconds=-1))
    older = await centre.code()
    newer = await centre.code()

    with pytest.raises(EnrolmentError):
        await centre.enroll(older)
    assert (await centre.enroll(newer)).node == str(NODE)


async def test_a_wrong_secret_neither_enrolls_nor_uses_up_the_code(centre: SmallCentre) -> None:
    code = await centre.code()
    guess = EnrolmentCode(code.id, "0" * 16)

    with pytest.raises(EnrolmentError):
        await centre.enroll(guess)
    assert await centre.key() is None
    assert (await centre.enroll(code)).node == str(NODE)


async def test_a_false_centre_cannot_answer(
    centre: SmallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await centre.code()
    monkeypatch.setattr(enrolment, "prove", lambda *_: "0" * 64)
    monkeypatch.setattr(enrolment, "is_proof_valid", lambda *_: True)

    with pytest.raises(EnrolmentError, match="does not know the code"):
        await centre.enroll(code)


@pytest.mark.parametrize("text", ["", "ABCD", "U" * 20, "ABCD-EFGH-JKMN-PQRS-TVWX-YZ"])
def test_what_is_no_code_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(WireError, match="20 letters and digits"):
        EnrolmentCode.parse(text)


def test_a_code_may_be_typed_in_small_letters_with_lookalikes() -> None:
    assert str(EnrolmentCode.parse("abcd efgh jkmn pqrs tvIO")) == "ABCD-EFGH-JKMN-PQRS-TV10"


async def test_a_key_is_rotated_and_the_last_is_accepted_for_a_while(
    centre: SmallCentre, tmp_path: Path
) -> None:
    rotation, holder = await _enrolled_node(centre, tmp_path)
    before = bytes(holder.key)

    await asyncio.to_thread(rotation.rotate)

    key = await centre.key()
    assert key is not None
    assert (bytes(holder.key), rotation.files.read_next()) == (key, None)
    assert key != before
    assert verify_signature(key, "a", b"", sign(before, "a", b""))
    assert verify_signature(holder.key, "a", b"", sign(before, "a", b""))


async def test_a_rotation_that_lost_the_answer_is_finished(
    centre: SmallCentre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotation, holder = await _enrolled_node(centre, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(CredentialFiles, "use_next", _fail)
        with pytest.raises(OSError, match="power cut"):
            await asyncio.to_thread(rotation.rotate)
    assert await centre.key() != holder.key

    stop = threading.Event()

    def end() -> None:
        stop.set()
        rotation.request()

    rotation.on_rotated = end
    await asyncio.to_thread(rotation.run, stop)

    assert await centre.key() == holder.key


async def test_a_stranger_cannot_rotate_the_key_of_a_node(
    centre: SmallCentre, tmp_path: Path
) -> None:
    rotation, holder = await _enrolled_node(centre, tmp_path)
    credentials = rotation.files.read()
    assert credentials is not None
    other = CredentialFiles(tmp_path / "stranger")
    other.write(_with_key(credentials, KeyHolder.of(bytes(32))))
    rotation.files = other

    with pytest.raises(EnrolmentError, match="not the node's"):
        await asyncio.to_thread(rotation.rotate)
    assert await centre.key() == holder.key


async def test_a_revoked_node_has_no_key_until_a_new_code_enrolls_it(
    centre: SmallCentre, tmp_path: Path
) -> None:
    rotation, _ = await _enrolled_node(centre, tmp_path)
    await centre.revoke()

    async with centre.engine.connect() as connection:
        assert await list_enrolled_nodes(connection) == []
    assert await centre.key() is None
    with pytest.raises(EnrolmentError):
        await asyncio.to_thread(rotation.rotate)
    await centre.enroll(await centre.code())
    assert await centre.key() is not None


async def test_only_a_known_node_can_be_revoked(centre: SmallCentre) -> None:
    with pytest.raises(NotFoundError):
        await centre.revoke()


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 10_000, b"\xff", b"x" * 20_000])
async def test_a_malformed_request_is_refused_and_leaves_the_code(
    centre: SmallCentre, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await centre.code()
    with monkeypatch.context() as patch:
        patch.setattr(KeyExchange, "request", lambda _: body)
        with pytest.raises(EnrolmentError):
            await centre.enroll(code)

    assert (await centre.enroll(code)).node == str(NODE)


async def _enrolled_node(centre: SmallCentre, tmp_path: Path) -> tuple[KeyRotation, KeyHolder]:
    credentials = await centre.enroll(await centre.code())
    files = CredentialFiles.of_data_folder(tmp_path)
    files.write(credentials)
    holder = KeyHolder.of(bytes.fromhex(credentials.key))
    rotation = KeyRotation(
        files=files, holder=holder, on_rotated=lambda: None, verify=True, now=now
    )
    return rotation, holder


def _with_key(credentials: Credentials, holder: KeyHolder) -> Credentials:
    fields = {name: getattr(credentials, name) for name in credentials.__struct_fields__}
    return Credentials(**{**fields, "key": holder.key.hex()})


def _fail(_: CredentialFiles) -> None:
    raise OSError("power cut")
