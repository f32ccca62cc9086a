"""The pages in docs/getting-started work as they are written.

Blocks marked ``sh`` are run in their order, with free ports instead of 8080 and 1883; ``bash``
blocks install programs or need a machine of their own. The configurations of nginx and Caddy are
used as they are, but for ports and certificates.
"""

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.brokers import free_port
from tests.edge.certificates import make_certificate
from tests.edge.nodes import installed_model
from tests.requirements import require
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGES = Path(__file__).parents[2] / "docs" / "getting-started"
LOGIN = {"name": "desk", "password": "change-me-1"}


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a page that are marked with a language."""
    text = (PAGES / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a newcomer who followed the pages has: a folder, and what the commands printed."""

    folder: Path
    port: int
    broker_port: int
    output: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a shell with gridwatch on its path and an empty home."""
        return environment(self.folder, self.port, self.broker_port)


def environment(home: Path, port: int, broker_port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRIDWATCH")}
    data = {name: os.environ[name] for name in os.environ if name.endswith("_PATH")}
    return {
        **kept,
        **data,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GRIDWATCH_HTTP_PORT": str(port),
        "GRIDWATCH_BROKER_PORT": str(broker_port),
    }


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Follow the pages of the centre and of the node in one shell."""
    installed_model()
    folder, port, broker_port = tmp_path_factory.mktemp("newcomer"), free_port(), free_port()
    commands = [block for page in ("centre.md", "node.md") for block in blocks(page, "sh")]
    script = "\n".join(["set -e", *commands, "kill %1; wait %1 || true"])
    script = script.replace("8080", str(port)).replace("1883", str(broker_port))
    shell = subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder,
        env=environment(folder, port, broker_port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = shell.communicate(timeout=400)
    finally:
        with_group_killed(shell.pid)
    log = folder / "centre" / "central.log"
    centre = log.read_text() if log.exists() else ""
    assert shell.returncode == 0, f"{output[-5000:]}\n{centre[-3000:]}"
    return Walk(folder=folder / "centre", port=port, broker_port=broker_port, output=output)


def with_group_killed(leader: int) -> None:
    """End what the shell has left running."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_a_newcomer_has_a_centre_and_an_incident(walk: Walk) -> None:
    assert '"items":[]' in walk.output, "the queue is empty at first"
    assert "demo/market/box-1 is enrolled" in walk.output
    assert '"because":' in walk.output


KNOWN_PROXIES = {"GRIDWATCH_TRUSTED_PROXIES": "127.0.0.1,127.0.0.2"}
BELOW_A_PATH = {"GRIDWATCH_BASE_PATH": "/gridwatch"}


@pytest.fixture(scope="module")
def centre(request: pytest.FixtureRequest, walk: Walk) -> Iterator[Walk]:
    """The newcomer's centre, running again with the variables of the parameter."""
    variables: Mapping[str, str] = request.param
    process = subprocess.Popen(
        [sys.executable, "-m", "gridwatch", "central", "run"],
        cwd=walk.folder,
        env=walk.environment | dict(variables),
        stderr=subprocess.DEVNULL,
    )
    try:
        path = variables.get("GRIDWATCH_BASE_PATH", "")
        wait_until_healthy(f"http://127.0.0.1:{walk.port}{path}")
        yield walk
    finally:
        process.terminate()
        process.wait(60)


def wait_until_healthy(url: str, trust: ssl.SSLContext | bool = True) -> None:
    with httpx.Client(verify=trust) as client:

        def is_healthy() -> bool:
            try:
                return client.get(f"{url}/v1/health").is_success
            except httpx.TransportError:
                return False

        wait_until(is_healthy, seconds=120)


@contextmanager
def nginx_running(folder: Path, servers: str) -> Iterator[None]:
    """Run nginx with these servers, without root."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    require(program is not None, "nginx")
    folder.mkdir(exist_ok=True)
    paths = "".join(
        f"{name}_temp_path {folder / name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    http = f"http {{ access_log off; {paths} {servers} }}"
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} {http}"
    )
    server = subprocess.Popen([str(program), "-e", f"{folder}/error.log", "-c", str(config)])
    try:
        yield
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def caddy_running(folder: Path, site: str) -> Iterator[None]:
    """Run Caddy with this site, without root and without a port for its administration."""
    program = shutil.which("caddy", path=f"{os.environ['PATH']}:/usr/sbin")
    require(program is not None, "caddy")
    folder.mkdir(exist_ok=True)
    config = folder / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}")
    server = subprocess.Popen(
        [str(program), "run", "--config", str(config), "--adapter", "caddyfile"],
        env=os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        server.terminate()
        server.wait(10)


def log_in(client: httpx.Client, origin: str) -> httpx.Response:
    """Log in as the page at an address does."""
    headers = {"Origin": origin, "Host": origin.partition("//")[2]}
    return client.post("v1/login", json=LOGIN, headers=headers)


@pytest.mark.parametrize("centre", [KNOWN_PROXIES], indirect=True, ids=[""])
@pytest.mark.parametrize("proxy", ["127.0.0.1", "127.0.0.2"], ids=["same machine", "another one"])
def test_nginx_with_tls_serves_the_centre(centre: Walk, tmp_path: Path, proxy: str) -> None:
    port = free_port()
    certificate, key = make_certificate(tmp_path, "centre")
    server = (
        blocks("reverse-proxy.md", "nginx")[0]
        .replace("listen 443", f"listen 127.0.0.1:{port}")
        .replace("/etc/ssl/centre.pem", str(certificate))
        .replace("/etc/ssl/centre.key", str(key))
        .replace("8080;", f"{centre.port}; proxy_bind {proxy};")
    )
    trust = ssl.create_default_context(cafile=certificate)
    origin = f"https://127.0.0.1:{port}"
    with (
        nginx_running(tmp_path / "nginx", server),
        httpx.Client(base_url=origin, verify=trust) as client,
    ):
        wait_until_healthy(origin, trust)
        answer = log_in(client, origin)
        with client.stream("GET", "/v1/events") as events:
            first = next(events.iter_text())

    assert answer.status_code == 200, answer.text
    assert "Secure" in answer.headers["set-cookie"]
    assert "connected" in first


@pytest.mark.parametrize("centre", [BELOW_A_PATH], indirect=True, ids=[""])
@pytest.mark.parametrize("way", ["passes the path on", "takes the path away"])
def test_nginx_serves_the_centre_below_a_path(centre: Walk, tmp_path: Path, way: str) -> None:
    port = free_port()
    slash = "/" if way == "takes the path away" else ""
    location = blocks("reverse-proxy.md", "nginx")[1].replace("8080;", f"{centre.port}{slash};")
    server = f"server {{ listen 127.0.0.1:{port}; {location} }}"
    origin = f"http://127.0.0.1:{port}"
    with (
        nginx_running(tmp_path / "nginx", server),
        httpx.Client(base_url=f"{origin}/gridwatch/") as client,
    ):
        wait_until_healthy(f"{origin}/gridwatch")
        page = client.get("").text
        assets = re.findall(r'(?:src|href)="\.?/?([^"]+)"', page)
        answers = [client.get(asset.removeprefix("gridwatch/")).status_code for asset in assets]
        login = log_in(client, origin)

    assert assets
    assert set(answers) == {200}
    assert login.status_code == 200, login.text


@pytest.mark.parametrize(
    ("centre", "number", "path"),
    [(KNOWN_PROXIES, 0, ""), (BELOW_A_PATH, 1, "/gridwatch")],
    indirect=["centre"],
    ids=["at the root", "below a path"],
)
def test_caddy_with_tls_serves_the_centre(
    centre: Walk, tmp_path: Path, number: int, path: str
) -> None:
    origin = f"https://127.0.0.1:{free_port()}"
    certificate, key = make_certificate(tmp_path, "centre")
    tls = f"\ttls {certificate} {key}\n"
    lines = blocks("reverse-proxy.md", "caddyfile")[number].splitlines(keepends=True)[1:]
    site = "".join(line for line in lines if "/etc/ssl" not in line)
    site = f"{origin} {{\n{tls}{site}".replace("8080", str(centre.port))
    trust = ssl.create_default_context(cafile=certificate)
    with (
        caddy_running(tmp_path / "caddy", site),
        httpx.Client(base_url=f"{origin}{path}", verify=trust) as client,
    ):
        wait_until_healthy(f"{origin}{path}", trust)
        page = client.get(f"{origin}{path}", follow_redirects=True)
        answer = log_in(client, origin)
        with client.stream("GET", "v1/events") as events:
            first = next(events.iter_text())

    assert "<script" in page.text
    assert page.url.path == f"{path}/"
    assert "Secure" in answer.headers["set-cookie"]
    assert "connected" in first


@pytest.mark.parametrize("centre", [KNOWN_PROXIES], indirect=True, ids=[""])
def test_nginx_without_the_host_header_is_refused_with_the_fix(
    centre: Walk, tmp_path: Path
) -> None:
    port = free_port()
    location = f"location / {{ proxy_pass http://127.0.0.1:{centre.port}; }}"
    server = f"server {{ listen 127.0.0.1:{port}; {location} }}"
    origin = f"http://127.0.0.1:{port}"
    with (
        nginx_running(tmp_path / "nginx", server),
        httpx.Client(base_url=origin) as client,
    ):
        wait_until_healthy(origin)
        answer = log_in(client, origin)

    assert (answer.status_code, answer.json()["code"]) == (403, "other_site")
    assert origin in answer.json()["detail"]
    assert f"127.0.0.1:{centre.port}" in answer.json()["detail"]
