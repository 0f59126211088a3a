"""Linking controllers to a miner that is set up, and unlinking them."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import UnknownHandler
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType
from emulation import EmulatedBitaxe

from .linking import SUBENTRY_TYPES, FurtherLink

STEPS = sorted(SUBENTRY_TYPES)


@pytest.fixture
def forms(bitaxe: EmulatedBitaxe, plug: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what is entered in each way to link a controller."""
    return {
        "network": {"host": bitaxe.address},
        "entities": {"name": "Smart plug", **plug},
        "simulated": {"name": "Model"},
    }


def _bound(entry: ConfigEntry, subentry_id: str) -> set[str]:
    """Return the feature types that a controller is bound to right now."""
    features = entry.runtime_data.coordinator.miner.features_by_controller(subentry_id)
    return {feature.feature_type.value for feature in features}


def _device_ids(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> set[str]:
    """Return the devices of a controller."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {d.id for d in devices if d.config_subentry_id == subentry_id}


def _entity_ids(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> set[str]:
    """Return the entities of a controller."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {e.entity_id for e in entities if e.config_subentry_id == subentry_id}


async def _unlink(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> None:
    """Remove a controller from a miner."""
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("step", STEPS)
async def test_link(
    hass: HomeAssistant,
    further_link: FurtherLink,
    forms: dict[str, dict[str, Any]],
    step: str,
) -> None:
    """A controller gets its bindings, its device and its entities at once."""
    entry = further_link.entry
    subentry = await further_link.link(step, forms[step])
    assert subentry.subentry_type == SUBENTRY_TYPES[step]
    assert entry.state is ConfigEntryState.LOADED
    assert _bound(entry, subentry.subentry_id) == set(subentry.data["features"])
    assert len(_device_ids(hass, entry, subentry.subentry_id)) == 1
    assert len(_entity_ids(hass, entry, subentry.subentry_id)) == 1


@pytest.mark.parametrize("step", STEPS)
async def test_unlink(
    hass: HomeAssistant,
    further_link: FurtherLink,
    forms: dict[str, dict[str, Any]],
    step: str,
) -> None:
    """Unlinking removes all that belongs to a controller, and nothing else."""
    entry = further_link.entry
    others = [
        await further_link.link(other, forms[other]) for other in STEPS if other != step
    ]
    before = {o.subentry_id: _bound(entry, o.subentry_id) for o in others}
    subentry = await further_link.link(step, forms[step])
    await _unlink(hass, entry, subentry.subentry_id)

    assert set(entry.subentries) == set(before)
    assert _bound(entry, subentry.subentry_id) == set()
    assert _device_ids(hass, entry, subentry.subentry_id) == set()
    assert _entity_ids(hass, entry, subentry.subentry_id) == set()
    for subentry_id, bound in before.items():
        assert _bound(entry, subentry_id) == bound
        assert len(_device_ids(hass, entry, subentry_id)) == 1


async def test_unlink_the_last(
    hass: HomeAssistant, further_link: FurtherLink, forms: dict[str, dict[str, Any]]
) -> None:
    """A miner stays, even without any controller."""
    entry = further_link.entry
    subentry = await further_link.link("simulated", forms["simulated"])
    await _unlink(hass, entry, subentry.subentry_id)
    miner = entry.runtime_data.coordinator.miner
    assert not any(miner.has_feature(feature) for feature in MinerFeatureType)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert [device.config_subentry_id for device in devices] == [None]


@pytest.mark.parametrize("step", STEPS)
async def test_link_again(
    hass: HomeAssistant,
    further_link: FurtherLink,
    forms: dict[str, dict[str, Any]],
    step: str,
) -> None:
    """A controller that is linked again is the device that it was before."""
    entry = further_link.entry
    first = await further_link.link(step, forms[step])
    devices = _device_ids(hass, entry, first.subentry_id)
    await _unlink(hass, entry, first.subentry_id)
    second = await further_link.link(step, forms[step])
    assert second.subentry_id != first.subentry_id
    assert _device_ids(hass, entry, second.subentry_id) == devices


async def test_unknown_kind(hass: HomeAssistant, miner: ConfigEntry) -> None:
    """Only the kinds of controllers that exist can be linked."""
    with pytest.raises(UnknownHandler):
        await hass.config_entries.subentries.async_init(
            (miner.entry_id, "telepathy"), context={"source": SOURCE_USER}
        )
