"""Golden files: a message that was once sent can always be decoded."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from pipeline.errors import WireError
from pipeline.wire import (
    CameraState,
    Command,
    DesiredConfig,
    Health,
    Receipt,
    Reply,
    ReportedConfig,
    Status,
    decode_alert,
    decode_message,
    encode_alert,
    encode_message,
)
from pipeline.wire.schema import documents

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden" / "wire" / "v1"
SCHEMAS = ROOT / "docs" / "schemas"
ALERTS = sorted(GOLDEN.glob("alert_*.json"))
BAD = sorted((GOLDEN / "bad").glob("*.json"))
KINDS: dict[str, Any] = {
    "camera": CameraState,
    "command": Command,
    "desired": DesiredConfig,
    "health": Health,
    "receipt": Receipt,
    "reply": Reply,
    "reported": ReportedConfig,
    "status": Status,
}
SMALL = sorted(file for file in GOLDEN.glob("*.json") if file.stem.partition("_")[0] in KINDS)


def name(file: Path) -> str:
    return file.stem


@pytest.mark.parametrize("file", ALERTS, ids=name)
def test_a_golden_alert_survives_decoding_and_encoding(file: Path) -> None:
    message = decode_alert(file.read_bytes())

    assert decode_alert(encode_alert(message)) == message


@pytest.mark.parametrize("kind", ["opened", "updated", "closed"])
def test_an_alert_is_encoded_as_in_the_golden_file(kind: str) -> None:
    payload = (GOLDEN / f"alert_{kind}.json").read_bytes()
    written = json.loads(encode_alert(decode_alert(payload)))

    assert written == json.loads(payload)
    assert list(written["data"]) == list(json.loads(payload)["data"])


def test_unknown_fields_are_ignored() -> None:
    today = decode_alert((GOLDEN / "alert_opened.json").read_bytes())

    assert decode_alert((GOLDEN / "alert_with_fields_of_tomorrow.json").read_bytes()) == today


@pytest.mark.parametrize("file", SMALL, ids=name)
def test_a_small_message_is_encoded_as_in_the_golden_file(file: Path) -> None:
    payload = file.read_bytes()

    assert encode_message(decode_message(payload, KINDS[file.stem.partition("_")[0]])) == payload


@pytest.mark.parametrize("file", BAD, ids=name)
def test_a_bad_alert_is_refused_with_the_reason(file: Path) -> None:
    bad = msgspec.json.decode(file.read_bytes(), type=dict[str, str])

    with pytest.raises(WireError) as refused:
        decode_alert(bad["payload"].encode())

    assert str(refused.value) == bad["error"]


@pytest.mark.parametrize("file", documents(), ids=str)
def test_the_schemas_in_docs_are_those_of_the_code(file: str) -> None:
    assert (SCHEMAS / file).read_text("utf-8") == documents()[file]


@pytest.mark.parametrize("file", [*ALERTS, *SMALL], ids=name)
def test_what_was_sent_fits_its_schema(file: Path) -> None:
    schema = json.loads((SCHEMAS / f"{file.stem.partition('_')[0]}.json").read_text("utf-8"))

    jsonschema_rs.validate(schema, json.loads(file.read_bytes()))
