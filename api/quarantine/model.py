"""Why messages are quarantined."""

from enum import StrEnum


class QuarantineCode(StrEnum):
    """Why a message was not accepted; stored and sent under this name, for pages to translate."""

    WRONG_TOPIC = "wrong_topic"
    NOT_ENROLLED = "not_enrolled"
    INVALID_SIGNATURE = "invalid_signature"
    UNREADABLE = "unreadable"
    TOPIC_MISMATCH = "topic_mismatch"
    CONFLICT = "conflict"
    REFUSED_BY_DATABASE = "refused_by_database"
    INTERNAL_ERROR = "internal_error"
