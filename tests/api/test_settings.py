from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.address import InvalidAddressError, parse_webhook_address
from api.errors import SettingsError
from api.settings import CentralSettings

BAD_ADDRESSES = {
    "a port beyond 65535": ("http://127.0.0.1:99999/x", "1 to 65535"),
    "port 0": ("http://127.0.0.1:0/x", "port 0"),
    "a port that is no number": ("http://127.0.0.1:eighty/x", "1 to 65535"),
    "an open bracket": ("http://[::1/x", "write http://host:port"),
    "another scheme": ("ftp://127.0.0.1/x", "the scheme is wrong"),
    "no scheme": ("127.0.0.1:80/x", "the scheme is wrong"),
    "no host": ("http:///x", "the host is missing"),
    "a line feed": ("http://host/x\n", "control character"),
    "a blank": ("http://ho st/x", "blank"),
    "half of a pair": ("http://host/\ud800", "control character"),
    "a long one": ("http://host/" + "x" * 3000, "more than 2000"),
}


@pytest.mark.parametrize(("address", "why"), BAD_ADDRESSES.values(), ids=list(BAD_ADDRESSES))
def test_a_bad_webhook_address_is_refused_with_its_variable_and_the_fix(
    address: str, why: str
) -> None:
    with pytest.raises(SettingsError, match="GRIDWATCH_WEBHOOK_URL") as raised:
        CentralSettings.load(webhook_url=address)

    assert why in str(raised.value)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("broker_url", "mqtt://127.0.0.1:99999"),
        ("broker_url", "mqtt://[::1"),
        ("broker_url", "mqtt://"),
        ("database_url", "postgresql://user:secret@host:99999/name"),
        ("database_url", "postgresql://user:secret@host:x/name"),
        ("database_url", "postgresql://user:secret@[::1/name"),
    ],
)
def test_a_bad_address_of_broker_or_database_is_refused_without_its_password(
    name: str, address: str
) -> None:
    with pytest.raises(SettingsError, match=f"GRIDWATCH_{name.upper()}") as raised:
        CentralSettings.load(**{name: address})

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000/x", "https://gateway.example/a?b=c", "http://[::1]:80"]
)
def test_a_usable_webhook_address_is_accepted(address: str) -> None:
    assert CentralSettings.load(webhook_url=address).webhook_url == address


@given(st.text(st.characters(), max_size=60) | st.text("htp:/[]@.0123456789a", max_size=40))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    for candidate in (text, f"http://{text}"):
        try:
            parts = parse_webhook_address(candidate)
        except InvalidAddressError:
            continue
        assert parts.hostname
        assert parts.port is None or 1 <= parts.port <= 65535


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWATCH_EMERGENCY_CONTACTS", "AD-01, SV-01")
    monkeypatch.setenv("GRIDWATCH_TRUSTED_PROXIES", "10.0.0.7,192.168.0.0/16")
    settings = CentralSettings.load()

    assert settings.emergency_contacts == ("AD-01", "SV-01")
    assert settings.trusted_proxies == ("10.0.0.7", "192.168.0.0/16")


@pytest.mark.parametrize(
    ("name", "value"),
    [("trusted_proxies", "proxy.example"), ("base_path", "gridwatch"), ("base_path", "/a b")],
)
def test_a_wrong_proxy_setting_names_the_variable_and_the_fix(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"GRIDWATCH_{name.upper()}.*write"):
        CentralSettings.load(**{name: value})


@pytest.mark.parametrize("written", ["/gridwatch", "/gridwatch/"])
def test_a_base_path_may_end_with_a_slash(written: str) -> None:
    assert CentralSettings.load(base_path=written).base_path == "/gridwatch"


def test_an_unknown_time_zone_names_the_variable_and_the_fix() -> None:
    assert CentralSettings.load(time_zone="Asia/Urumqi").time_zone == "Asia/Urumqi"
    for wrong in ("Asia/Nowhere", "UTC+8", "../etc/passwd", ""):
        with pytest.raises(SettingsError, match=r"GRIDWATCH_TIME_ZONE: .*Asia/Shanghai"):
            CentralSettings.load(time_zone=wrong)


@pytest.mark.parametrize("variable", ["GRIDWATCH_SECRETS", "CREDENTIALS_DIRECTORY"])
def test_a_secret_may_be_a_file_that_a_vault_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    (tmp_path / "gridwatch_webhook_secret").write_text("of the vault\n")
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.delenv("GRIDWATCH_WEBHOOK_SECRET", raising=False)

    assert CentralSettings.load().webhook_secret.get_secret_value() == "of the vault"
