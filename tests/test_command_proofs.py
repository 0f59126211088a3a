"""What proves that a device did what it was told, and what proves nothing."""

from dataclasses import replace
from typing import Any, override

import pytest

from custom_components.miner_control.commands import command as commands
from custom_components.miner_control.domain import ports
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.status import is_mining
from custom_components.miner_control.domain.values import (
    FanSetting,
    HashRate,
    PowerLimit,
    Presets,
)

ON = Snapshot(status=MinerStatus.ON, hashrate=HashRate(100))
IDLE = Snapshot(status=MinerStatus.IDLE, hashrate=HashRate(0))
WORDLESS = Snapshot(hashrate=HashRate(100))
NOTHING = Snapshot()
LOW, HIGH = (Presets(("low", "high"), current) for current in ("low", "high"))
LIMIT = PowerLimit(2600, 600, 3555, 25)
COARSE = PowerLimit(2600, 600, 3600, 500)


class Device(
    ports.MiningControlPort,
    ports.InternalFanControlPort,
    ports.PowerLimitControlPort,
    ports.PresetControlPort,
    ports.LocateControlPort,
):
    """What was read of a device after a command."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Show it."""
        self.snapshot = snapshot

    @property
    @override
    def is_mining(self) -> bool | None:
        """Tell what follows from it."""
        return is_mining(self.snapshot)

    @override
    async def start_mining(self) -> None:
        """Do nothing."""

    @override
    async def stop_mining(self) -> None:
        """Do nothing."""

    @override
    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Do nothing."""

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Do nothing."""

    @override
    async def select_preset(self, preset: str) -> None:
        """Do nothing."""

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Do nothing."""


RESTING = Snapshot(hashrate=HashRate(0))
STOP, START = commands.stop_mining(), commands.start_mining()
PRESET = commands.select_preset("high")
FAN = commands.set_internal_fan(FanSetting(60))
LOCATE = commands.set_locating(locating=True)


def fan(percent: int | None, *, automatic: bool = False) -> Snapshot:
    """Return what a device shows whose fans are set so."""
    return Snapshot(internal_fan=FanSetting(percent, automatic=automatic))


def limited(limit: PowerLimit, watts: float | None) -> Snapshot:
    """Return what a device shows whose power is limited."""
    return Snapshot(power_limit=replace(limit, watts=watts))


@pytest.mark.parametrize(
    ("command", "before", "after", "is_proved"),
    [
        (STOP, ON, IDLE, True),
        (STOP, ON, ON, False),
        (STOP, ON, NOTHING, False),
        (STOP, ON, replace(IDLE, status=MinerStatus.STOPPING), False),
        (STOP, NOTHING, NOTHING, True),
        (STOP, WORDLESS, RESTING, True),
        (STOP, WORDLESS, NOTHING, False),
        (START, IDLE, ON, True),
        (START, IDLE, IDLE, False),
        (START, IDLE, NOTHING, False),
        (START, IDLE, Snapshot(status=MinerStatus.STARTING), True),
        (PRESET, Snapshot(presets=LOW), Snapshot(presets=HIGH), True),
        (PRESET, Snapshot(presets=LOW), Snapshot(presets=LOW), False),
        (PRESET, Snapshot(presets=LOW), NOTHING, False),
        *(
            (PRESET, Snapshot(presets=told), Snapshot(presets=Presets(LOW.options)), ok)
            for told, ok in ((LOW, False), (None, True), (Presets(LOW.options), True))
        ),
        (FAN, fan(30), fan(62), True),
        (FAN, fan(30), fan(30), False),
        (FAN, fan(30), fan(None), False),
        (FAN, fan(30), NOTHING, False),
        (FAN, fan(None), fan(None), True),
        (FAN, NOTHING, NOTHING, True),
        (FAN, fan(30), fan(60, automatic=True), False),
        (LOCATE, Snapshot(is_locating=False), Snapshot(is_locating=True), True),
        (LOCATE, Snapshot(is_locating=False), Snapshot(is_locating=False), False),
        (LOCATE, Snapshot(is_locating=False), NOTHING, False),
        (LOCATE, NOTHING, NOTHING, True),
        *(
            (
                commands.set_power_limit(2400),
                limited(limit, 2600),
                limited(limit, watts),
                ok,
            )
            for limit, watts, ok in (
                (LIMIT, 2400, True),
                (LIMIT, 2400.1, True),
                (LIMIT, 2375, True),
                (LIMIT, 2600, False),
                (LIMIT, 600, False),
                (LIMIT, None, False),
                (COARSE, 2600, True),
                (COARSE, 2100, False),
                (replace(LIMIT, step=25_000), 600, False),
            )
        ),
        (commands.set_power_limit(2400), NOTHING, limited(LIMIT, None), True),
    ],
)
def test_proof(
    *,
    command: commands.Command[Any],
    before: Snapshot,
    after: Snapshot,
    is_proved: bool,
) -> None:
    """It is what the device says, and not that it says nothing any more."""
    assert command.is_done(Device(after), before) is is_proved


@pytest.mark.parametrize(
    ("before", "after", "elapsed", "is_proved"),
    [
        (NOTHING, NOTHING, 5, False),
        (NOTHING, NOTHING, 11, True),
        (RESTING, RESTING, 5, False),
        (RESTING, WORDLESS, 5, True),
        (RESTING, RESTING, 11, True),
        (RESTING, NOTHING, 11, False),
        (IDLE, IDLE, 11, False),
    ],
)
def test_start_of_one_that_says_nothing(
    *,
    monkeypatch: pytest.MonkeyPatch,
    before: Snapshot,
    after: Snapshot,
    elapsed: float,
    is_proved: bool,
) -> None:
    """It is believed after a while: a start may be slow, or be lost at once."""
    clock = [1000.0]
    monkeypatch.setattr(commands, "monotonic", lambda: clock[0])
    command = commands.start_mining()
    clock[0] += elapsed
    assert command.is_done(Device(after), before) is is_proved
