"""Settings of the centre: environment variables ``GRIDWATCH_*``, overridden by options."""

import json
import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from api.address import PUBLIC_PUSH_SERVICES, parse_address, parse_webhook_address
from api.errors import SettingsError

Port = Annotated[int, Field(ge=1, le=65535)]
Days = Annotated[int, Field(ge=1, le=36500)]
PromisedShare = Annotated[float, Field(ge=0.5, lt=1)]
Names = Annotated[tuple[str, ...], NoDecode]
"""A list; in the environment it is separated by commas."""


def parse_headers(text: str) -> Mapping[str, str] | None:
    """Parse a JSON object of texts; return ``None`` for anything else."""
    try:
        headers = json.loads(text)
    except ValueError:
        return None
    is_valid = isinstance(headers, dict) and all(isinstance(v, str) for v in headers.values())
    return headers if is_valid else None


class CentralSettings(BaseSettings):
    """Settings of one centre.

    Args:
        data: Folder of the embedded database, the embedded broker and the evidence.
        database_url: External PostgreSQL; ``None`` starts the embedded one.
        broker_url: External MQTT 5 broker, ``mqtt://host:port`` or ``mqtts://host:port``;
            ``None`` starts the embedded one.
        broker_password: Password of the user ``central`` on an external broker.
        broker_host: Address the embedded broker listens on.
        broker_port: Port the embedded broker listens on.
        broker_tls: ``off``, ``on``, or ``mutual``: every node needs a certificate too. The centre's
            own authority signs them (``gridwatch central ca``).
        broker_names: Names and addresses by which nodes connect to the embedded broker; they stand
            in its certificate.
        http_host: Address the console and the API listen on.
        http_port: Port the console and the API listen on.
        ingest_member: Number of this process among those that ingest from one external broker.
        webhook_url: Default address of the notification channel ``webhook``.
        webhook_secret: Signs webhook requests.
        webhook_hosts: Hosts that an administrator may name for the webhook of an account, ``*`` for
            any part of a name; without any, all but this machine and link-local addresses.
        sms_url: Address of the SMS gateway; may contain ``{phone}``, ``{text}`` and ``{key}``.
        sms_method: ``GET`` or ``POST``.
        sms_headers: A JSON object.
        sms_body: Body with the same placeholders, escaped by its content type.
        sms_accepted: A pattern that the answer of an accepted message contains.
        second_opinion_url: Base of an endpoint that speaks the chat completions of OpenAI; ``None``
            asks nobody.
        second_opinion_model: Name of the vision model there.
        second_opinion_key: Its bearer token; empty for none.
        second_opinion_timeout_s: How long an answer may take.
        push_contact: Whom a push service may write to, ``mailto:`` or ``https:``.
        push_services: Hosts of the push services to which a browser may subscribe.
        trusted_proxies: Addresses and networks of the reverse proxies whose ``X-Forwarded-For`` and
            ``X-Forwarded-Proto`` headers are believed.
        base_path: Path below which a reverse proxy serves the centre, such as ``/gridwatch``.
        emergency_contacts: Names of the accounts that are notified when nobody else has answered;
            the administrators if there is none.
        time_zone: IANA name of the time zone in which the centre states times in messages.
        retention_profile: Whose rules set the terms of retention: ``default`` or ``cn-799``.
        keep_events_days: How long live pages can resume after a disconnection. The default of
            this and the following terms depends on the profile (``api/retention/terms.py``).
        keep_commands_days: How long commands, their replies and access to their snapshots stay.
        keep_alarms_days: How long a fleet alarm stays after it has ended.
        keep_quarantine_days: How long an unreadable message stays after it last arrived.
        keep_request_keys_days: How long a request is recognised as a repetition.
        keep_messages_days: How long messages of nodes stay as they arrived.
        keep_evidence_days: How long snapshots, clips and photos stay after their incident ended.
        keep_incidents_days: How long an incident stays after it ended, with all its records.
        keep_audit_days: How long an entry of the audit log stays.
        max_suppression_days: How long a suppression, maintenance window or shelving may last.
        audit_anchors: File on another machine or disk that gets the newest hash of the audit log
            once a day.
        backup_to: Folder for backups, on another disk; without it the centre creates none.
        backup_key: Public key that backups are encrypted for (``central new-backup-key``).
        backup_every_h: Hours between two backups.
        backup_keep: Number of backups to keep.
        first_look: An operator sees the alerts of a new camera, scenario, revision or model before
            a worker is notified, until enough of them have been judged. Without operators: false.
        model_rollback: Whether a model that a configuration of the last 14 days has set on a node
            is taken back if its scores drift, or if its alerts are true less often than before.
        target_precision: Share of the pushed incidents that are true, which thresholds must show.
        min_recall: Share of the true incidents that a person sees, which they must show as well.
        login_hours: A login ends after so many hours, however much it is used.
        login_idle_min: One that is not used for so many minutes ends, except on a worker's phone.
        second_factor: Every role but the worker has to enrol a second factor at its next login.
        scenario_promises: Both for scenarios that have to keep others: ``fall=0.95/0.99``, more
            separated by commas.
    """

    model_config = SettingsConfigDict(env_prefix="GRIDWATCH_", frozen=True, extra="ignore")

    data: Path = Path("var/central")
    database_url: SecretStr | None = None
    broker_url: str | None = None
    broker_password: SecretStr | None = None
    broker_host: str = "127.0.0.1"
    broker_port: Port = 1883
    broker_tls: Literal["off", "on", "mutual"] = "off"
    broker_names: Names = ()
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    ingest_member: Annotated[int, Field(ge=1, le=999)] = 1
    webhook_url: str | None = None
    webhook_secret: SecretStr = SecretStr("")
    webhook_hosts: Names = ()
    sms_url: SecretStr | None = None
    sms_method: Literal["GET", "POST"] = "POST"
    sms_headers: SecretStr = SecretStr("{}")
    sms_body: SecretStr = SecretStr("")
    sms_accepted: str = ""
    second_opinion_url: str | None = None
    second_opinion_model: str = ""
    second_opinion_key: SecretStr = SecretStr("")
    second_opinion_timeout_s: Annotated[float, Field(gt=0, le=600)] = 30
    push_contact: str = ""
    push_services: Names = PUBLIC_PUSH_SERVICES
    trusted_proxies: Names = ("127.0.0.1", "::1")
    base_path: str = ""
    emergency_contacts: Names = ()
    time_zone: str = "Asia/Shanghai"
    retention_profile: Literal["default", "cn-799"] = "default"
    keep_events_days: Days | None = None
    keep_commands_days: Days | None = None
    keep_alarms_days: Days | None = None
    keep_quarantine_days: Days | None = None
    keep_request_keys_days: Days | None = None
    keep_messages_days: Days | None = None
    keep_evidence_days: Days | None = None
    keep_incidents_days: Days | None = None
    keep_audit_days: Days | None = None
    max_suppression_days: Days = 30
    audit_anchors: Path | None = None
    backup_to: Path | None = None
    backup_key: str = ""
    backup_every_h: Annotated[int, Field(ge=1, le=24 * 31)] = 24
    backup_keep: Annotated[int, Field(ge=1, le=1000)] = 14
    first_look: bool = True
    model_rollback: bool = True
    target_precision: Annotated[float, Field(ge=0.5, lt=1)] = 0.988
    min_recall: Annotated[float, Field(ge=0.5, lt=1)] = 0.98
    login_hours: Annotated[int, Field(ge=1, le=24 * 7)] = 12
    login_idle_min: Annotated[int, Field(ge=5, le=24 * 60)] = 120
    second_factor: bool = False
    scenario_promises: Annotated[dict[str, tuple[PromisedShare, PromisedShare]], NoDecode] = {}

    @field_validator(
        "trusted_proxies",
        "emergency_contacts",
        "push_services",
        "webhook_hosts",
        "broker_names",
        mode="before",
    )
    @classmethod
    def _split_names(cls, value: object) -> object:
        """Split a list that is separated by commas."""
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @field_validator("scenario_promises", mode="before")
    @classmethod
    def _split_promises(cls, value: object) -> object:
        """Split ``fall=0.95/0.99,loitering=0.9/0.9``: precision and recall by scenario."""
        if not isinstance(value, str):
            return value
        promises = {}
        for text in filter(None, (part.strip() for part in value.split(","))):
            found = re.fullmatch(r"(\w+)=([0-9.]+)/([0-9.]+)", text)
            if found is None:
                raise ValueError(f"{text}: write scenario=precision/recall, such as fall=0.95/0.99")
            promises[found[1]] = (found[2], found[3])
        return promises

    @field_validator("trusted_proxies")
    @classmethod
    def _check_trusted_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in value:
            try:
                ip_network(proxy)
            except ValueError:
                raise ValueError(
                    f"{proxy} is no address or network: write 10.0.0.7 or 10.0.0.0/8"
                ) from None
        return value

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                f"there is no time zone {value!r}: write a name such as Asia/Shanghai"
            ) from None
        return value

    @field_validator("base_path")
    @classmethod
    def _check_base_path(cls, value: str) -> str:
        path = value.rstrip("/")
        if path and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", path):
            raise ValueError("write a path such as /gridwatch")
        return path

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        """Reject other databases without showing the password."""
        if value is None or not value.get_secret_value():
            return None
        try:
            url = make_url(value.get_secret_value())
        except (ArgumentError, ValueError):
            raise ValueError("write postgresql://user:password@host:port/name") from None
        if url.get_backend_name() not in {"postgresql", "postgres"}:
            raise ValueError(f"{url.drivername} is not PostgreSQL: write postgresql://...")
        if url.port is not None and not 1 <= url.port <= 65535:
            raise ValueError(f"port {url.port} does not exist: write one of 1 to 65535")
        return value

    @field_validator("broker_url")
    @classmethod
    def _check_broker_url(cls, value: str | None) -> str | None:
        if value:
            parse_address(value, ("mqtt", "mqtts"))
        return value or None

    @field_validator("sms_url")
    @classmethod
    def _check_sms_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        parse_webhook_address(re.sub(r"\{\w+\}", "0", value.get_secret_value()))
        return value

    @field_validator("sms_headers")
    @classmethod
    def _check_sms_headers(cls, value: SecretStr) -> SecretStr:
        if parse_headers(value.get_secret_value()) is None:
            raise ValueError('write a JSON object of texts such as {"Authorization": "Basic …"}')
        return value

    @field_validator("sms_accepted")
    @classmethod
    def _check_sms_accepted(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return value

    @field_validator("push_contact")
    @classmethod
    def _check_push_contact(cls, value: str) -> str:
        if value and not value.startswith(("mailto:", "https://")):
            raise ValueError("write mailto:name@host or https://host")
        return value

    @property
    def parsed_sms_headers(self) -> Mapping[str, str]:
        """The headers of the SMS gateway."""
        return parse_headers(self.sms_headers.get_secret_value()) or {}

    @field_validator("webhook_url", "second_opinion_url")
    @classmethod
    def _check_http_url(cls, value: str | None) -> str | None:
        if value:
            parse_webhook_address(value)
        return value or None

    @field_validator("second_opinion_model")
    @classmethod
    def _check_second_opinion_model(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("second_opinion_url") and not value:
            raise ValueError("name the vision model at GRIDWATCH_SECOND_OPINION_URL")
        return value

    @classmethod
    def load(cls, **options: object) -> Self:
        """Read the environment; options that are not ``None`` override it.

        A secret may also be a file named after its variable in the folder that systemd names
        ``CREDENTIALS_DIRECTORY``, or in ``GRIDWATCH_SECRETS``: a vault writes it there.

        Raises:
            SettingsError: Names every invalid variable and its problem.
        """
        overrides = {name: value for name, value in options.items() if value is not None}
        folder = os.environ.get("GRIDWATCH_SECRETS") or os.environ.get("CREDENTIALS_DIRECTORY")
        try:
            return cls(_secrets_dir=folder, **overrides)  # type: ignore[arg-type]  # checked by pydantic
        except ValidationError as error:
            details = error.errors(include_input=False, include_url=False, include_context=False)
            lines = [
                f"GRIDWATCH_{'.'.join(map(str, detail['loc'])).upper()}: {detail['msg']}"
                for detail in details
            ]
            raise SettingsError("\n".join(lines)) from None  # the cause contains secrets
