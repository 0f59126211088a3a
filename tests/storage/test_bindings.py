"""A miner's bindings, written back into its config entry."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.domain.errors import FeatureNotFoundError
from custom_components.miner_control.domain.features import (
    MinerFeature,
    MinerFeatureType as F,
)
from custom_components.miner_control.storage.bindings import load_miner, store_miner
from tests.integration.bench import Bench
from tests.integration.controllers import network, simulation

ODD = {"coffee_making": {"priority": 1}, F.VOLTAGE_MONITORING: {"priority": 1000}}


@pytest.fixture
def bench(hass: HomeAssistant) -> Bench:
    """Return a miner that is not set up, with something that makes no sense."""
    found = Bench(hass, network(bindings=ODD), simulation())
    found.entry.add_to_hass(hass)
    return found


def stored(bench: Bench, controller_id: str) -> dict[str, Any]:
    """Return the bindings of a controller as stored."""
    features: dict[str, Any] = bench.entry.subentries[controller_id].data["features"]
    return features


def test_changed_bindings_are_stored(hass: HomeAssistant, bench: Bench) -> None:
    """What is loaded again is what was written, and nothing else has changed."""
    before = stored(bench, "s19")
    miner = load_miner(bench.entry)
    miner.set_feature_priority(F.POWER_MONITORING, "s19", 7)
    miner.disable_feature(F.HASHRATE_MONITORING, "s19")
    store_miner(hass, bench.entry, miner)
    assert load_miner(bench.entry).features == miner.features
    after = stored(bench, "s19")
    assert after["power_monitoring"] == {"priority": 7, "enabled": True}
    assert after["hashrate_monitoring"] == {"priority": 50, "enabled": False}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"power_monitoring", "hashrate_monitoring"}


def test_what_makes_no_sense_is_kept(hass: HomeAssistant, bench: Bench) -> None:
    """A later version may know what to do with it."""
    miner = load_miner(bench.entry)
    miner.disable_feature(F.POWER_MONITORING, "s19")
    store_miner(hass, bench.entry, miner)
    after = stored(bench, "s19")
    assert after["coffee_making"] == {"priority": 1}
    assert after["voltage_monitoring"]["priority"] == 1000


def test_unchanged_controllers_are_not_written(
    hass: HomeAssistant, bench: Bench
) -> None:
    """Listeners of the entry have no reason to look."""
    before = {name: s.data for name, s in bench.entry.subentries.items()}
    store_miner(hass, bench.entry, load_miner(bench.entry))
    assert all(s.data is before[n] for n, s in bench.entry.subentries.items())
    miner = load_miner(bench.entry)
    miner.set_feature_priority(F.POWER_MONITORING, "s19", 7)
    store_miner(hass, bench.entry, miner)
    assert bench.entry.subentries["simulation"].data is before["simulation"]
    assert bench.entry.subentries["s19"].data is not before["s19"]


def test_bindings_are_removed_and_added(hass: HomeAssistant, bench: Bench) -> None:
    """An aggregate may gain and lose bindings, too."""
    miner = load_miner(bench.entry)
    miner.remove_feature(F.POWER_MONITORING, "s19")
    with pytest.raises(FeatureNotFoundError):
        miner.get_feature(F.VOLTAGE_MONITORING, "s19")
    miner.add_feature(MinerFeature(F.VOLTAGE_MONITORING, "s19", priority=12))
    store_miner(hass, bench.entry, miner)
    assert "power_monitoring" not in stored(bench, "s19")
    assert stored(bench, "s19")["voltage_monitoring"]["priority"] == 12
    assert set(load_miner(bench.entry).features) == set(miner.features)
