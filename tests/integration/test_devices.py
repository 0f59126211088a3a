"""The devices of a miner and of its controllers, linked and unlinked."""

from types import MappingProxyType

from homeassistant.config_entries import ConfigSubentry, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.miner_control.domain.features import MinerFeatureType as F

from .bench import Bench
from .conftest import Plug, SetUp
from .controllers import MAC, PLUG_SWITCH, Network, entities, network, simulation
from .test_entities import keys


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner with every kind of controller."""
    return await set_up(network(), entities(), simulation())


def unlink(bench: Bench, title: str) -> ConfigSubentry:
    """Remove a controller, as a user does, and return what it was."""
    subentry: ConfigSubentry = next(
        s for s in bench.entry.subentries.values() if s.title == title
    )
    bench.hass.config_entries.async_remove_subentry(bench.entry, subentry.subentry_id)
    return subentry


def stored(described: ConfigSubentryDataWithId) -> ConfigSubentry:
    """Return a subentry as a flow adds it."""
    return ConfigSubentry(
        data=MappingProxyType(dict(described["data"])),
        subentry_type=described["subentry_type"],
        title=described["title"],
        unique_id=described.get("unique_id"),
    )


def link(bench: Bench, subentry: ConfigSubentry) -> None:
    """Link a controller as its flow does: under a new id."""
    bench.hass.config_entries.async_add_subentry(
        bench.entry,
        ConfigSubentry(
            data=subentry.data,
            subentry_type=subentry.subentry_type,
            title=subentry.title,
            unique_id=subentry.unique_id,
        ),
    )


@pytest.mark.normal
async def test_miner_is_one_device_with_one_under_it_for_each_controller(
    hass: HomeAssistant, miner: Bench, snapshot: SnapshotAssertion
) -> None:
    """The entities of its features are on the miner's own."""
    registry = dr.async_get(hass)
    found = dr.async_entries_for_config_entry(registry, miner.entry.entry_id)
    for device in found:
        assert device == snapshot(name=device.name)
    root = miner.device(miner.entry.entry_id)
    assert root
    assert root.via_device_id is None
    controllers = [device for device in found if device is not root]
    assert {device.name for device in controllers} == {
        "S19",
        "Smart plug",
        "Simulation",
    }
    assert {device.via_device_id for device in controllers} == {root.id}


@pytest.mark.normal
async def test_plugs_own_device_is_left_alone(
    hass: HomeAssistant, miner: Bench
) -> None:
    """The plug belongs to whoever made it."""
    registered = er.async_get(hass).async_get(PLUG_SWITCH)
    assert registered is None or registered.config_entry_id != miner.entry.entry_id
    device = miner.device(miner.controller_key("Smart plug"))
    assert device
    assert device.identifiers == {("miner_control", f"01MINER_{PLUG_SWITCH}")}
    assert not device.connections


@pytest.mark.normal
@pytest.mark.parametrize("title", ["S19", "Smart plug", "Simulation"])
async def test_controllers_device_is_the_same_after_it_is_linked_again(
    hass: HomeAssistant, miner: Bench, title: str
) -> None:
    """A name that the user gave it, and its id, come back."""
    registry = dr.async_get(hass)
    identifier = miner.controller_key(title)
    before = miner.device(identifier)
    assert before
    registry.async_update_device(before.id, name_by_user="Mine")
    connectivity = miner.connectivity(title).entity_id
    er.async_get(hass).async_update_entity(connectivity, name="Reachable")

    subentry = unlink(miner, title)
    await miner.settle()
    assert miner.device(identifier) is None
    link(miner, subentry)
    await miner.settle()

    after = miner.device(identifier)
    assert after
    assert (after.id, after.name_by_user) == (before.id, "Mine")
    assert after.config_subentry_id != before.config_subentry_id
    entity = er.async_get(hass).async_get(connectivity)
    assert entity
    assert (entity.name, entity.device_id) == ("Reachable", before.id)
    assert miner.connectivity(title).state == "on"


@pytest.mark.normal
async def test_unlinking_takes_bindings_entities_and_device_and_leaves_the_rest(
    hass: HomeAssistant, miner: Bench
) -> None:
    """Whatever the others can do goes on."""
    unlink(miner, "Smart plug")
    await miner.settle()
    features = await miner.get_features()
    assert {
        binding["title"] for f in features.values() for binding in f["ranking"]
    } == {"S19", "Simulation"}
    assert miner.served("power") == ("3000.0", "S19", False)
    assert miner.served("hashrate") == ("100.0", "S19", False)
    registry = dr.async_get(hass)
    found = dr.async_entries_for_config_entry(registry, miner.entry.entry_id)
    assert {device.name for device in found} == {"Miner", "S19", "Simulation"}
    assert len(keys(miner, "binary_sensor")) == 3


