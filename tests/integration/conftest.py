"""Miners set up in Home Assistant, with devices that answer as they are told."""

from collections.abc import Awaitable, Callable, Iterator
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.miner_control import coordinator

from .bench import Bench, Clock, let_run
from .controllers import PLUG_POWER, PLUG_SWITCH, Network
from .repairing import Repair

type SetUp = Callable[..., Awaitable[Bench]]

_WATCHED = ("custom_components.miner_control", "pyasic")


def pytest_configure(config: pytest.Config) -> None:
    """Register this folder's marker."""
    config.addinivalue_line(
        "markers", "normal: nothing goes wrong, so nothing may be logged as if"
    )


@pytest.fixture(autouse=True)
def _clean_log(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Fail where a normal run warns."""
    yield
    records = caplog.get_records("setup") + caplog.get_records("call")
    if request.node.get_closest_marker("normal"):
        assert not [r for r in records if _is_complaint(r)]


def _is_complaint(record: logging.LogRecord) -> bool:
    """Tell whether the integration or its library says that something is wrong."""
    return record.levelno >= logging.WARNING and record.name.startswith(_WATCHED)


@pytest.fixture(autouse=True)
def poll_phase(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> float:
    """Return where in its interval the first poll comes; otherwise it is chance."""
    phase: float = getattr(request, "param", 0.5)
    monkeypatch.setattr(coordinator.controller, "random", lambda: phase)
    return phase


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots that leave out what differs from run to run."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Return the network, whose devices answer as they are told."""
    found = Network()
    found.replace_real_one(monkeypatch)
    return found


@pytest.fixture
def clock(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Clock:
    """Return the clock, which stands still."""
    return Clock(hass, freezer)


@pytest.fixture
def set_up(hass: HomeAssistant, clock: Clock) -> SetUp:
    """Return how to set up a miner with some controllers."""

    async def set_up(*linked: ConfigSubentryDataWithId, **options: Any) -> Bench:
        bench = Bench(hass, *linked, **options)
        await bench.set_up()
        return bench

    return set_up


class Plug:
    """A smart plug: a real input_boolean, and a sensor that the test moves."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Switch and measure."""
        self._hass = hass

    async def switch(self, *, on: bool) -> None:
        """Switch the plug at the plug itself."""
        await self._hass.services.async_call(
            "input_boolean",
            "turn_on" if on else "turn_off",
            {"entity_id": PLUG_SWITCH},
            blocking=True,
        )
        await let_run()

    async def switch_now(self, *, on: bool) -> None:
        """Switch the plug, and wait for nobody's answer."""
        self._hass.states.async_set(PLUG_SWITCH, "on" if on else "off")
        await let_run()

    async def lose_switch(self) -> None:
        """Lose the switch, but not the meter."""
        self._hass.states.async_set(PLUG_SWITCH, "unavailable")
        await let_run()

    def is_on(self) -> bool:
        """Tell whether it is on."""
        return self._hass.states.is_state(PLUG_SWITCH, "on")

    async def measure(self, watts: object, unit: str = "W") -> None:
        """Let the meter show something."""
        self._hass.states.async_set(
            PLUG_POWER,
            str(watts),
            {"unit_of_measurement": unit, "device_class": "power"},
        )
        await let_run()

    async def fall_silent(self) -> None:
        """Lose the switch and the meter."""
        for entity_id in (PLUG_SWITCH, PLUG_POWER):
            self._hass.states.async_set(entity_id, "unavailable")
        await let_run()


@pytest.fixture
async def plug(hass: HomeAssistant) -> Plug:
    """Return a smart plug that is on and measures 3200 W."""
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"plug": {"initial": True}}}
    )
    found = Plug(hass)
    await found.measure(3200)
    return found


@pytest.fixture
async def repair(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, every_text_exists: None
) -> Repair:
    """Return how to repair an issue."""
    assert await async_setup_component(hass, "repairs", {})
    return Repair(hass, await hass_client())
