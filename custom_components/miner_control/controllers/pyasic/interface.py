"""Ask a device each question once in a round of reading, and wait for none too long.

pyasic joins the questions that its plain data rest on. What else is wanted, by its
own getters or by a dialect, it asks again one by one, although it was told already.
It waits up to 100 s for each; here one that hangs costs only what rests on it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
import traceback
from typing import Any, Final, override

from ..network.limits import apart
from . import library

# How long an answer is believed that does not change while a device runs.
LASTING_SECONDS: Final = timedelta(minutes=10).total_seconds()

# How long a device may take for one question of a round.
QUESTION_TIMEOUT = 4.0
# How long a question is left alone that was not answered in time.
HANGING_SECONDS: Final = timedelta(minutes=1).total_seconds()
# At first it is left alone for less: most of what hangs once is soon back.
FIRST_HANGING_SECONDS = 5.0
# How long it may take meanwhile: whoever is back answers at once.
GLANCE_TIMEOUT = 1.0

# What stands for all questions that are asked in one.
_TOGETHER: Final = "+"
# What of a call does not change the answer; over gRPC a question is a message, too.
_WITHOUT_EFFECT: Final = frozenset({"ignore_errors", "allow_warning"})
_OF_GRPC: Final = frozenset({"message", "privileged"})

type Answers = dict[str, Any]
# Questions whose answers last, each with the paths to what a whole answer holds, with
# points between keys; each item of a list has to hold it.
type Lasting = Mapping[str, Collection[str]]
type Fetch = Callable[[str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Hanging:
    """A question that was not answered in time, and is given little for a while."""

    until: float
    seconds: float

    @classmethod
    def after(cls, before: _Hanging | None) -> _Hanging:
        """Give a question little, each time for twice as long as the time before."""
        wanted = before.seconds * 2 if before else FIRST_HANGING_SECONDS
        seconds = min(wanted, HANGING_SECONDS)
        return cls(monotonic() + seconds, seconds)


class Interface:
    """One of a device's interfaces, which remembers its answers during a round."""

    def __init__(self, api: Any) -> None:
        """Take the place of the calls that all others of the interface rest on."""
        self._bare: Callable[..., Awaitable[Any]] = api.send_command
        self._send_many: Callable[..., Awaitable[Any]] = api.multicommand
        self._answers: Answers | None = None
        # Questions that were not answered in time, and those of them in this round.
        self._hanging: dict[str, _Hanging] = {}
        self._missed: set[str] = set()
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
        self._missed.clear()
        try:
            yield
        finally:
            self._answers = None
            for command in answers.keys() & lasting.keys() - self._lasting.keys():
                if _is_whole(answers[command], lasting[command]):
                    self._lasting[command] = (now + LASTING_SECONDS, answers[command])

    @property
    def has_gaps(self) -> bool:
        """Tell whether a question was not answered in time when it was last asked."""
        return bool(self._hanging)

    def fetch_with(self, fetch: Fetch) -> None:
        """Have questions of a round asked by something better than the library.

        It returns an empty answer where there is none.
        """
        self._fetch = fetch

    def forget(self) -> None:
        """Forget what was to last: another device may answer next."""
        self._lasting.clear()
        self._hanging.clear()

    async def send_command(self, command: str, *args: Any, **named: Any) -> Any:
        """Ask one question, unless it was answered in this round."""
        answers = self._answers
        if answers is None or command.startswith("set."):
            return await self._send(command, *args, **named)
        if args or not _is_question(command, named):
            name = f"{command} {args} {sorted(named)}"
            return await self.in_time(name, lambda: self._send(command, *args, **named))
        if command not in answers:
            answers[command] = await self._ask_in_time(command, named)
        # Some of the library's getters change what they are given.
        return deepcopy(answers[command])

    async def ask(self, command: str) -> Any:
        """Ask a question by the best means there is, in a round or out of one."""
        if self._answers is not None or self._fetch is None:
            return await self.send_command(command)
        async with asyncio.timeout(QUESTION_TIMEOUT):
            return await self._fetch(command)

    async def _send(self, *args: Any, **named: Any) -> Any:
        """Have the library send something, as an interface of its own does."""
        return await apart(lambda: self._bare(*args, **named))

    async def _ask_in_time(self, command: str, named: Mapping[str, Any]) -> Any:
        """Ask one question by the best means there is, and return the answer."""
        if (fetch := self._fetch) is not None:
            return await self.in_time(command, lambda: fetch(command))
        return await self.in_time(command, lambda: self._send(command, **named))

    async def in_time[T](self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask a question of some name and return the answer.

        Raises pyasic's APIError, which its getters expect, where there is none in
        time. A question that hung a moment ago is given little time, and only once
        in a round: it must not cost what rests on others.
        """
        is_due = not self._is_left_alone(name)
        if name in self._missed:
            raise library.failure(f"{name} hangs")
        try:
            async with asyncio.timeout(QUESTION_TIMEOUT if is_due else GLANCE_TIMEOUT):
                answer = await ask()
        except TimeoutError as err:
            # What the call left open is closed with its frames.
            traceback.clear_frames(err.__traceback__)
            self._missed.add(name)
            if is_due:
                self._note_hanging(name)
            raise library.failure(f"{name} is not answered") from None
        self._hanging.pop(name, None)
        return answer

    def _is_left_alone(self, name: str) -> bool:
        """Tell whether a question hung a moment ago."""
        hanging = self._hanging.get(name)
        return hanging is not None and monotonic() < hanging.until

    def _note_hanging(self, name: str) -> None:
        """Leave a question alone, for longer than the last time if there was one."""
        self._hanging[name] = _Hanging.after(self._hanging.get(name))

    async def multicommand(self, *commands: str, **named: Any) -> Any:
        """Ask several questions, and remember the answers."""
        answers = self._answers
        if answers is None:
            return await self._send_many(*commands, **named)
        told = None
        if not self._hanging.keys() & set(commands):
            # For want of one answer, it gives none of the others.
            told = await self._ask_many(commands, named)
        if told is None:
            found = await self._ask_each(commands, named)
            answers |= deepcopy(found)
            return found | {"multicommand": True}
        if isinstance(told, Mapping):
            # Mostly the library asked one by one, and each was remembered by that.
            answers |= {
                command: deepcopy(told[command])
                for command in commands
                if command not in answers and isinstance(told.get(command), dict)
            }
        return told

    async def _ask_many(
        self, commands: Collection[str], named: Mapping[str, Any]
    ) -> object:
        """Have the library ask several questions; None where that fails."""
        try:
            async with asyncio.timeout(QUESTION_TIMEOUT):
                return await self._send_many(*commands, **named)
        except Exception as err:  # noqa: BLE001 - the library raises what comes up
            traceback.clear_frames(err.__traceback__)
            return None

    async def _ask_each(
        self, commands: Collection[str], named: Mapping[str, Any]
    ) -> Answers:
        """Return the answers to questions that are asked one by one, all at once."""
        told = await asyncio.gather(
            *(self._ask_in_time(command, named) for command in commands),
            return_exceptions=True,
        )
        return {
            command: answer
            for command, answer in zip(commands, told, strict=True)
            if isinstance(answer, dict)
        }


class RpcInterface(Interface):
    """The interface of cgminer and its kin, which takes questions joined by a plus."""

    def __init__(self, api: Any) -> None:
        """Expect a device to take joined questions until it has refused some."""
        super().__init__(api)
        # The library looks through all its methods each time, for commands of its own.
        api._check_commands = lambda *commands: list(commands)  # noqa: SLF001
        self._may_join = library.joinable(api)
        self._joins = True
        self._along: frozenset[str] = frozenset()

    @contextmanager
    def along(self, commands: Collection[str]) -> Iterator[None]:
        """Ask some questions along with others, since they will come anyway."""
        self._along = frozenset(commands)
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
        """Return the answers to questions, as far as there are any.

        One that hung before is asked apart from the others, to hold up none.
        """
        joined = [
            command
            for command in commands
            if self._may_join(command) and command not in self._hanging
        ]
        if not self._joins or self._is_left_alone(_TOGETHER):
            joined = []
        if len(joined) < 2:
            return await self._ask_each(commands, named)
        alone = [command for command in commands if command not in joined]
        found, others = await asyncio.gather(
            self._ask_together(joined, named), self._ask_each(alone, named)
        )
        return found | others

    async def _ask_together(
        self, commands: list[str], named: Mapping[str, Any]
    ) -> Answers:
        """Return the answers to questions that may be asked in one."""
        has_hung = False
        found: Answers = {}
        try:
            async with asyncio.timeout(QUESTION_TIMEOUT) as limit:
                told = await self._send("+".join(commands), **named)
            found = _parts(told, commands)
        except Exception as err:  # noqa: BLE001 - the library raises what comes up
            traceback.clear_frames(err.__traceback__)
            has_hung = limit.expired()
        if has_hung:
            self._note_hanging(_TOGETHER)
        else:
            self._hanging.pop(_TOGETHER, None)
        if found:
            return found
        found = await self._ask_each(commands, named)
        # It answers, but not to all at once: so it will be the next time.
        self._joins = has_hung or found.keys() != set(commands)
        return found


def _is_question(command: str, named: Mapping[str, Any]) -> bool:
    """Tell whether the same call always asks the same."""
    if named.keys() <= _WITHOUT_EFFECT:
        return True
    return command.startswith("get_") and named.keys() <= _WITHOUT_EFFECT | _OF_GRPC


def _is_whole(answer: object, fields: Collection[str]) -> bool:
    """Tell whether an answer holds what it should: a damaged one must not last."""
    return isinstance(answer, Mapping) and all(
        _holds(answer, field.split(".")) for field in fields
    )


def _holds(told: object, path: list[str]) -> bool:
    """Tell whether something is told at the end of a path, in each item of a list."""
    if isinstance(told, list):
        return all(_holds(item, path) for item in told)
    if not path:
        return told is not None
    return isinstance(told, Mapping) and _holds(told.get(path[0]), path[1:])


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
