"""What goes wrong with a Bitaxe or one of its kin is told in plain words, with help."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.miner_control.commands.command import (
    install_firmware,
    set_fan_target,
    set_tuning,
    stop_mining,
)
from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.axeos import releases
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.names import async_load_names
from emulation import Fault
from emulation.axeos import (
    EmulatedAxe,
    EmulatedBitaxe,
    EmulatedNerdOctaxe,
    EmulatedNerdQaxeWithOtp,
    EmulatedNMAxe,
)
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.bench import Bench
from tests.integration.controllers import subentry

type Linker = Callable[..., Awaitable[tuple[Bench, Any]]]

_WRONG = "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK"
_IMAGE = (
    "https://github.com/shufps/ESP-Miner-NerdQAxePlus/releases/download/v1.1.2/f.bin"
)


@pytest.fixture
async def linked(hass: HomeAssistant) -> AsyncIterator[Linker]:
    """Return a way to start a device and link it; both end with the test."""
    await async_load_names(hass)
    async with AsyncExitStack() as stack:

        async def start(
            kind: type[EmulatedAxe], *, secret: str | None = None, **options: Any
        ) -> tuple[Bench, Any]:
            skip_unless_ports_free(kind)
            device: Any = await stack.enter_async_context(
                kind(new_address(), warm_up=0.0, boot=0.05, **options)
            )
            found = await identify(hass, NetworkAddress(host=device.address))
            bench = Bench(
                hass,
                subentry(
                    "network",
                    "Axe",
                    found.capabilities,
                    host=device.address,
                    protocol="axeos",
                    push=False,
                    otp_secret=secret,
                ),
            )
            await bench.set_up()
            return bench, device

        yield start


async def refused(miner: Bench, work: Awaitable[None], device: Any) -> str:
    """Return in which words a command fails; the device stays as it was."""
    before = deepcopy((device.settings, device.pools, device.mining))
    with pytest.raises(HomeAssistantError) as caught:
        await work
    await miner.hass.async_block_till_done(wait_background_tasks=True)
    assert caught.value.translation_domain == DOMAIN
    assert (device.settings, device.pools, device.mining) == before
    placeholders = caught.value.translation_placeholders or {}
    return placeholders.get("reason", str(caught.value))


def faster(miner: Bench) -> Awaitable[None]:
    """Set the clock of the chips."""
    return miner.runtime.operations.carry_out(set_tuning(frequency=550))


async def test_unreachable(linked: Linker) -> None:
    """Look at its power and its network."""
    miner, device = await linked(EmulatedBitaxe)
    device.inject(Fault.RESET)
    said = await refused(miner, faster(miner), device)
    assert said == (
        "Axe does not answer. Check that it has power and is connected to the network"
    )


async def test_foreign_network(linked: Linker) -> None:
    """Connect to its network."""
    miner, device = await linked(EmulatedBitaxe)
    device.is_foreign = True
    said = await refused(miner, faster(miner), device)
    assert "private IPv4 address" in said
    assert "Connect Home Assistant" in said


async def test_otp_wanted(hass: HomeAssistant, linked: Linker) -> None:
    """Enter the secret, for which the user is asked at once."""
    miner, device = await linked(EmulatedNerdQaxeWithOtp)
    said = await refused(miner, faster(miner), device)
    assert "Enter its secret under Reconfigure" in said
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    # A command without one would count as a wrong one.
    for _ in range(6):
        await refused(miner, faster(miner), device)
    assert device.lock.tries == 0
    # Whatever needs no password goes on.
    assert miner.status == "on"


async def test_wrong_otp(hass: HomeAssistant, linked: Linker) -> None:
    """Check the secret; it is not tried again and again."""
    miner, device = await linked(EmulatedNerdQaxeWithOtp, secret=_WRONG)
    for _ in range(3):
        said = await refused(miner, faster(miner), device)
        assert "Check its secret" in said
    assert device.lock.tries == 1
    assert hass.config_entries.flow.async_progress()


async def test_locked(linked: Linker) -> None:
    """Wait for five minutes."""
    secret = EmulatedNerdQaxeWithOtp.secret
    miner, device = await linked(EmulatedNerdQaxeWithOtp, secret=secret)
    device.lock._blocked_until = device.clock.now() + 300
    said = await refused(miner, faster(miner), device)
    assert "Wait five minutes" in said


async def test_busy(linked: Linker) -> None:
    """Wait for the end of the benchmark or update."""
    miner, device = await linked(EmulatedNMAxe)
    device.is_busy = True
    said = await refused(
        miner, miner.runtime.operations.carry_out(stop_mining()), device
    )
    assert "Try again when it is done" in said


async def test_update_that_is_running(
    linked: Linker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second one has to wait."""
    miner, device = await linked(EmulatedNerdOctaxe)
    monkeypatch.setattr(releases.Release, "image_for", lambda *_: _IMAGE)
    monkeypatch.setattr(releases.Feed, "latest", lambda _: releases.Release("v1.1.2"))
    device.update_from, device._updating_since = _IMAGE, device.clock.now()
    said = await refused(
        miner, miner.runtime.operations.carry_out(install_firmware()), device
    )
    assert "Try again when it is done" in said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            set_tuning(frequency=5000),
            "5000 MHz is out of range for Axe. Choose a value from 400 to 625 MHz",
        ),
        (
            set_tuning(voltage=100),
            "100 mV is out of range for Axe. Choose a value from 1000 to 1250 mV",
        ),
        (
            set_fan_target(90),
            "90 °C is out of range for Axe. Choose a value from 35 to 66 °C",
        ),
    ],
    ids=["clock", "voltage", "fan"],
)
async def test_out_of_range(linked: Linker, command: Any, said: str) -> None:
    """The range is told; whoever asked made a mistake."""
    miner, device = await linked(EmulatedBitaxe)
    with pytest.raises(ServiceValidationError) as caught:
        await miner.runtime.operations.carry_out(command)
    assert str(caught.value) == said
    assert device.commands == []
    # That is no failure of the device.
    assert miner.degraded.state == "off"


async def test_old_releases_are_asked_rarely_for_a_proof(linked: Linker) -> None:
    """They restart when they are asked too often."""
    miner, device = await linked(EmulatedBitaxe, version="v2.6.0")
    controller = miner.controller("Axe")
    await miner.hass.async_block_till_done(wait_background_tasks=True)
    device.requests.clear()
    command = replace(set_tuning(frequency=550), timeout=0.5)
    with pytest.MonkeyPatch.context() as patch:
        # It takes the command, and does nothing.
        patch.setattr(controller, "set_tuning", AsyncMock())
        with pytest.raises(HomeAssistantError):
            await miner.runtime.operations.carry_out(command)
    assert device.requests["GET /api/system/info"] == 1
