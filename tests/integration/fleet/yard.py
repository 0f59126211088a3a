"""A fleet under test, with its miners."""

from collections.abc import Iterable
import time
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.simulated import SimulatedController
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.fleet.coordinator import FleetCoordinator
from custom_components.miner_control.fleet.events import EVENT_FLEET_DECISION
from custom_components.miner_control.fleet.setup import fleet_ends
from custom_components.miner_control.storage.fleet import members_of
from tests.integration.bench import Bench, Clock
from tests.integration.controllers import entities, simulation

FLEET_ID = "01FLEET"
GRID = "sensor.grid"


def follow_clock(controller: SimulatedController) -> None:
    """Let a model live in the time of the test."""
    controller._clock = time.monotonic
    controller._stepped_at = time.monotonic()


class Yard:
    """A fleet and its miners."""

    def __init__(self, hass: HomeAssistant, clock: Clock) -> None:
        """Have no miner yet."""
        self.hass = hass
        self.clock = clock
        self.miners: list[Bench] = []
        self.entry: MockConfigEntry
        self.decisions = async_capture_events(hass, EVENT_FLEET_DECISION)

    async def add_miner(
        self, *controllers: ConfigSubentryDataWithId, **options: Any
    ) -> Bench:
        """Set up one more miner, a simulated one unless something else is given."""
        number = len(self.miners) + 1
        bench = Bench(
            self.hass,
            *(controllers or (simulation(),)),
            title=f"Miner {number}",
            entry_id=f"01MINER{number}",
            **options,
        )
        await bench.set_up()
        for coordinator in bench.coordinator.controllers.values():
            if isinstance(coordinator.controller, SimulatedController):
                follow_clock(coordinator.controller)
        self.miners.append(bench)
        return bench

    def describe(
        self,
        *,
        mode: str = "budget",
        budget: float = 3000,
        options: dict[str, Any] | None = None,
        members: dict[str, dict[str, Any]] | None = None,
        circuits: dict[str, dict[str, Any]] | None = None,
        all_members: bool = False,
        sensors: Iterable[ConfigSubentryDataWithId] = (),
    ) -> MockConfigEntry:
        """Describe a fleet; `members` holds what is set of single miners."""
        given = members or {}
        member_data = [
            ConfigSubentryDataWithId(
                data={
                    "miner": miner.entry.entry_id,
                    "min_on": 0.0,
                    "min_off": 0.0,
                    **given.get(miner.entry.title, {}),
                },
                subentry_id=f"member_{number}",
                subentry_type="member",
                title=miner.entry.title,
                unique_id=miner.entry.entry_id,
            )
            for number, miner in enumerate(self.miners, start=1)
        ]
        circuit_data = [
            ConfigSubentryDataWithId(
                data=data,
                subentry_id=name,
                subentry_type="circuit",
                title=name.capitalize(),
                unique_id=None,
            )
            for name, data in (circuits or {}).items()
        ]
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="Fleet",
            entry_id=FLEET_ID,
            data={
                "kind": "fleet",
                "mode": mode,
                "power_budget": budget,
                "all_members": all_members,
            },
            options=options or {},
            subentries_data=[*member_data, *circuit_data, *sensors],
        )
        return self.entry

    async def set_up(self, **described: Any) -> FleetCoordinator:
        """Set the fleet up, and expect that this works."""
        self.describe(**described).add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(FLEET_ID)
        await self.hass.async_block_till_done()
        assert self.entry.state is ConfigEntryState.LOADED
        return self.fleet

    @property
    def fleet(self) -> FleetCoordinator:
        """Return the fleet's coordinator."""
        coordinator: FleetCoordinator = self.entry.runtime_data.coordinator
        return coordinator

    def entity_id(self, platform: str, key: str) -> str:
        """Return the name of an entity of the fleet."""
        registry = er.async_get(self.hass)
        entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{FLEET_ID}_{key}")
        assert entity_id, f"there is no {platform} {key}"
        return entity_id

    def state(self, platform: str, key: str) -> State:
        """Return the state of an entity of the fleet."""
        state = self.hass.states.get(self.entity_id(platform, key))
        assert state
        return state

    def sensor(self, key: str) -> str:
        """Return what a sensor of the fleet shows."""
        return self.state("sensor", key).state

    def share(self, miner: Bench) -> dict[str, Any]:
        """Return what the fleet tells of one member."""
        members = self.state("sensor", "decision").attributes["members"]
        found: dict[str, Any] = next(
            each for each in members if each["config_entry_id"] == miner.entry.entry_id
        )
        return found

    async def call(self, platform: str, action: str, key: str, **data: Any) -> None:
        """Do something with an entity of the fleet."""
        await self.hass.services.async_call(
            platform,
            action,
            {"entity_id": self.entity_id(platform, key), **data},
            blocking=True,
        )

    async def select_mode(self, mode: str) -> None:
        """Choose a mode."""
        await self.call("select", "select_option", "mode", option=mode)

    async def set_budget(self, watts: float) -> None:
        """Set the budget."""
        await self.call("number", "set_value", "power_budget", value=watts)

    async def show(self, entity_id: str, value: object, **attributes: Any) -> None:
        """Let a meter show something, also where that is the same as before."""
        usual = {"unit_of_measurement": "W", "device_class": "power"}
        self.hass.states.async_set(
            entity_id, str(value), {**usual, **attributes}, force_update=False
        )

    async def act(self, action: str, **data: Any) -> dict[str, Any] | None:
        """Call an action of the integration for the fleet."""
        answer: Any = await self.hass.services.async_call(
            DOMAIN,
            action,
            {"config_entry_id": FLEET_ID, **data},
            blocking=True,
            return_response=action == "try_allocation",
        )
        told: dict[str, Any] | None = answer
        return told

    def fleet_latches_forgotten(self, miner: Bench) -> None:
        """Forget what holds a miner, as a restart of Home Assistant does."""
        miner.coordinator.authority.release(FLEET_ID)

    def drawn(self) -> float:
        """Return what all miners draw."""
        return sum(
            float(found.state)
            for miner in self.miners
            if (found := miner.sensor("power")).state not in ("unknown", "unavailable")
        )

    def told_until(self) -> str:
        """Return until when the present decision holds."""
        return str(self.state("sensor", "decision").attributes["until"])

    def issues(self) -> set[str]:
        """Return the kinds of issues that are raised."""
        return {
            issue.translation_key or ""
            for (domain, _), issue in ir.async_get(self.hass).issues.items()
            if domain == DOMAIN
        }

    def member_ids(self) -> set[str]:
        """Return the miners that are members."""
        return set(members_of(self.entry))

    async def end(self) -> None:
        """End Home Assistant, as far as the fleet has a part in it."""
        await fleet_ends(self.fleet)

    def meter_only(self) -> ConfigSubentryDataWithId:
        """Return a controller that measures and can do nothing."""
        return entities(chosen={F.POWER_MONITORING: "sensor.plain"})

    def scrypt(self) -> ConfigSubentryDataWithId:
        """Return a simulation of a miner with another algorithm."""
        found = simulation()
        capabilities = found["data"]["capabilities"]
        data = {
            **found["data"],
            "capabilities": {
                **capabilities,
                "algorithm": "Scrypt",
                "hashrate_unit": "GH/s",
            },
        }
        return ConfigSubentryDataWithId(**{**found, "data": data})

    def decided(self, miner: Bench) -> list[tuple[str, str]]:
        """Return what was decided for a miner so far: actions and why."""
        return [
            (event.data["action"], event.data["key"])
            for event in self.decisions
            if event.data["config_entry_id"] == miner.entry.entry_id
        ]
