"""When the user is asked for a login that a device refuses, and when no more."""

import logging

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigSubentryDataWithId,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.errors import ControllerAuthError

from .bench import Bench, Clock
from .conftest import SetUp
from .controllers import GONE, HASHING, HOST, Network, network, simulation

REFUSED = ControllerAuthError("it refuses the login")
OTHER_HOST = "192.0.2.11"


def other() -> ConfigSubentryDataWithId:
    """Return another controller on the network."""
    return network("S21", OTHER_HOST, mac="28:e2:97:00:00:11")


def asked(hass: HomeAssistant) -> list[str]:
    """Return the controllers whose login is asked for."""
    return [
        flow.init_data["subentry_id"]
        for flow in hass.config_entries.flow._progress.values()
        if flow.context["source"] == SOURCE_REAUTH
    ]


async def test_poll_asks_once(
    hass: HomeAssistant,
    set_up: SetUp,
    devices: Network,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """However often the device refuses the login, and with one line in the log."""
    miner = await set_up(network())
    devices[HOST].answer = REFUSED
    for _ in range(20):
        await clock.advance(60)
    assert asked(hass) == ["s19"]
    errors = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.endswith(DOMAIN)
    ]
    assert errors == ["Error fetching S19 data: it refuses the login"]
    assert miner.connectivity("S19").state == "off"


async def test_refused_from_the_start(
    hass: HomeAssistant, set_up: SetUp, devices: Network
) -> None:
    """A miner is set up all the same, and its owner is asked."""
    devices[HOST].answer = REFUSED
    miner = await set_up(network(), simulation())
    assert asked(hass) == ["s19"]
    assert miner.served("hashrate")[1:] == ("Simulation", True)


async def test_withdrawn_when_it_works_again(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Somebody set the device right; nobody has to answer any more."""
    await set_up(network())
    devices[HOST].answer = REFUSED
    await clock.advance(60)
    assert asked(hass) == ["s19"]
    assert len(ir.async_get(hass).issues) == 1
    devices[HOST].answer = GONE
    await clock.advance(600)
    assert asked(hass) == ["s19"]
    devices[HOST].answer = HASHING
    await clock.advance(600)
    assert asked(hass) == []
    assert len(ir.async_get(hass).issues) == 0


async def test_asked_again_when_it_is_refused_again(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Each fault is one of its own."""
    await set_up(network())
    for _ in range(2):
        devices[HOST].answer = REFUSED
        await clock.advance(60)
        assert asked(hass) == ["s19"]
        devices[HOST].answer = HASHING
        await clock.advance(600)
        assert asked(hass) == []


async def test_one_after_the_other(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Two controllers refuse their logins: the second is asked for after the first."""
    await set_up(network(), other())
    devices[HOST].answer = devices[OTHER_HOST].answer = REFUSED
    await clock.advance(600)
    (first,) = asked(hass)
    devices[HOST if first == "s19" else OTHER_HOST].answer = HASHING
    await clock.advance(900)
    assert [first, *asked(hass)] in (["s19", "s21"], ["s21", "s19"])


async def test_other_questions_stay(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Only the question for the login that works again is withdrawn."""
    await set_up(network(), other())
    devices[OTHER_HOST].answer = REFUSED
    await clock.advance(60)
    started = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}, data={"subentry_id": "s19"}
    )
    devices[HOST].answer = REFUSED
    await clock.advance(60)
    devices[HOST].answer = HASHING
    await clock.advance(600)
    assert asked(hass) == ["s21"]
    hass.config_entries.flow.async_abort(started["flow_id"])


@pytest.fixture
async def refusing(set_up: SetUp, devices: Network) -> Bench:
    """Return a miner whose device tells everything, and takes no commands."""
    miner = await set_up(network())
    devices[HOST].refuses = REFUSED
    return miner


async def _fail_to_stop(miner: Bench, clock: Clock) -> None:
    """Stop mining, which fails."""
    with pytest.raises(HomeAssistantError):
        await clock.until_done(miner.turn("mining", on=False))


async def test_command_asks(
    hass: HomeAssistant, refusing: Bench, devices: Network, clock: Clock
) -> None:
    """Reading may need no login, so that it goes on and proves nothing."""
    await _fail_to_stop(refusing, clock)
    assert asked(hass) == ["s19"]
    await clock.advance(600)
    assert refusing.sensor("hashrate").state == "100.0"
    await _fail_to_stop(refusing, clock)
    assert asked(hass) == ["s19"]


async def test_command_that_works_withdraws(
    hass: HomeAssistant, refusing: Bench, devices: Network, clock: Clock
) -> None:
    """Who may change the device has the right login."""
    await _fail_to_stop(refusing, clock)
    devices[HOST].answer = REFUSED
    await clock.advance(60)
    devices[HOST].answer = HASHING
    await clock.advance(600)
    assert asked(hass) == ["s19"]
    devices[HOST].refuses = None
    await clock.until_done(refusing.turn("mining", on=False))
    assert asked(hass) == []


async def test_other_failures_ask_nothing(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A device that is away needs no login."""
    miner = await set_up(network())
    devices[HOST].refuses = GONE
    await _fail_to_stop(miner, clock)
    devices[HOST].answer = GONE
    await clock.advance(600)
    assert asked(hass) == []
