"""What a centre can be told: by variables ``GRIDWATCH_...``, over which options win."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from api.errors import SettingsError

Port = Annotated[int, Field(ge=1, le=65535)]
Days = Annotated[int, Field(ge=1, le=36500)]


class CentralSettings(BaseSettings):
    """All settings of one centre, checked whole and frozen.

    Args:
        data: Folder of the embedded database, the broker's files, and evidence.
        database_url: An outside PostgreSQL; ``None`` starts the embedded one.
        broker_url: An outside MQTT 5 broker, ``mqtt://host:port`` or ``mqtts://``;
            ``None`` starts the embedded one.
        broker_password: Of the user ``central`` on an outside broker.
        broker_host: Where the embedded broker listens.
        ingest_member: Number of this process among those that ingest from one outside broker.
        webhook_url: Where pushes of the channel ``webhook`` go unless a worker names another.
        webhook_secret: Signs them.
        keep_events_days: How far back a live page can resume; who was away for longer begins anew.
        keep_commands_days: How long the answer of a box, and the right to see its picture, stays.
        keep_alarms_days: How long a fault of the fleet stays once it is over.
        keep_quarantine_days: How long an unreadable message stays after it came last.
    """

    model_config = SettingsConfigDict(env_prefix="GRIDWATCH_", frozen=True, extra="ignore")

    data: Path = Path("var/central")
    database_url: SecretStr | None = None
    broker_url: str | None = None
    broker_password: SecretStr | None = None
    broker_host: str = "127.0.0.1"
    broker_port: Port = 1883
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    ingest_member: Annotated[int, Field(ge=1, le=999)] = 1
    webhook_url: str | None = None
    webhook_secret: SecretStr = SecretStr("")
    keep_events_days: Days = 7
    keep_commands_days: Days = 90
    keep_alarms_days: Days = 365
    keep_quarantine_days: Days = 90

    @field_validator("database_url")
    @classmethod
    def _speaks_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse other databases now, without showing the password."""
        if value is None or not value.get_secret_value():
            return None
        try:
            url = make_url(value.get_secret_value())
        except ArgumentError:
            raise ValueError("write postgresql://user:password@host:port/name") from None
        if url.get_backend_name() not in {"postgresql", "postgres"}:
            raise ValueError(f"{url.drivername} is no PostgreSQL: write postgresql://...")
        return value

    @field_validator("broker_url")
    @classmethod
    def _speaks_mqtt(cls, value: str | None) -> str | None:
        """Refuse what is no address of a broker."""
        if value and not value.startswith(("mqtt://", "mqtts://")):
            raise ValueError("write mqtt://host:port or mqtts://host:port")
        return value or None

    @classmethod
    def load(cls, **options: object) -> Self:
        """Read the variables; ``options`` that are not ``None`` win over them.

        Raises:
            SettingsError: Names each variable and what is wrong.
        """
        given = {name: value for name, value in options.items() if value is not None}
        try:
            return cls(**given)  # type: ignore[arg-type]  # checked by pydantic
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False, include_context=False)
            lines = [f"GRIDWATCH_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in wrong]
            raise SettingsError("\n".join(lines)) from None  # the cause shows secrets
