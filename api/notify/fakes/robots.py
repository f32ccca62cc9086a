"""The robots of WeCom, DingTalk and Feishu: they check signatures and refuse with 200."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from api.notify.fakes.fake_service import BadRequestError, FakeService, ReceivedMessage


@dataclass
class FakeWecomRobot(FakeService):
    """A robot of WeCom, known by the key in its address."""

    key: str = "a-wecom-key"

    @property
    def address(self) -> str:
        """The address of the robot."""
        return f"{self.url}/cgi-bin/webhook/send?key={self.key}"

    async def read(self, request: web.Request) -> ReceivedMessage:
        """Check the key and the text."""
        if request.query.get("key") != self.key:
            raise BadRequestError("invalid webhook url")
        body = await _json(request)
        if body.get("msgtype") != "text":
            raise BadRequestError("msgtype is not text")
        return ReceivedMessage(to="wecom", content=body["text"]["content"])

    def accepted(self) -> web.Response:
        """Return a code of success."""
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def refused(self) -> web.Response:
        """Refuse the key."""
        return web.json_response({"errcode": 93000, "errmsg": "invalid webhook url"})

    def limited(self) -> web.Response:
        """Refuse more than 20 messages a minute."""
        return web.json_response({"errcode": 45009, "errmsg": "api freq out of limit"})

    def not_understood(self, reason: str) -> web.Response:
        """Refuse a request."""
        return web.json_response({"errcode": 40008, "errmsg": reason})


@dataclass
class FakeDingtalkRobot(FakeService):
    """A robot of DingTalk with a secret: timestamp and signature are in the address."""

    token: str = "a-dingtalk-token"
    secret: str = "SECdingtalk"

    @property
    def address(self) -> str:
        """The address of the robot."""
        return f"{self.url}/robot/send?access_token={self.token}"

    async def read(self, request: web.Request) -> ReceivedMessage:
        """Check token, signature and text."""
        timestamp = request.query.get("timestamp", "")
        if request.query.get("access_token") != self.token:
            raise BadRequestError("token is not exist")
        expected = _signature(self.secret.encode(), f"{timestamp}\n{self.secret}".encode())
        if request.query.get("sign") != expected or len(timestamp) != 13:
            raise BadRequestError("sign not match")
        body = await _json(request)
        if body.get("msgtype") != "text":
            raise BadRequestError("msgtype is not text")
        return ReceivedMessage(to="dingtalk", content=body["text"]["content"])

    def accepted(self) -> web.Response:
        """Return a code of success."""
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def refused(self) -> web.Response:
        """Refuse the token."""
        return web.json_response({"errcode": 300005, "errmsg": "token is not exist"})

    def limited(self) -> web.Response:
        """Refuse more than 20 messages a minute."""
        return web.json_response({"errcode": 130101, "errmsg": "send too fast"})

    def not_understood(self, reason: str) -> web.Response:
        """Refuse a request."""
        return web.json_response({"errcode": 310000, "errmsg": reason})


@dataclass
class FakeFeishuRobot(FakeService):
    """A robot of Feishu with a secret: timestamp and signature are in the body."""

    hook: str = "a-feishu-hook"
    secret: str = "feishu-secret"

    @property
    def address(self) -> str:
        """The address of the robot."""
        return f"{self.url}/open-apis/bot/v2/hook/{self.hook}"

    async def read(self, request: web.Request) -> ReceivedMessage:
        """Check signature and text."""
        if not request.path.endswith(f"/{self.hook}"):
            raise BadRequestError("the hook does not exist")
        body = await _json(request)
        timestamp = str(body.get("timestamp", ""))
        expected = _signature(f"{timestamp}\n{self.secret}".encode(), b"")
        if body.get("sign") != expected or len(timestamp) != 10:
            raise BadRequestError("sign match fail or timestamp is not within one hour")
        if body.get("msg_type") != "text":
            raise BadRequestError("msg_type is not text")
        return ReceivedMessage(to="feishu", content=body["content"]["text"])

    def accepted(self) -> web.Response:
        """Return a code of success."""
        return web.json_response({"StatusCode": 0, "StatusMessage": "success", "code": 0})

    def refused(self) -> web.Response:
        """Refuse the hook."""
        return web.json_response({"code": 19001, "msg": "incoming webhook access token invalid"})

    def limited(self) -> web.Response:
        """Refuse too many messages."""
        return web.json_response({"code": 11232, "msg": "frequency limited"})

    def not_understood(self, reason: str) -> web.Response:
        """Refuse a request."""
        return web.json_response({"code": 19021, "msg": reason})


async def _json(request: web.Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        raise BadRequestError("the body is no object")
    return body


def _signature(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
