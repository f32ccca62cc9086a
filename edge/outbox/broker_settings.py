"""The broker of a configuration."""

from pathlib import Path

from edge.config.loader import ResolvedConfig
from edge.outbox.mqtt import Broker


def broker_of(config: ResolvedConfig) -> Broker:
    """Return the broker that ``[broker]`` names; its files are relative to ``edge.toml``."""
    settings = config.settings.broker

    def resolve(file: Path | None) -> Path | None:
        return config.file.parent / file if file else None

    return Broker(
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        ca=resolve(settings.ca),
        certificate=resolve(settings.certificate),
        certificate_key=resolve(settings.certificate_key),
    )
