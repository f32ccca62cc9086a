"""The credentials of an enrolled node: files in its data folder, and what they configure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from edge.data_folder import read_if_exists, rename_durably, write_durably
from pipeline.wire.enrolment import KeyAnswer

FOLDER = "credentials"
NODE_FILE, NEXT_FILE = "node.json", "next.json"
AUTHORITY_FILE, CERTIFICATE_FILE, CERTIFICATE_KEY_FILE = "ca.crt", "node.crt", "node.crt.key"
DEFAULT_DATA = "var/edge"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """All that a node got by enrolment.

    Args:
        key: Signs messages; 64 hexadecimal digits.
        certificate_key: Private key of the certificate, PEM.
        centre_url: Where it enrolled.
    """

    node: str
    key: str
    centre_url: str
    broker_host: str
    broker_port: int
    broker_tls: bool
    authority: str
    certificate: str
    certificate_key: str

    def __repr__(self) -> str:
        """Show no key."""
        return f"Credentials(node={self.node!r})"


@dataclass(frozen=True, slots=True)
class CredentialFiles:
    """The folder of a node's credentials."""

    folder: Path

    @classmethod
    def of_data_folder(cls, data_folder: Path) -> "CredentialFiles":
        """Return those of a data folder; they need not exist."""
        return cls(data_folder / FOLDER)

    def read(self) -> Credentials | None:
        """Read the credentials in use; ``None`` if the node is not enrolled.

        Raises:
            ValueError: The file is damaged.
        """
        return self._read(NODE_FILE)

    def read_next(self) -> Credentials | None:
        """Read those of a rotation that the centre has not confirmed; raises as ``read``."""
        return self._read(NEXT_FILE)

    def write(self, credentials: Credentials) -> None:
        """Write credentials, and use them from now on.

        Raises:
            OSError: The folder cannot be written.
        """
        self.write_next(credentials)
        self.use_next()

    def write_next(self, credentials: Credentials) -> None:
        """Write the credentials of a rotation; raises as ``write``."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(self.folder / NEXT_FILE, msgspec.json.encode(credentials))

    def use_next(self) -> None:
        """Use the next credentials from now on; raises as ``write``."""
        if (credentials := self.read_next()) is None:
            return
        for name, content in (
            (AUTHORITY_FILE, credentials.authority),
            (CERTIFICATE_FILE, credentials.certificate),
            (CERTIFICATE_KEY_FILE, credentials.certificate_key),
        ):
            write_durably(self.folder / name, content.encode())
        rename_durably(self.folder / NEXT_FILE, self.folder / NODE_FILE)

    def forget_next(self) -> None:
        """Give up a rotation."""
        (self.folder / NEXT_FILE).unlink(missing_ok=True)

    def _read(self, name: str) -> Credentials | None:
        content = read_if_exists(self.folder / name)
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=Credentials)
        except msgspec.MsgspecError as error:
            raise ValueError(f"{self.folder / name} is damaged: {error}; enroll again") from None


def credentials_from(
    answer: KeyAnswer, *, key: bytes, certificate_key: str, centre_url: str, centre_host: str
) -> Credentials:
    """Return the credentials that an answer of the centre makes."""
    return Credentials(
        node=answer.node,
        key=key.hex(),
        centre_url=centre_url,
        broker_host=answer.broker_host or centre_host,
        broker_port=answer.broker_port,
        broker_tls=answer.broker_tls,
        authority=answer.authority,
        certificate=answer.certificate,
        certificate_key=certificate_key,
    )


def add_credentials(raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the tables of an ``edge.toml``, completed with the credentials of its data folder.

    What the file says goes before. A file that names a key uses no credentials at all.

    Raises:
        ValueError: The credentials are damaged.
    """
    completed = dict(raw)
    data = raw.get("data", DEFAULT_DATA)
    if "key" in raw or "key_file" in raw or not isinstance(data, str):
        return completed
    files = CredentialFiles.of_data_folder(folder.absolute() / Path(data).expanduser())
    credentials = files.read()
    if credentials is None or raw.get("node", credentials.node) != credentials.node:
        return completed
    completed |= {"node": credentials.node, "key": credentials.key}
    completed.setdefault("centre", {"url": credentials.centre_url})
    completed.setdefault("broker", _broker_table(credentials, files.folder))
    return completed


def _broker_table(credentials: Credentials, folder: Path) -> dict[str, Any]:
    table = {
        "host": credentials.broker_host,
        "port": credentials.broker_port,
        "tls": credentials.broker_tls,
    }
    if credentials.broker_tls:
        table |= {
            "ca": str(folder / AUTHORITY_FILE),
            "certificate": str(folder / CERTIFICATE_FILE),
            "certificate_key": str(folder / CERTIFICATE_KEY_FILE),
        }
    return table
