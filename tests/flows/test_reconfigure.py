"""Setting a controller up anew: the steps that linked it, with all filled in."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as Feature

from .linking import assert_refused, suggested
from .renewal import Renewal


@pytest.fixture(params=["of_bitaxe", "of_antminer", "of_plug", "of_model"])
def renewal(request: pytest.FixtureRequest) -> Renewal:
    """Return the flow of each kind of controller."""
    flow: Renewal = request.getfixturevalue(request.param)
    return flow


async def test_unchanged(renewal: Renewal, miner: ConfigEntry) -> None:
    """Submitting every form as it is changes nothing, and sets nothing up again."""
    before, coordinator = renewal.subentry.as_dict(), miner.runtime_data.coordinator
    await renewal.submit_shown()
    subentry = await renewal.finish()
    assert subentry.as_dict() == before
    assert miner.runtime_data.coordinator is coordinator
    assert len(miner.subentries) == 1


async def test_unlinked_meanwhile(
    hass: HomeAssistant, renewal: Renewal, miner: ConfigEntry
) -> None:
    """There is nothing left to set up."""
    hass.config_entries.async_remove_subentry(miner, renewal.subentry.subentry_id)
    await hass.async_block_till_done()
    result = await renewal.submit_shown()
    assert (result["type"], result["reason"]) == ("abort", "not_linked")
    assert len(miner.subentries) == 0


async def test_new_name_of_a_simulation(
    hass: HomeAssistant, of_model: Renewal, miner: ConfigEntry
) -> None:
    """It names the controller; its device is known by the first name."""
    devices = {d.id for d in dr.async_get(hass).devices}
    await of_model.submit_shown(name="Twin")
    subentry = await of_model.finish()
    assert (subentry.title, subentry.data["name"]) == ("Twin", "Model")
    assert {d.id for d in dr.async_get(hass).devices} == devices
    form = await of_model.open()
    assert suggested(form["data_schema"]) == {"name": "Twin"}


async def test_no_name_of_a_simulation(of_model: Renewal) -> None:
    """Blanks leave it its name."""
    await of_model.submit_shown(name=" ")
    assert (await of_model.finish()).title == "Model"


async def test_priorities(of_model: Renewal, miner: ConfigEntry) -> None:
    """Ranks can be changed here, too, without setting anything up again."""
    coordinator = miner.runtime_data.coordinator
    await of_model.submit_shown()
    await of_model.finish(priorities={"power_monitoring": 90})
    feature = coordinator.miner.active_feature(Feature.POWER_MONITORING)
    assert feature.priority == 90
    assert miner.runtime_data.coordinator is coordinator
    await of_model.open()
    form = await of_model.submit_shown()
    assert form["data_schema"]({})["priorities"]["power_monitoring"] == 90
    result = await of_model.submit({"priorities": {"power_monitoring": 0}})
    assert_refused(result, "features", {"base": "invalid_priority"})
