"""The Whatsminer's API version 2: plain commands to read, encrypted ones to rule."""

from collections import deque
from collections.abc import Callable, Mapping
import secrets
import string
import time
from typing import override

from emulation.network import Json, RpcEndpoint

from .crypto import CommandCipher, md5_crypt

INVALID_COMMAND = 14
INVALID_JSON = 23
PERMISSION_DENIED = 45
OK = 131
COMMAND_FAILED = 132
TOKEN_GIVEN = 134
TOKEN_WRONG = 135

_TOKENS_KEPT = 32

type ReadCommand = Callable[[], Json]
type WriteCommand = Callable[[Json], bool]


class WhatsminerRpc(RpcEndpoint):
    """Serve the API as btminer does."""

    def __init__(
        self,
        reads: Mapping[str, ReadCommand],
        writes: Mapping[str, WriteCommand],
        *,
        is_open: Callable[[], bool],
        password: Callable[[], str | None],
    ) -> None:
        """Serve some commands; without a password nobody is let in."""
        self._reads = reads
        self._writes = writes
        self._is_open = is_open
        self._password = password
        self._salt = _random_text()
        self._tokens: deque[str] = deque(maxlen=_TOKENS_KEPT)

    @override
    def name(self, request: Json) -> str:
        if request.get("enc"):
            return super().name(self._decrypted(request) or {}) or "enc"
        return super().name(request)

    @override
    def answer(self, request: Json) -> Json:
        if request.get("enc"):
            return self._answer_encrypted(request)
        name = self.name(request)
        if name == "get_token":
            return self._give_token()
        if name in self._writes:
            return message(PERMISSION_DENIED, "can't access write cmd")
        return self._join(name.split("+")) if "+" in name else self._read(name)

    @override
    def failure(self) -> Json:
        return message(COMMAND_FAILED, "API command ERROR")

    def _join(self, names: list[str]) -> Json:
        """Return all answers in one, or only the first error."""
        answers = {name: self._read(name) for name in names}
        errors = [answer for answer in answers.values() if answer["STATUS"] == "E"]
        if errors:
            return errors[0]
        return {name: [answer] for name, answer in answers.items()} | {"id": 1}

    def _read(self, name: str) -> Json:
        if command := self._reads.get(name):
            return command()
        return message(INVALID_COMMAND, "invalid cmd")

    def forget_tokens(self) -> None:
        """Take no token any more that was given so far."""
        self._tokens.clear()

    def _give_token(self) -> Json:
        """Return the salts of which both sides make token and key."""
        moment = str(int(time.time()))[-4:]
        new_salt = _random_text()
        self._tokens.append(md5_crypt(self._key() + moment, new_salt))
        return message(
            TOKEN_GIVEN, {"time": moment, "salt": self._salt, "newsalt": new_salt}
        )

    def _answer_encrypted(self, request: Json) -> Json:
        command = self._decrypted(request)
        if command is None:
            return message(INVALID_JSON, "enc json load err")
        if command.get("token") not in self._tokens:
            return message(TOKEN_WRONG, "check token err")
        if not self._is_open():
            return message(PERMISSION_DENIED, "can't access write cmd")
        # The command may change the password, but not the key of its own answer.
        cipher = self._cipher()
        answer = self._write(super().name(command), command)
        return {"enc": cipher.encrypt(answer)}

    def _write(self, name: str, command: Json) -> Json:
        action = self._writes.get(name)
        if action is None:
            return message(INVALID_COMMAND, "invalid cmd")
        return message(OK, "API command OK") if action(command) else self.failure()

    def _decrypted(self, request: Json) -> Json | None:
        if self._password() is None:
            return None
        try:
            return self._cipher().decrypt(str(request.get("data", "")))
        except ValueError:
            return None

    def _cipher(self) -> CommandCipher:
        return CommandCipher(self._key())

    def _key(self) -> str:
        return md5_crypt(self._password() or "", self._salt)


def message(code: int, content: str | Json, description: str = "") -> Json:
    """Return an answer in the API's own envelope."""
    return {
        "STATUS": "S" if code in {OK, TOKEN_GIVEN} else "E",
        "When": int(time.time()),
        "Code": code,
        "Msg": content,
        "Description": description,
    }


def _random_text() -> str:
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(8))
