"""Firmware without an emulated device: which of the library's commands are given."""

from typing import Any

import pytest

from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    UnsupportedError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic.device import PyasicDevice
from custom_components.miner_control.controllers.pyasic.dialects import (
    Dialect,
    dialect_for,
)

from .bench import F

# A class of the library, the version of its firmware, and what it has to offer.
HIVEON = ("HiveonS19", None)
MARA = ("MaraS19Pro", None)
COMMANDS = {
    "reboot": lambda dialect: dialect.reboot(),
    "fault_light_on": lambda dialect: dialect.set_locating(locating=True),
    "fault_light_off": lambda dialect: dialect.set_locating(locating=False),
}


def speak(library_class: str, version: str | None) -> Dialect:
    """Return the dialect for a class of the library; nothing is contacted."""
    host = "192.0.2.1"
    address = NetworkAddress(host=host)
    return dialect_for(PyasicDevice.rebuild(host, library_class, version, address))


def answer(
    monkeypatch: pytest.MonkeyPatch, dialect: Dialect, method: str, result: object
) -> list[str]:
    """Have one of the library's methods return something, and note its calls."""
    calls: list[str] = []

    async def called(*_: Any) -> object:
        calls.append(method)
        return result

    monkeypatch.setattr(dialect.miner, method, called)
    return calls


@pytest.mark.parametrize("firmware", [HIVEON, MARA], ids=lambda f: f[0])
@pytest.mark.parametrize("method", COMMANDS)
async def test_library_does_it(
    monkeypatch: pytest.MonkeyPatch, firmware: tuple[str, str | None], method: str
) -> None:
    """The library's own command is given, once."""
    dialect = speak(*firmware)
    calls = answer(monkeypatch, dialect, method, result=True)
    await COMMANDS[method](dialect)
    assert calls == [method]


@pytest.mark.parametrize("firmware", [HIVEON, MARA], ids=lambda f: f[0])
@pytest.mark.parametrize("method", COMMANDS)
async def test_refusal_is_told(
    monkeypatch: pytest.MonkeyPatch, firmware: tuple[str, str | None], method: str
) -> None:
    """What the library says was refused was not done."""
    dialect = speak(*firmware)
    answer(monkeypatch, dialect, method, result=False)
    with pytest.raises(CommandRefusedError):
        await COMMANDS[method](dialect)


async def test_restart_of_mining(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library can restart mining, it does."""
    dialect = speak(*MARA)
    calls = answer(monkeypatch, dialect, "restart_backend", result=True)
    assert dialect.can_restart_mining
    await dialect.restart_mining()
    assert calls == ["restart_backend"]


@pytest.mark.parametrize("firmware", [HIVEON, MARA], ids=lambda f: f[0])
async def test_what_is_not_known_is_not_offered(
    firmware: tuple[str, str | None],
) -> None:
    """A range that nobody knows is no range, and modes are not guessed."""
    dialect = speak(*firmware)
    assert not {F.POWER_LIMIT_CONTROL, F.PRESET_CONTROL} & dialect.supported
    assert {F.RESTART_CONTROL, F.LOCATE_CONTROL} <= dialect.supported
    with pytest.raises(UnsupportedError):
        await dialect.set_power_limit(1000)
