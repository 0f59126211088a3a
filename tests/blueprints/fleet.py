"""A fleet in the house, and what a test does with it."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.const import DOMAIN

from .house import House

FLEET_ID: Final = "01FLEET"
GRID: Final = "sensor.grid"


class Fleet:
    """The fleet of a house, with the miner of the house as its only member."""

    def __init__(self, house: House, *, mode: str, budget: float) -> None:
        """Describe a fleet; `set_up` brings it into the house."""
        self.house = house
        self._hass = house.hass
        miner = house.miner.entry
        self._entry = MockConfigEntry(
            domain=DOMAIN,
            title="Fleet",
            entry_id=FLEET_ID,
            data={
                "kind": "fleet",
                "mode": mode,
                "power_budget": budget,
                "all_members": False,
            },
            options={"grid_sensor": GRID, "positive": "export"},
            subentries_data=[
                ConfigSubentryDataWithId(
                    data={"miner": miner.entry_id, "min_on": 0.0, "min_off": 0.0},
                    subentry_id="member",
                    subentry_type="member",
                    title=miner.title,
                    unique_id=miner.entry_id,
                )
            ],
        )

    async def set_up(self) -> None:
        """Bring the fleet into the house."""
        self._entry.add_to_hass(self._hass)
        await self.load()

    async def load(self) -> None:
        """Have the fleet decide."""
        assert await self._hass.config_entries.async_setup(FLEET_ID)
        await self.house.settle()
        assert self._entry.state is ConfigEntryState.LOADED

    async def unload(self) -> None:
        """Have the fleet decide nothing any more."""
        assert await self._hass.config_entries.async_unload(FLEET_ID)
        await self.house.settle()

    async def set_options(self, **options: Any) -> None:
        """Change the options as a user does."""
        self._hass.config_entries.async_update_entry(self._entry, options=options)
        await self.house.settle()

    async def automate(self, blueprint: str, **inputs: Any) -> None:
        """Let a blueprint rule the fleet."""
        await self.house.automate(blueprint, fleet=self.device_id, **inputs)

    @property
    def device_id(self) -> str:
        """Return the device that a user chooses as the fleet."""
        (device,) = dr.async_entries_for_config_entry(
            dr.async_get(self._hass), FLEET_ID
        )
        return device.id

    def entity_id(self, platform: str, key: str) -> str:
        """Return the name of an entity of the fleet."""
        found = er.async_get(self._hass).async_get_entity_id(
            platform, DOMAIN, f"{FLEET_ID}_{key}"
        )
        assert found
        return found

    @property
    def mode(self) -> str:
        """Return by what the fleet goes."""
        return self._shown("select", "mode")

    @property
    def budget(self) -> float:
        """Return what its miners may draw together."""
        return float(self._shown("number", "power_budget"))

    async def choose(self, mode: str) -> None:
        """Choose a mode as a user does."""
        await self._call("select", "select_option", "mode", option=mode)

    async def set_budget(self, watts: float) -> None:
        """Set the budget as a user does."""
        await self._call("number", "set_value", "power_budget", value=watts)

    async def _call(self, platform: str, name: str, key: str, **data: Any) -> None:
        """Do something with an entity of the fleet."""
        target = {"entity_id": self.entity_id(platform, key)}
        await self._hass.services.async_call(
            platform, name, target | data, blocking=True
        )
        await self.house.settle()

    def _shown(self, platform: str, key: str) -> str:
        """Return what an entity of the fleet shows."""
        state = self._hass.states.get(self.entity_id(platform, key))
        assert state
        return state.state
