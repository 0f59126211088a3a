"""Ask a device each question once in a round of reading.

pyasic joins the questions that its plain data rest on. What else is wanted, by its
own getters or by a dialect, it asks again one by one, although it was told already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from time import monotonic
from typing import Any, Final, override

from . import library

# How long an answer is believed that does not change while a device runs.
LASTING_SECONDS: Final = timedelta(minutes=10).total_seconds()

# What of a call does not change the answer.
_WITHOUT_EFFECT: Final = frozenset({"ignore_errors", "allow_warning"})

type Answers = dict[str, Any]
# Questions whose answers last, each with what a whole answer holds.
type Lasting = Mapping[str, Collection[str]]
type Fetch = Callable[[str], Awaitable[dict[str, Any]]]


class Interface:
    """One of a device's interfaces, which remembers its answers during a round."""

    def __init__(self, api: Any) -> None:
        """Take the place of the calls that all others of the interface rest on."""
        self._send: Callable[..., Awaitable[Any]] = api.send_command
        self._send_many: Callable[..., Awaitable[Any]] = api.multicommand
        self._answers: Answers | None = None
        self._lasting: dict[str, tuple[float, Any]] = {}
        self._fetch: Fetch | None = None
        api.send_command = self.send_command
        api.multicommand = self.multicommand

    @contextmanager
    def round(self, lasting: Lasting) -> Iterator[None]:
        """Remember answers until the end, and those to some questions for longer."""
        now = monotonic()
        self._lasting = {
            command: kept for command, kept in self._lasting.items() if now < kept[0]
        }
        answers = {command: answer for command, (_, answer) in self._lasting.items()}
        self._answers = answers
        try:
            yield
        finally:
            self._answers = None
            for command in answers.keys() & lasting.keys() - self._lasting.keys():
                if _is_whole(answers[command], lasting[command]):
                    self._lasting[command] = (now + LASTING_SECONDS, answers[command])

    def fetch_with(self, fetch: Fetch) -> None:
        """Have questions of a round asked by something better than the library.

        It returns an empty answer where there is none.
        """
        self._fetch = fetch

    def forget(self) -> None:
        """Forget what was to last: another device may answer next."""
        self._lasting.clear()

    async def send_command(self, command: str, *args: Any, **named: Any) -> Any:
        """Ask one question, unless it was answered in this round."""
        answers = self._answers
        if answers is None or args or not named.keys() <= _WITHOUT_EFFECT:
            return await self._send(command, *args, **named)
        if command not in answers:
            answers[command] = await (
                self._fetch(command) if self._fetch else self._send(command, **named)
            )
        # Some of the library's getters change what they are given.
        return deepcopy(answers[command])

    async def multicommand(self, *commands: str, **named: Any) -> Any:
        """Ask several questions, and remember the answers."""
        answers = self._answers
        told = await self._send_many(*commands, **named)
        if answers is not None and isinstance(told, Mapping):
            answers |= {
                command: deepcopy(told[command])
                for command in commands
                if isinstance(told.get(command), dict)
            }
        return told


class RpcInterface(Interface):
    """The interface of cgminer and its kin, which takes questions joined by a plus."""

    def __init__(self, api: Any) -> None:
        """Expect a device to take joined questions until it has refused some."""
        super().__init__(api)
        # The library looks through all its methods each time, for commands of its own.
        api._check_commands = lambda *commands: list(commands)  # noqa: SLF001
        self._joins = self._is_plain = library.joins_plainly(api)
        self._along: frozenset[str] = frozenset()

    @contextmanager
    def along(self, commands: Collection[str]) -> Iterator[None]:
        """Ask some questions along with others, since they will come anyway."""
        self._along = frozenset(commands) if self._is_plain else frozenset()
        try:
            yield
        finally:
            self._along = frozenset()

    @override
    async def multicommand(self, *commands: str, **named: Any) -> Any:
        """Ask several questions, as far as they were not answered in this round."""
        answers = self._answers
        if answers is None:
            return await self._send_many(*commands, **named)
        missing = sorted({*commands, *self._along} - answers.keys())
        answers |= await self._ask(missing, named)
        known = {c: [deepcopy(answers[c])] for c in commands if c in answers}
        return known | {"multicommand": True}

    async def _ask(self, commands: list[str], named: Mapping[str, Any]) -> Answers:
        """Return the answers to questions, as far as there are any."""
        if len(commands) < 2 or (self._is_plain and not self._joins):
            return await self._ask_each(commands, named)
        if not self._is_plain:
            return _parts(await self._send_many(*commands, **named), commands)
        if found := await self._ask_joined(commands, named):
            return found
        found = await self._ask_each(commands, named)
        # It answers, but not to all at once: so it will be the next time.
        self._joins = found.keys() != set(commands)
        return found

    async def _ask_joined(
        self, commands: list[str], named: Mapping[str, Any]
    ) -> Answers:
        """Return the answers to questions that are asked in one."""
        try:
            return _parts(await self._send("+".join(commands), **named), commands)
        except Exception:  # noqa: BLE001 - the library raises what comes up
            return {}

    async def _ask_each(self, commands: list[str], named: Mapping[str, Any]) -> Answers:
        """Return the answers to questions that are asked one by one, all at once."""
        told = await asyncio.gather(
            *(self._send(command, **named) for command in commands),
            return_exceptions=True,
        )
        return {
            command: answer
            for command, answer in zip(commands, told, strict=True)
            if isinstance(answer, dict)
        }


def _is_whole(answer: object, fields: Collection[str]) -> bool:
    """Tell whether an answer holds what it should: a damaged one must not last."""
    return isinstance(answer, Mapping) and all(
        answer.get(field) is not None for field in fields
    )


def _parts(told: object, commands: list[str]) -> Answers:
    """Return the single answers that a joined one is made of."""
    found = told if isinstance(told, Mapping) else {}
    return {
        command: parts[0]
        for command in commands
        if isinstance(parts := found.get(command), list)
        and parts
        and isinstance(parts[0], dict)
    }
