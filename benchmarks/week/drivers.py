"""Who tells the miners what to draw: a fleet, or one automation for each of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any, Final, Protocol

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.miner_control.const import DOMAIN
from tools.home.paths import ROOT
from tools.hurried import add_fleet

from .yard import Place

GRID: Final = "sensor.grid"
_BLUEPRINT: Final = Path("automation", "miner_control", "solar_surplus.yaml")
# How long a miner runs and rests at least, in seconds: an owner who would rather not
# buy lets it stop earlier than it does by itself.
_TIMES: Final = {"min_on": 600.0, "min_off": 300.0}


class Driver(Protocol):
    """Set up whoever follows the surplus."""

    async def __call__(self, hass: HomeAssistant, places: Sequence[Place]) -> None:
        """Have the miners driven from now on."""


async def fleet(hass: HomeAssistant, places: Sequence[Place]) -> None:
    """Have one fleet follow the surplus."""
    members = {
        place.entry.entry_id: {
            "priority": place.kind.priority,
            "floor": place.kind.floor,
            "ceiling": place.kind.ceiling,
            **_TIMES,
        }
        for place in places
    }
    options = {"grid_sensor": GRID, "positive": "import"}
    await add_fleet(hass, "fleet", members, mode="surplus", options=options)


async def automations(hass: HomeAssistant, places: Sequence[Place]) -> None:
    """Have an automation of its own for each miner, from the blueprint."""
    file = Path(hass.config.path("blueprints")) / _BLUEPRINT
    await hass.async_add_executor_job(_copy_blueprint, file)
    rules = [
        {
            "id": str(number),
            "alias": place.kind.name,
            "use_blueprint": {
                "path": str(_BLUEPRINT.relative_to("automation")),
                "input": _inputs(hass, place),
            },
        }
        for number, place in enumerate(places)
    ]
    if not await async_setup_component(hass, "automation", {"automation": rules}):
        raise RuntimeError("the automations could not be set up")
    await hass.async_block_till_done()
    states = hass.states.async_all("automation")
    if len(states) != len(places) or any(state.state != "on" for state in states):
        raise RuntimeError(f"not all automations work: {states}")


def _copy_blueprint(file: Path) -> None:
    """Put the blueprint where Home Assistant finds it."""
    file.parent.mkdir(parents=True)
    copyfile(ROOT / "blueprints" / _BLUEPRINT, file)


def _inputs(hass: HomeAssistant, place: Place) -> Mapping[str, Any]:
    """Return what is set of the blueprint; the rest keeps its defaults."""
    kind, entry_id = place.kind, place.entry.entry_id
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, entry_id), entry_id
    )
    if device is None:
        raise RuntimeError(f"{kind.name} has no device")
    inputs: dict[str, Any] = {
        "miner": device.id,
        "control": "mining" if kind.protocol else "power",
        "meter": GRID,
        "meter_shows": "import",
        "start_above": kind.floor if kind.has_limit else kind.ceiling,
    }
    if kind.has_limit:
        limit = er.async_get(hass).async_get_entity_id(
            "number", DOMAIN, f"{entry_id}_power_limit"
        )
        inputs |= {"power_limit": limit, "lowest_limit": kind.floor}
    return inputs
