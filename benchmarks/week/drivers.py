"""Who tells the miners what to draw: a fleet, or one automation for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from custom_components.miner_control.domain.budget import (
    Memory,
    Settings,
    Source,
    SourceKind,
    allocate,
)

from .miners import Model


class Driver(Protocol):
    """Whoever follows the surplus."""

    def tick(self, models: Sequence[Model], exported: float, now: float) -> None:
        """Tell the miners what to draw."""


@dataclass
class Fleet:
    """The fleet's own allocation."""

    settings: Settings = field(default_factory=Settings)
    memory: Memory = field(default_factory=Memory)

    def tick(self, models: Sequence[Model], exported: float, now: float) -> None:
        """Tell the miners what to draw, every tick."""
        decided = allocate(
            [model.member for model in models],
            {model.member.id: model.condition for model in models},
            (),
            [Source(kind=SourceKind.SURPLUS, watts=exported)],
            self.memory,
            now,
            self.settings,
        )
        self.memory = decided.memory
        for model in models:
            model.tell(decided.shares[model.member.id].watts)


@dataclass
class _Automation:
    """The rules of the blueprint for one miner, with its defaults, in minutes."""

    model: Model
    switched_at: float = -1e9
    limited_at: float = -1e9
    limit: float = 0.0
    waits_to: str = ""
    waited: int = 0

    def look(self, surplus: float, now: float) -> None:
        """Do what the blueprint does each minute."""
        member = self.model.member
        minutes = (now - self.switched_at) / 60
        is_on = self.model.told > 0
        is_enough, is_lacking = surplus > member.floor, surplus < 0
        if self.waits_to:
            self._wait(is_enough, is_lacking, surplus, now)
        elif not is_on and is_enough and minutes >= 10:
            self.waits_to, self.waited = "start", 1
        elif is_on and is_lacking and minutes >= 20:
            self.waits_to, self.waited = "stop", 1
            self._lower(surplus, now)
        elif is_on and not self._lower(surplus, now):
            self._raise(surplus, now)

    def _wait(
        self,
        is_enough: bool,  # noqa: FBT001
        is_lacking: bool,  # noqa: FBT001
        surplus: float,
        now: float,
    ) -> None:
        """Wait for as long as the surplus has to last, or to lack."""
        lasts = is_enough if self.waits_to == "start" else is_lacking
        enough = 10 if self.waits_to == "start" else 5
        if lasts and self.waited < enough:
            self.waited += 1
            if self.waits_to == "stop":
                self._lower(surplus, now)
            return
        if lasts:
            self.limit = self._wished(surplus)
            self.model.tell(self.limit if self.waits_to == "start" else 0.0)
            self.switched_at = now
        self.waits_to = ""

    def _wished(self, surplus: float) -> float:
        """Return the limit for what is left, 200 W less than that."""
        member = self.model.member
        drawn = self.model.power if self.model.told else 0.0
        watts = max(member.floor, min(member.ceiling, drawn + surplus - 200))
        if not member.steps:
            return watts
        return max(step for step in member.steps if step <= watts)

    def _lower(self, surplus: float, now: float) -> bool:
        """Lower the limit at once."""
        wished = self._wished(surplus)
        if self.limit - wished < 200:
            return False
        self._set(wished, now)
        return True

    def _raise(self, surplus: float, now: float) -> None:
        """Raise the limit when the last change is long enough ago."""
        changed = max(self.limited_at, self.switched_at)
        if self._wished(surplus) - self.limit >= 200 and now - changed >= 600:
            self._set(self._wished(surplus), now)

    def _set(self, watts: float, now: float) -> None:
        """Set the limit."""
        self.limit, self.limited_at = watts, now
        self.model.tell(watts)


@dataclass
class Blueprints:
    """One automation for each miner; each sees the whole surplus."""

    automations: dict[str, _Automation] = field(default_factory=dict)
    looked: float = -1e9

    def tick(self, models: Sequence[Model], exported: float, now: float) -> None:
        """Look once a minute, as the automations do."""
        if now - self.looked < 60:
            return
        self.looked = now
        for model in models:
            name = model.member.id
            automation = self.automations.setdefault(name, _Automation(model))
            automation.look(exported, now)
