"""What is known of a miner that belongs to a fleet, or may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..coordinator import MinerCoordinator
from ..domain.authority import Origin
from ..domain.budget import Action, Share
from ..domain.features import MinerFeatureType
from ..domain.miner import Miner
from ..domain.ports import (
    MaxPowerDetectionPort,
    MiningControlPort,
    PowerControlPort,
    PowerMonitorPort,
)
from ..domain.power_target import PowerReach
from ..runtime import MinerRuntimeData
from ..storage.bindings import controller_subentries, load_miner, stored_capabilities
from ..storage.options import MinerOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """By what a miner can be ruled, as far as is known without asking it.

    `switches`: mining can be started and stopped. `slows`: it can be slowed down.
    `cuts`: its power can be cut in an emergency. `most` is what it may draw, in W.
    """

    switches: bool
    slows: bool
    cuts: bool
    least: float | None = None
    most: float | None = None

    @property
    def is_any(self) -> bool:
        """Tell whether a fleet can do anything with the miner."""
        return self.switches or self.slows


_SLOWS: Final = (
    MinerFeatureType.POWER_LIMIT_CONTROL,
    MinerFeatureType.PRESET_CONTROL,
    MinerFeatureType.TUNING_CONTROL,
)


@callback
def runtime_of(hass: HomeAssistant, miner_id: str) -> MinerRuntimeData | None:
    """Return what a miner's entry holds while it is loaded."""
    entry = hass.config_entries.async_get_entry(miner_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    runtime: MinerRuntimeData | None = getattr(entry, "runtime_data", None)
    return runtime


@callback
def release_targets(
    hass: HomeAssistant, miners: Iterable[str], shares: Mapping[str, Share]
) -> None:
    """Let members stay as they are, of which their fleet asked for a power.

    Those that are told something last keep what that is.
    """
    for miner_id in miners:
        share = shares.get(miner_id)
        runtime = runtime_of(hass, miner_id)
        if runtime is not None and (share is None or share.action is Action.KEEP):
            runtime.coordinator.power_target.release(Origin.FLEET)


@callback
def means_of(hass: HomeAssistant, miner: ConfigEntry) -> Means:
    """Return by what a miner can be ruled."""
    runtime = runtime_of(hass, miner.entry_id)
    coordinator = runtime.coordinator if runtime else None
    bound = coordinator.miner if coordinator else load_miner(miner)
    options = coordinator.options if coordinator else MinerOptions.of(miner)
    reach = coordinator.power_target.reach if coordinator else None
    return Means(
        switches=_switches(bound, options),
        slows=_slows(bound, reach),
        cuts=bool(bound.ranked_features(PowerControlPort.feature_type)),
        least=reach.floor if reach else None,
        most=reach.ceiling if reach else most_watts(miner, coordinator),
    )


def has_means(coordinator: MinerCoordinator) -> bool:
    """Tell whether a fleet can do anything with a miner that is set up."""
    bound, reach = coordinator.miner, coordinator.power_target.reach
    return _switches(bound, coordinator.options) or _slows(bound, reach)


def _switches(bound: Miner, options: MinerOptions) -> bool:
    """Tell whether the mining of a miner can be started and stopped."""
    if bound.ranked_features(MiningControlPort.feature_type):
        return True
    has_plug = bool(bound.ranked_features(PowerControlPort.feature_type))
    return options.power_stands_in and has_plug


def _slows(bound: Miner, reach: PowerReach | None) -> bool:
    """Tell whether a miner can be slowed down."""
    return reach is not None or any(map(bound.ranked_features, _SLOWS))


def most_watts(
    miner: ConfigEntry, coordinator: MinerCoordinator | None
) -> float | None:
    """Return the most that a miner draws, as far as anybody knows."""
    if coordinator is None:
        known = [stored_capabilities(s) for s in controller_subentries(miner)]
    elif (told := _max_power(coordinator)) is not None:
        return told
    else:
        known = [c.controller.capabilities for c in coordinator.controllers.values()]
    return max(filter(None, (each.rated_power for each in known)), default=None)


def _max_power(coordinator: MinerCoordinator) -> float | None:
    """Return the most power that a miner says it can draw."""
    port = coordinator.provider(MaxPowerDetectionPort)
    power = port.max_power if port else None
    return power.watts if power and power.watts else None


def measured_watts(coordinator: MinerCoordinator) -> float | None:
    """Return the power that is served now; none is drawn where it is cut."""
    meter = coordinator.provider(PowerMonitorPort)
    power = meter.power if meter else None
    if power is not None:
        return power.watts
    return 0.0 if coordinator.data.is_known_off else None