@pytest.mark.normal
async def test_unlinking_takes_the_features_that_nobody_else_serves(
    set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """A power switch without a plug would be there for nothing."""
    miner = await set_up(network(), entities())
    assert keys(miner, "switch") == {"mining", "power", "locate"}
    unlink(miner, "Smart plug")
    await miner.settle()
    assert keys(miner, "switch") == {"mining", "locate"}


@pytest.mark.normal
async def test_feature_comes_back_as_it_was_when_its_provider_does(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """Names and settings of the miner's entities outlast an unlinking, too."""
    miner = await set_up(network(), entities())
    registry = er.async_get(hass)
    entity_id = miner.entity_id("switch", "power")
    registry.async_update_entity(entity_id, new_entity_id="switch.wall", name="Wall")
    subentry = unlink(miner, "Smart plug")
    await miner.settle()
    link(miner, subentry)
    await miner.settle()
    assert miner.entity_id("switch", "power") == "switch.wall"
    entity = registry.async_get("switch.wall")
    assert entity
    assert entity.name == "Wall"
    assert miner.switch("power").state == "on"


@pytest.mark.normal
async def test_entity_that_the_user_disabled_stays(
    hass: HomeAssistant, set_up: SetUp, devices: Network
) -> None:
    """Only what no controller is bound to goes."""
    miner = await set_up(network())
    registry = er.async_get(hass)
    entity_id = miner.entity_id("sensor", "voltage")
    registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.config_entries.async_reload(miner.entry.entry_id)
    await miner.settle()
    entity = registry.async_get(entity_id)
    assert entity
    assert entity.disabled


@pytest.mark.normal
async def test_controller_can_be_renamed(hass: HomeAssistant, miner: Bench) -> None:
    """Its name is what the attributes tell; no second device comes of it."""
    for title in ("S19", "Smart plug", "Simulation"):
        subentry = next(s for s in miner.entry.subentries.values() if s.title == title)
        hass.config_entries.async_update_subentry(
            miner.entry, subentry, title=f"New {title}"
        )
        await miner.settle()
    assert miner.served("hashrate") == ("100.0", "New S19", False)
    registry = dr.async_get(hass)
    found = dr.async_entries_for_config_entry(registry, miner.entry.entry_id)
    assert {device.name for device in found} == {
        "Miner",
        "New S19",
        "New Smart plug",
        "New Simulation",
    }
    assert len(keys(miner, "binary_sensor")) == 4


@pytest.mark.normal
async def test_network_device_can_be_found_by_its_mac(miner: Bench) -> None:
    """Discovery updates an address by this connection, and only on the controller."""
    device = miner.device(miner.controller_key("S19"))
    assert device
    assert device.connections == {(dr.CONNECTION_NETWORK_MAC, MAC)}
    assert device.configuration_url == "http://192.0.2.10"
    root = miner.device(miner.entry.entry_id)
    assert root
    assert not root.connections


@pytest.mark.normal
async def test_controller_linked_while_another_is_waited_for_is_not_lost(
    hass: HomeAssistant, plug: Plug, devices: Network
) -> None:
    """Two flows in quick succession: the second ends while the first is set up."""
    miner = Bench(hass, network())
    devices["192.0.2.10"].hang()
    miner.entry.add_to_hass(hass)
    setting_up = hass.async_create_task(
        hass.config_entries.async_setup(miner.entry.entry_id)
    )
    hass.config_entries.async_add_subentry(miner.entry, stored(entities()))
    devices["192.0.2.10"].answer_again()
    await setting_up
    await miner.settle()
    assert miner.served("power") == ("3200.0", "Smart plug", False)
    assert miner.connectivity("Smart plug").state == "on"


@pytest.mark.normal
async def test_binding_changed_while_a_device_is_waited_for_is_not_lost(
    hass: HomeAssistant, plug: Plug, devices: Network
) -> None:
    """Not even that needs a second try."""
    miner = Bench(hass, network(), entities())
    devices["192.0.2.10"].hang()
    miner.entry.add_to_hass(hass)
    setting_up = hass.async_create_task(
        hass.config_entries.async_setup(miner.entry.entry_id)
    )
    subentry = miner.entry.subentries["s19"]
    features = {
        **subentry.data["features"],
        F.POWER_MONITORING.value: {"priority": 99, "enabled": True},
    }
    hass.config_entries.async_update_subentry(
        miner.entry, subentry, data={**subentry.data, "features": features}
    )
    devices["192.0.2.10"].answer_again()
    await setting_up
    await miner.settle()
    assert miner.served("power") == ("3000.0", "S19", False)


@pytest.mark.normal
async def test_device_that_belongs_to_a_former_controller_is_moved(
    hass: HomeAssistant,
    miner: Bench,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A sudden end may leave the registry behind what was linked last."""
    monkeypatch.setattr(
        dr.DeviceRegistry, "async_clear_config_subentry", lambda *_: None
    )
    identifier = miner.controller_key("S19")
    before = miner.device(identifier)
    assert before
    link(miner, unlink(miner, "S19"))
    await miner.settle()
    (subentry_id,) = (
        s.subentry_id for s in miner.entry.subentries.values() if s.title == "S19"
    )
    after = miner.device(identifier)
    assert after
    assert after.id == before.id
    assert after.config_subentry_id == subentry_id != before.config_subentry_id
    assert miner.connectivity("S19").state == "on"
    assert "Detected that custom integration" not in caplog.text
