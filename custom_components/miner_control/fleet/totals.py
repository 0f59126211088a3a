"""What the miners of a fleet do together."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import slugify

from ..coordinator import MinerCoordinator
from ..domain.features import MinerStatus
from ..domain.ports import HashrateMonitorPort
from ..domain.values import HashRateUnit
from ..storage.bindings import controller_subentries, stored_capabilities
from .members import measured_watts
from .state import FleetTotals

_USUAL: Final = "sha256"
_NOTHING: Final = (MinerStatus.OFF, MinerStatus.IDLE)
_UNITS: Final[Mapping[str, HashRateUnit]] = {_USUAL: HashRateUnit.TH}


@callback
def algorithm_of(miner: ConfigEntry) -> str:
    """Return the algorithm of a miner as a part of a key, by what linking found."""
    told = (stored_capabilities(s).algorithm for s in controller_subentries(miner))
    found = next(filter(None, told), None)
    # The same is called SHA256 and SHA-256d.
    name = slugify(found or _USUAL).replace("_", "")
    return _USUAL if name.startswith(_USUAL) else name


@callback
def unit_of(miner: ConfigEntry) -> HashRateUnit:
    """Return the unit of a miner's hash rate, by what linking found."""
    told = (stored_capabilities(s).hashrate_unit for s in controller_subentries(miner))
    found = next(filter(None, told), None)
    return HashRateUnit(found) if found in set(HashRateUnit) else HashRateUnit.TH


@callback
def algorithms_of(
    hass: HomeAssistant, miners: Iterable[str]
) -> dict[str, HashRateUnit]:
    """Return the algorithms of some miners, each with the unit of its total."""
    found: dict[str, HashRateUnit] = {}
    for miner_id in miners:
        entry = hass.config_entries.async_get_entry(miner_id)
        if entry is not None:
            algorithm = algorithm_of(entry)
            usual = _UNITS.get(algorithm, unit_of(entry))
            found.setdefault(algorithm, usual)
    return found or dict(_UNITS)


class Totals:
    """Add up what miners do, and count their energy while they are members."""

    def __init__(
        self, hass: HomeAssistant, miners: Iterable[str], energy: object
    ) -> None:
        """Go on from the energy that was counted before."""
        self._algorithms: dict[str, str] = {}
        for miner_id in miners:
            entry = hass.config_entries.async_get_entry(miner_id)
            self._algorithms[miner_id] = algorithm_of(entry) if entry else _USUAL
        known = energy if isinstance(energy, dict) else {}
        self._energy = float(known.get("total", 0.0))
        # What each miner had counted when it was looked at last.
        self._told: dict[str, float] = {
            miner_id: told
            for miner_id, told in known.get("told", {}).items()
            if miner_id in self._algorithms
        }

    @property
    def stored(self) -> dict[str, object]:
        """Return what is stored."""
        return {"total": self._energy, "told": dict(self._told)}

    @callback
    def look(self, miners: Mapping[str, MinerCoordinator]) -> FleetTotals:
        """Return what the miners do now."""
        hashrates: dict[str, float] = {}
        power: float | None = None
        mining, work_watts, work = 0, 0.0, 0.0
        for miner_id, coordinator in miners.items():
            algorithm = self._algorithms[miner_id]
            self._count(miner_id, coordinator)
            speed, watts = _hashes(coordinator), measured_watts(coordinator)
            if watts is not None:
                power = (power or 0.0) + watts
            if speed is not None:
                hashrates[algorithm] = hashrates.get(algorithm, 0.0) + speed
            mining += coordinator.data.status is MinerStatus.ON
            if speed and watts:
                work, work_watts = work + speed, work_watts + watts
        is_one = len(set(self._algorithms.values())) == 1
        return FleetTotals(
            hashrates=hashrates,
            power=power,
            energy=self._energy,
            efficiency=work_watts / work if work and is_one else None,
            mining=mining,
            members=len(self._algorithms),
        )

    def _count(self, miner_id: str, coordinator: MinerCoordinator) -> None:
        """Count what a miner used since it was looked at last."""
        kept = coordinator.totals.known.get("energy")
        total = kept.get("total") if isinstance(kept, dict) else None
        if not isinstance(total, int | float):
            return
        before = self._told.get(miner_id)
        self._told[miner_id] = total
        if before is not None and total > before:
            self._energy += total - before


def _hashes(coordinator: MinerCoordinator) -> float | None:
    """Return the hashes per second of a miner, 0 for one that is known to rest."""
    meter = coordinator.provider(HashrateMonitorPort)
    if meter is not None and meter.hashrate is not None:
        return meter.hashrate.value * meter.hashrate.unit.factor
    return 0.0 if coordinator.data.status in _NOTHING else None
