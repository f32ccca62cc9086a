"""Generate JSON Schemas and an AsyncAPI document from the message types.

``python -m pipeline.wire.schema docs/schemas`` writes them; a test compares them with the code.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.wire.address import TOPIC_ROOT
from pipeline.wire.alert import CONTENT_TYPE, AlertMessage
from pipeline.wire.command import Command, Reply
from pipeline.wire.config import DesiredConfig, ReportedConfig
from pipeline.wire.node_messages import CameraState, Health, Receipt, Status

MESSAGES: Mapping[str, type[msgspec.Struct]] = {
    "alert": AlertMessage,
    "camera": CameraState,
    "command": Command,
    "desired": DesiredConfig,
    "health": Health,
    "receipt": Receipt,
    "reply": Reply,
    "reported": ReportedConfig,
    "status": Status,
}

CHANNELS = {
    "alert": ("up/alert/{scenario}/{camera}", 1, False, "send"),
    "camera": ("up/camera/{camera}", 1, True, "send"),
    "command": ("down/command/{id}", 1, False, "receive"),
    "desired": ("down/config", 1, True, "receive"),
    "health": ("up/health", 0, False, "send"),
    "receipt": ("down/receipt", 1, False, "receive"),
    "reply": ("up/reply/{id}", 1, False, "send"),
    "reported": ("up/config", 1, True, "send"),
    "status": ("up/status", 1, True, "send"),
}
"""Topic below the prefix of the node, QoS, retained, and what the node does with it."""


def documents() -> dict[str, str]:
    """Return all documents by file name; each ends in a line feed."""
    schemas = {f"{name}.json": _schema(name) for name in MESSAGES}
    return {name: _text(made) for name, made in {**schemas, "asyncapi.json": _asyncapi()}.items()}


def _text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _schema(name: str) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"gridwatch {name} v1",
        **msgspec.json.schema(MESSAGES[name]),
    }


def _asyncapi() -> dict[str, Any]:
    """Return what a node sends and receives, in AsyncAPI 3.0."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "gridwatch edge box", "version": "1"},
        "channels": {name: _channel(name) for name in CHANNELS},
        "operations": {name: _operation(name) for name in CHANNELS},
    }


def _channel(name: str) -> dict[str, Any]:
    address = f"{TOPIC_ROOT}/{{district}}/{{site}}/{{node}}/{CHANNELS[name][0]}"
    words = [part[1:-1] for part in address.split("/") if part.startswith("{")]
    kind = CONTENT_TYPE if name == "alert" else "application/json"
    message = {"contentType": kind, "payload": {"$ref": f"{name}.json"}}
    return {
        "address": address,
        "parameters": {word: {} for word in words},
        "messages": {name: message},
    }


def _operation(name: str) -> dict[str, Any]:
    _, qos, retained, action = CHANNELS[name]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "bindings": {"mqtt": {"qos": qos, "retain": retained, "bindingVersion": "0.2.0"}},
    }


def write_to(folder: Path) -> None:
    """Write all documents to a folder."""
    for name, text in documents().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write_to(Path(sys.argv[1]))
