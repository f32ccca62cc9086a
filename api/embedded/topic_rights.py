"""What each user of the embedded broker may write and read, as in ``deploy/mosquitto/acl``."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from api.embedded.mqtt_packets import Connect
from pipeline.wire.address import TOPIC_ROOT

CENTRE = "central"


@dataclass(frozen=True, slots=True)
class TopicRights:
    """The topics of one user; ``unlimited`` is the centre itself."""

    write_prefix: bytes
    read_prefix: str
    is_unlimited: bool = False

    @classmethod
    def of(cls, user: str) -> "TopicRights":
        """Return the rights of a user: a node writes below ``up/``, reads below ``down/``."""
        if user == CENTRE:
            return cls(b"", "", is_unlimited=True)
        root = f"{TOPIC_ROOT}/{user}"
        return cls(f"{root}/up/".encode(), f"{root}/down/")

    def may_write(self, topic: bytes) -> bool:
        """Return whether the user may publish to a topic."""
        return self.is_unlimited or topic.startswith(self.write_prefix)

    def may_read(self, topic_filter: str) -> bool:
        """Return whether the user may subscribe to a filter."""
        return self.is_unlimited or topic_filter.startswith(self.read_prefix)


def hash_password(password: str) -> str:
    """Return what the gate keeps of a password; it is random, so that a fast hash is enough."""
    return hashlib.sha256(password.encode()).hexdigest()


def is_login_valid(connect: Connect, logins: Mapping[str, str]) -> bool:
    """Return whether user name and password are those of an enrolled node or the centre."""
    expected = logins.get(connect.user, "")
    given = hashlib.sha256(connect.password).hexdigest()
    return hmac.compare_digest(given, expected)


def is_client_id_own(connect: Connect) -> bool:
    """Return whether a client id is the user's own, so that nobody ends the session of another.

    It is the user name with dots, or begins with that and a dot: ``demo.market.box-1.check``.
    """
    if connect.user == CENTRE:
        return connect.client_id.startswith(f"{CENTRE}.")
    own = connect.user.replace("/", ".")
    return connect.client_id == own or connect.client_id.startswith(f"{own}.")
