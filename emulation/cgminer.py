"""The cgminer API and its envelope, as most firmwares speak it."""

from collections.abc import Callable, Mapping, Sequence
import time
from typing import override

from .device import Pool
from .network import Json, RpcEndpoint

INVALID_COMMAND = 14
ACCESS_DENIED = 45

type Command = Callable[[Json], Json]


class CgminerRpc(RpcEndpoint):
    """Answer JSON commands; plain text is refused, as firmwares now do."""

    def __init__(
        self,
        description: str,
        commands: Mapping[str, Command],
        *,
        joins: bool = True,
        denied: frozenset[str] = frozenset(),
    ) -> None:
        """Serve some commands, which may be joined by `+` or not."""
        self.description = description
        self._commands = commands
        self._joins = joins
        self._denied = denied

    @override
    def answer(self, request: Json) -> Json:
        name = self.name(request)
        if self._joins and "+" in name:
            return {
                part: [self._answer_one(part, request)] for part in name.split("+")
            } | {"id": 1}
        return self._answer_one(name, request)

    @override
    def failure(self) -> Json:
        return self.error(INVALID_COMMAND, "Invalid command")

    @override
    def encode(self, answer: Json) -> bytes:
        # The API is written in C and sends the end of its string, too.
        return super().encode(answer) + b"\x00"

    def success(self, code: int, message: str, **sections: object) -> Json:
        """Return an answer with its sections."""
        return {"STATUS": [self.status("S", code, message)], **sections, "id": 1}

    def info(self, code: int, message: str) -> Json:
        """Return an answer that informs."""
        return {"STATUS": [self.status("I", code, message)], "id": 1}

    def error(self, code: int, message: str) -> Json:
        """Return an error."""
        return {"STATUS": [self.status("E", code, message)], "id": 1}

    def status(self, letter: str, code: int, message: str) -> Json:
        """Return the entry that every answer begins with."""
        return {
            "STATUS": letter,
            "When": int(time.time()),
            "Code": code,
            "Msg": message,
            "Description": self.description,
        }

    def _answer_one(self, name: str, request: Json) -> Json:
        if command := self._commands.get(name):
            return command(request)
        if name in self._denied:
            return self.error(ACCESS_DENIED, f"Access denied to '{name}' command")
        return self.failure()


def parameters(request: Json) -> list[str]:
    """Return the parameters of a command, which come joined by commas."""
    return str(request.get("parameter", "")).split(",")


def pool_rows(pools: Sequence[Pool], shares: int, *, active: bool) -> list[Json]:
    """Return the entries of `pools`, the first of which is the one in use."""
    return [
        {
            "POOL": index,
            "URL": pool.url,
            "Status": "Alive",
            "Priority": index,
            "Quota": 1,
            "Long Poll": "N",
            "Getworks": 21,
            "Accepted": 0 if index else shares,
            "Rejected": 0 if index else shares // 500,
            "Discarded": 0,
            "Stale": 0,
            "Get Failures": 0,
            "Remote Failures": 0,
            "User": pool.user,
            "Has Stratum": True,
            "Stratum Active": active and index == 0,
            "Stratum URL": pool.url.rpartition("://")[2].partition(":")[0],
            "Stratum Difficulty": 65536.0,
            "Pool Rejected%": 0.2,
            "Pool Stale%": 0.0,
        }
        for index, pool in enumerate(pools)
        if pool.url
    ]
