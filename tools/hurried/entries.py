"""Config entries of the integration, as its flows would make them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigSubentryDataWithId,
)
from homeassistant.core import HomeAssistant

from custom_components.miner_control.const import (
    CONF_CHECK_UPDATES,
    DOMAIN,
    ENTRY_VERSION,
)
from custom_components.miner_control.controllers import controller_type, identify
from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.entities.controller import (
    capabilities as capabilities_of,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.storage.bindings import default_bindings
from custom_components.miner_control.storage.fleet import SUBENTRY_MEMBER


async def network(
    hass: HomeAssistant, address: str, protocol: str, **data: Any
) -> ConfigSubentryDataWithId:
    """Return the controller of a device on the network, which is looked at for it.

    `data` is what else its flow would ask for, such as `scan_interval`. Nobody outside
    is asked for new firmware.
    """
    found = (await identify(hass, NetworkAddress(host=address), protocol)).capabilities
    data = {"host": address, "protocol": protocol, CONF_CHECK_UPDATES: False, **data}
    return _controller("network", found, data, unique_id=found.mac)


def entities(chosen: Mapping[MinerFeatureType, str]) -> ConfigSubentryDataWithId:
    """Return the controller of entities by the features that they provide.

    A smart plug is `POWER_CONTROL`, a switch, and `POWER_MONITORING`, a sensor.
    """
    references = {feature.value: entity for feature, entity in chosen.items()}
    return _controller("entities", capabilities_of(chosen), {"entities": references})


async def add_miner(
    hass: HomeAssistant,
    name: str,
    *controllers: ConfigSubentryDataWithId,
    options: Mapping[str, Any] | None = None,
) -> ConfigEntry:
    """Set a miner up, and return its entry, which has the name for its id."""
    macs = (controller["unique_id"] for controller in controllers)
    return await _add(
        hass,
        name,
        controllers,
        data={},
        options=options,
        unique_id=next(filter(None, macs), None),
    )


async def add_fleet(
    hass: HomeAssistant,
    name: str,
    members: Mapping[str, Mapping[str, Any]],
    *,
    mode: str,
    power_budget: float = 3000.0,
    sensors: Iterable[ConfigSubentryDataWithId] = (),
    options: Mapping[str, Any] | None = None,
) -> ConfigEntry:
    """Set a fleet up; `members` holds what is set of each miner, by its entry's id.

    `sensors` are `entities` of its own.
    """
    subentries = [
        *sensors,
        *(
            ConfigSubentryDataWithId(
                data={"miner": miner, **settings},
                subentry_id=f"{name}-{miner}",
                subentry_type=SUBENTRY_MEMBER,
                title=miner,
                unique_id=miner,
            )
            for miner, settings in members.items()
        ),
    ]
    data = {
        "kind": "fleet",
        "mode": mode,
        "power_budget": power_budget,
        "all_members": False,
    }
    return await _add(hass, name, subentries, data=data, options=options)


def _controller(
    kind: str,
    found: Capabilities,
    data: Mapping[str, Any],
    unique_id: str | None = None,
) -> ConfigSubentryDataWithId:
    """Return a controller with the usual bindings."""
    controller = controller_type(kind, data)
    if controller is None:
        raise ValueError(f"there is no controller {kind} of {data}")
    bindings = default_bindings(controller, found)
    return ConfigSubentryDataWithId(
        data={**data, "capabilities": found.as_dict(), "features": bindings},
        subentry_id=kind,
        subentry_type=kind,
        title=kind,
        unique_id=unique_id,
    )


async def _add(
    hass: HomeAssistant,
    name: str,
    subentries: Iterable[ConfigSubentryDataWithId],
    *,
    data: Mapping[str, Any],
    options: Mapping[str, Any] | None,
    unique_id: str | None = None,
) -> ConfigEntry:
    """Add an entry, and see to it that it works."""
    entry: ConfigEntry = ConfigEntry(
        data=dict(data),
        discovery_keys=MappingProxyType({}),
        domain=DOMAIN,
        entry_id=name,
        minor_version=1,
        options=options or {},
        source=SOURCE_USER,
        subentries_data=list(subentries),
        title=name,
        unique_id=unique_id,
        version=ENTRY_VERSION,
    )
    await hass.config_entries.async_add(entry)
    await hass.async_block_till_done()
    if entry.state is not ConfigEntryState.LOADED:
        raise RuntimeError(f"{name} could not be set up: {entry.reason}")
    return entry
