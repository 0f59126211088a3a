"""What is known of a miner that belongs to a fleet, or may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..coordinator import MinerCoordinator
from ..domain.authority import Origin
from ..domain.budget import Action, Share
from ..domain.features import MinerFeatureType
from ..domain.ports import (
    MaxPowerDetectionPort,
    MiningControlPort,
    PowerControlPort,
    PowerMonitorPort,
)
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
    bound = load_miner(miner)

    def has(feature: MinerFeatureType) -> bool:
        """Tell whether any controller may provide a feature."""
        return any(each.enabled for each in bound.features_by_type(feature))

    runtime = runtime_of(hass, miner.entry_id)
    reach = runtime.coordinator.power_target.reach if runtime else None
    stands_in = MinerOptions.of(miner).power_stands_in
    has_plug = has(PowerControlPort.feature_type)
    slows = reach is not None or any(map(has, _SLOWS))
    return Means(
        switches=has(MiningControlPort.feature_type) or (stands_in and has_plug),
        slows=slows,
        cuts=has_plug,
        least=reach.floor if reach else None,
        most=reach.ceiling if reach else most_watts(miner, runtime),
    )


_SLOWS = (
    MinerFeatureType.POWER_LIMIT_CONTROL,
    MinerFeatureType.PRESET_CONTROL,
    MinerFeatureType.TUNING_CONTROL,
)


def most_watts(miner: ConfigEntry, runtime: MinerRuntimeData | None) -> float | None:
    """Return the most that a miner draws, as far as anybody knows."""
    told = _max_power(runtime.coordinator) if runtime else None
    rated = (stored_capabilities(s).rated_power for s in controller_subentries(miner))
    return told or max(filter(None, rated), default=None)


def _max_power(coordinator: MinerCoordinator) -> float | None:
    """Return the most power that a miner says it can draw."""
    port = coordinator.provider(MaxPowerDetectionPort)
    power = port.max_power if port else None
    return power.watts if power else None


def measured_watts(coordinator: MinerCoordinator) -> float | None:
    """Return the power that is served now; none is drawn where it is cut."""
    meter = coordinator.provider(PowerMonitorPort)
    power = meter.power if meter else None
    if power is not None:
        return power.watts
    return 0.0 if coordinator.data.is_known_off else None
