"""Certificates of a private authority."""

import shutil
import subprocess
from pathlib import Path

from tests.requirements import require


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a self-signed certificate of 127.0.0.1, and its key."""
    openssl = shutil.which("openssl")
    require(openssl is not None, "openssl")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    new = [str(openssl), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subprocess.run([*new, *subject, *files], check=True, capture_output=True)
    return certificate, key
