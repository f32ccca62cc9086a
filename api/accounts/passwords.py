"""Hash, check and judge passwords.

Hashing is slow on purpose, so it has two threads of its own: guessing uses up neither the threads
nor the database connections that alerts need.
"""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

from pwdlib import PasswordHash

from api.errors import TooManyAttemptsError, UnprocessableError

MIN_LENGTH, RECOMMENDED_LENGTH = 8, 15
"""OWASP ASVS 5.0, 6.2.1; there are no rules about kinds of characters (6.2.5)."""
MAX_LENGTH = 200
MIN_DISTINCT = 4
MIN_REST = 4
"""Characters that must be left of a password without the words that everybody here knows."""
CONTEXT_WORDS = ("gridwatch", "网格", "wangge", "password", "密码", "admin", "worker")
MAX_WAITING = 40
"""Checks that wait for a thread: 40 take 1 s."""

NICENESS = 10

_HASHER = PasswordHash.recommended()


class PasswordChecker:
    """Checks passwords in two threads; a flood is refused instead of queued without end."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(
            2, thread_name_prefix="password", initializer=_yield_to_others
        )
        self._n_waiting = 0

    async def verify(self, password: str, stored: str) -> bool:
        """Return whether a password matches a hash; one that is empty takes as long.

        Raises:
            TooManyAttemptsError: Too many checks wait already.
        """
        if self._n_waiting >= MAX_WAITING:
            raise TooManyAttemptsError(2)
        self._n_waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, _verify_slowly, password, stored)
        finally:
            self._n_waiting -= 1

    async def hash(self, password: str) -> str:
        """Hash a password for storage."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, hash_password, password
        )


def _yield_to_others() -> None:
    """Let the thread work only while nothing else of the machine has to (Linux)."""
    with suppress(OSError):  # a container may forbid it: passwords are checked all the same
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def hash_password(password: str) -> str:
    """Hash a password for storage; takes about 50 ms on purpose."""
    return _HASHER.hash(password)


def verify_password(password: str, stored: str) -> bool:
    """Return whether a password matches a stored hash; an empty hash matches none."""
    return bool(stored) and _HASHER.verify(password, stored)


def check_new_password(password: str, name: str) -> None:
    """Check a password that somebody chooses.

    Raises:
        UnprocessableError: It is short, among the most common ones, or made of words that everybody
            knows here.
    """
    if problem := find_weakness(password, name):
        raise UnprocessableError(*problem)


def find_weakness(password: str, name: str) -> tuple[str, str] | None:
    """Return why a password is easily guessed, as a code and a sentence; ``None`` if it is not."""
    if len(password) < MIN_LENGTH:
        return (
            "password_too_short",
            f"use {MIN_LENGTH} characters at least; {RECOMMENDED_LENGTH} are recommended",
        )
    if len(set(password)) < MIN_DISTINCT:
        return "password_common", "it repeats a few characters"
    folded = password.casefold()
    if folded in _common_passwords():
        return "password_common", "it is among the passwords that are tried first"
    rest = folded
    for word in sorted((*CONTEXT_WORDS, name.casefold()), key=len, reverse=True):
        rest = rest.replace(word, "") if word else rest
    if len(rest) < MIN_REST:
        return "password_known_words", "it is made of the account name or of words of this product"
    return None


@cache
def _common_passwords() -> frozenset[str]:
    """Return the 30,000 most common passwords; loaded when the first one is chosen."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  # 2 MB

    return frozenset(FREQUENCY_LISTS["passwords"])


@cache
def _dummy_hash() -> str:
    """Return a hash to check for unknown names, so that they take as long as known ones."""
    return hash_password("nobody")


def _verify_slowly(password: str, stored: str) -> bool:
    return _HASHER.verify(password, stored or _dummy_hash()) and bool(stored)
