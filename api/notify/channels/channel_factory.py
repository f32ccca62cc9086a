"""Build the channels that the settings describe."""

from zoneinfo import ZoneInfo

import aiohttp

from api.notify.channels.chat_robots import DIALECTS, ChatRobot
from api.notify.channels.port import Channel, Channels
from api.notify.channels.sms import Sms, SmsGateway
from api.notify.channels.web_push import WebPush
from api.notify.channels.webhook import Webhook
from api.notify.model import ChannelKind
from api.settings import CentralSettings


def build_channels(client: aiohttp.ClientSession, settings: CentralSettings) -> Channels:
    """Return a channel for each kind; SMS only if its gateway is set."""
    zone = ZoneInfo(settings.time_zone)
    channels: dict[str, Channel] = {
        ChannelKind.WEBHOOK: Webhook(
            client, url=settings.webhook_url, secret=settings.webhook_secret.get_secret_value()
        ),
        ChannelKind.PUSH: WebPush(client, contact=settings.push_contact),
        **{kind: ChatRobot(client, dialect, time_zone=zone) for kind, dialect in DIALECTS.items()},
    }
    if settings.sms_url is not None:
        gateway = SmsGateway(
            url=settings.sms_url.get_secret_value(),
            method=settings.sms_method,
            headers=settings.parsed_sms_headers,
            body=settings.sms_body.get_secret_value(),
            accepted=settings.sms_accepted,
        )
        channels[ChannelKind.SMS] = Sms(client, gateway, time_zone=zone)
    return channels
