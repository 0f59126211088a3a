"""The devices of a miner and of its controllers, linked and unlinked."""

from homeassistant.config_entries import ConfigSubentry, ConfigSubentryDataWithId
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.miner_control.domain.features import MinerFeatureType as F

from .bench import Bench
from .conftest import Plug, SetUp
from .controllers import (
    MAC,
    PLUG_SWITCH,
    Network,
    entities,
    network,
    simulation,
    stored,
)
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
        "Miner: network API",
        "Miner: Smart plug",
        "Miner: Simulation",
    }
    assert {device.via_device_id for device in controllers} == {root.id}
    for device in controllers:
        assert device.entry_type is dr.DeviceEntryType.SERVICE
        assert device.manufacturer
        assert device.model
        assert not device.connections
        assert device.configuration_url is device.serial_number is None
        on_it = er.async_entries_for_device(er.async_get(hass), device.id)
        assert {entity.entity_category for entity in on_it} == {
            EntityCategory.DIAGNOSTIC
        }


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
    assert {device.name for device in found} == {
        "Miner",
        "Miner: network API",
        "Miner: Simulation",
    }
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
        "Miner: network API",
        "Miner: New Smart plug",
        "Miner: New Simulation",
    }
    assert len(keys(miner, "binary_sensor")) == 4


@pytest.mark.normal
async def test_miner_is_known_by_its_mac_and_leads_to_its_page(miner: Bench) -> None:
    """Discovery updates an address by this connection; no controller has it."""
    root = miner.device(miner.entry.entry_id)
    assert root
    assert root.connections == {(dr.CONNECTION_NETWORK_MAC, MAC)}
    assert root.configuration_url == "http://192.0.2.10"
    assert root.serial_number == "YNAHAADABJE0010"
    assert root.entry_type is None


@pytest.mark.normal
async def test_page_at_an_address_of_the_new_kind(
    set_up: SetUp, devices: Network
) -> None:
    """Such an address stands in brackets."""
    miner = await set_up(network(host="fd00::10"))
    root = miner.device(miner.entry.entry_id)
    assert root
    assert root.configuration_url == "http://[fd00::10]"


@pytest.mark.normal
async def test_devices_of_an_earlier_version_are_taken_over(
    hass: HomeAssistant,
    miner: Bench,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The MAC address moves to the miner; ids, names and areas stay."""
    registry = dr.async_get(hass)
    root, way = (
        miner.device(miner.entry.entry_id),
        miner.device(miner.controller_key("S19")),
    )
    assert root
    assert way
    connectivity = miner.connectivity("S19").entity_id
    registry.async_update_device(
        root.id,
        new_connections=set(),
        configuration_url=None,
        name_by_user="Heater",
        area_id="cellar",
    )
    registry.async_update_device(
        way.id,
        new_connections={(dr.CONNECTION_NETWORK_MAC, MAC)},
        configuration_url="http://192.0.2.10",
        entry_type=None,
        name="S19",
        serial_number="YNAHAADABJE0010",
        area_id="cellar",
    )
    await hass.config_entries.async_reload(miner.entry.entry_id)
    await miner.settle()
    after = miner.device(miner.entry.entry_id)
    way_after = miner.device(miner.controller_key("S19"))
    assert after
    assert way_after
    assert (after.id, way_after.id) == (root.id, way.id)
    assert (after.name_by_user, after.area_id) == ("Heater", "cellar")
    assert after.connections == {(dr.CONNECTION_NETWORK_MAC, MAC)}
    assert not way_after.connections
    assert (way_after.name, way_after.area_id) == ("Miner: network API", "cellar")
    assert miner.connectivity("S19").entity_id == connectivity
    assert miner.connectivity("S19").state == "on"
    assert "already registered" not in caplog.text


@pytest.mark.normal
async def test_mac_goes_with_the_controller_that_has_it(
    hass: HomeAssistant, miner: Bench
) -> None:
    """What is not linked any more is not this miner."""
    unlink(miner, "S19")
    await miner.settle()
    root = miner.device(miner.entry.entry_id)
    assert root
    assert not root.connections
    assert root.configuration_url is root.serial_number is None


@pytest.mark.normal
@pytest.mark.parametrize(
    ("linked", "names"),
    [
        (
            [network("A"), network("B", "192.0.2.11", mac=None)],
            {"Miner: network API (A)", "Miner: network API (B)"},
        ),
        ([simulation("Miner")], {"Miner: simulation"}),
        ([simulation("Miner twin")], {"Miner: twin"}),
        ([entities("Miner")], {"Miner: linked entities"}),
        ([entities("Garage plug")], {"Miner: Garage plug"}),
    ],
)
async def test_nobody_takes_a_controller_for_the_miner(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    linked: list[ConfigSubentryDataWithId],
    names: set[str],
) -> None:
    """Its name begins with that of the miner, and says what it is beside that."""
    miner = await set_up(*linked)
    registry = dr.async_get(hass)
    found = dr.async_entries_for_config_entry(registry, miner.entry.entry_id)
    assert {device.name for device in found} == {"Miner", *names}


@pytest.mark.normal
async def test_entities_are_of_the_make_of_their_device(
    hass: HomeAssistant, plug: Plug, devices: Network
) -> None:
    """A plug is what its maker says that it is."""
    owner = MockConfigEntry(domain="plugs")
    owner.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=owner.entry_id,
        identifiers={("plugs", "1")},
        manufacturer="Shelly",
        model="Plug S",
    )
    meter = er.async_get(hass).async_get_or_create(
        "sensor", "plugs", "1", config_entry=owner, device_id=device.id
    )
    hass.states.async_set(meter.entity_id, "3200", {"unit_of_measurement": "W"})
    miner = Bench(hass, entities(chosen={F.POWER_MONITORING: meter.id}))
    await miner.set_up()
    found = miner.device(miner.controller_key("Smart plug"))
    assert found
    assert (found.manufacturer, found.model) == ("Shelly", "Plug S")


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
