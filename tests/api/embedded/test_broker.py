import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from api.embedded.broker import EmbeddedBroker
from api.embedded.broker_probe import can_log_in
from api.errors import PortInUseError
from tests.brokers import free_port


async def test_only_clients_with_a_login_can_connect(tmp_path: Path) -> None:
    logins = {"demo/market/box-1": "right"}
    with EmbeddedBroker(tmp_path, host="127.0.0.1", port=free_port(), logins=logins) as broker:
        answers = [
            await can_log_in(broker.host, broker.port, user=user, password=password)
            for user, password in [
                ("demo/market/box-1", "right"),
                ("demo/market/box-1", "wrong"),
                ("demo/market/box-2", "right"),
                ("central", broker.password),
            ]
        ]

        mode = stat.S_IMODE((tmp_path / "broker.toml").stat().st_mode)
    assert (answers, mode) == ([True, False, False, True], 0o600)


async def test_a_node_enrolled_later_can_connect_after_a_restart(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path, host="127.0.0.1", port=free_port()) as broker:
        broker.restart({"demo/market/box-2": "new"})

        assert await can_log_in(broker.host, broker.port, user="demo/market/box-2", password="new")


@pytest.mark.slow
def test_an_occupied_port_is_named_with_its_fix(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError) as caught:
            EmbeddedBroker(tmp_path, host="127.0.0.1", port=port).start()

    assert f"127.0.0.1:{port} is in use" in str(caught.value)
    assert "--broker-port" in str(caught.value)


@pytest.mark.slow
def test_the_broker_ends_with_a_killed_centre(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from api.embedded.broker import EmbeddedBroker\n"
        f"broker = EmbeddedBroker(Path({str(tmp_path)!r}), host='127.0.0.1', port={free_port()})\n"
        "broker.start(); print(broker.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()

        child.wait(10)
    assert not child.is_running()
