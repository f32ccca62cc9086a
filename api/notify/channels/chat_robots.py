"""Post to group chats through the robots of WeCom, DingTalk and Feishu.

A robot answers 200 also to what it refuses; the code in the body decides. None of the three
recognises a message that is sent again after its answer was lost.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from urllib.parse import quote

import aiohttp
import msgspec

from api.notify.channels.http_request import HttpAnswer, HttpRequest, request
from api.notify.channels.payload import text_of
from api.notify.model import RobotKind
from api.notify.outgoing import Message, SendResult

RATE_LIMIT_PAUSE = timedelta(minutes=1)
"""Each of the three allows some 20 messages a minute, and asks to wait for the next one."""

Post = tuple[str, dict[str, object]]
"""Address and body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotDialect:
    """How one kind of robot takes a message and answers.

    Args:
        post: Returns address and body, from address, secret, text and time.
        code_fields: Where the answer has its code; 0 is success.
        rate_limit_codes: Too many messages: wait.
        busy_codes: Try again.
    """

    post: Callable[[str, str, str, datetime], Post]
    code_fields: tuple[str, ...]
    rate_limit_codes: frozenset[int]
    busy_codes: frozenset[int] = frozenset({-1})


def wecom_post(address: str, secret: str, text: str, now: datetime) -> Post:  # noqa: ARG001
    """Return a message for WeCom; its only secret is the key in the address."""
    return address, {"msgtype": "text", "text": {"content": text}}


def dingtalk_post(address: str, secret: str, text: str, now: datetime) -> Post:
    """Return a message for DingTalk, signed in the address if the robot has a secret."""
    if secret:
        timestamp = str(int(now.timestamp() * 1000))
        signature = _hmac(secret, f"{timestamp}\n{secret}")
        address = f"{address}&timestamp={timestamp}&sign={quote(signature, safe='')}"
    return address, {"msgtype": "text", "text": {"content": text}}


def feishu_post(address: str, secret: str, text: str, now: datetime) -> Post:
    """Return a message for Feishu, signed in the body if the robot has a secret."""
    body: dict[str, object] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        timestamp = str(int(now.timestamp()))
        body |= {"timestamp": timestamp, "sign": _hmac(f"{timestamp}\n{secret}", "")}
    return address, body


DIALECTS: Mapping[RobotKind, RobotDialect] = {
    RobotKind.WECOM: RobotDialect(
        post=wecom_post, code_fields=("errcode",), rate_limit_codes=frozenset({45009})
    ),
    RobotKind.DINGTALK: RobotDialect(
        post=dingtalk_post, code_fields=("errcode",), rate_limit_codes=frozenset({130101, 410100})
    ),
    RobotKind.FEISHU: RobotDialect(
        post=feishu_post,
        code_fields=("code", "StatusCode"),
        rate_limit_codes=frozenset({11232, 99991400}),
    ),
}


class ChatRobot:
    """Post notifications to the group chat of a robot."""

    def __init__(
        self, client: aiohttp.ClientSession, dialect: RobotDialect, *, time_zone: tzinfo
    ) -> None:
        self._client = client
        self._dialect = dialect
        self._time_zone = time_zone

    async def send(self, message: Message, *, now: datetime) -> SendResult:
        """Make one attempt; see ``Channel``."""
        notification = message.notification
        text = text_of(message, self._time_zone)
        url, body = self._dialect.post(notification.address, notification.secret or "", text, now)
        sent = HttpRequest(
            url=url,
            body=msgspec.json.encode(body),
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
        answer = await request(self._client, sent)
        return answer if isinstance(answer, SendResult) else self._result(answer)

    def _result(self, answer: HttpAnswer) -> SendResult:
        if not answer.is_success:
            error = f"the robot answered {answer.status}"
            return SendResult(error=error, retry_after=answer.retry_after)
        code = self._code(answer.body)
        if code == 0:
            return SendResult()
        error = f"the robot refused it: {answer.body.decode('utf-8', 'replace')[:200]}"
        if code in self._dialect.rate_limit_codes:
            return SendResult(error=error, retry_after=RATE_LIMIT_PAUSE)
        return SendResult(error=error, is_final=code not in {None, *self._dialect.busy_codes})

    def _code(self, body: bytes) -> int | None:
        """Return the code of an answer; ``None`` if there is none."""
        try:
            answer = msgspec.json.decode(body, type=dict[str, object])
        except msgspec.DecodeError:
            return None
        codes = [answer.get(name) for name in self._dialect.code_fields]
        return next((code for code in codes if isinstance(code, int)), None)


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
