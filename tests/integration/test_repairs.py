"""Issues come with their cause, go with it, and can be repaired on the spot."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigSubentry
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.entities.controller import capabilities
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.repairs import async_create_fix_flow
from custom_components.miner_control.watch.issues import MISSING_GRACE

from .bench import ENTRY_ID, Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    PLUG_POWER,
    PLUG_SWITCH,
    Network,
    entities,
    network,
    simulation,
    subentry,
)
from .repairing import Repair, issue, issues

pytestmark = pytest.mark.usefixtures("every_text_exists")

REMOVED = "entity_removed_smart_plug"
NOBODY = f"no_provider_enabled_{ENTRY_ID}"
OVERLOAD = f"power_above_rating_{ENTRY_ID}"


def _plug(bench: Bench) -> ConfigSubentry:
    """Return the controller that is made of entities."""
    found: ConfigSubentry = bench.entry.subentries["smart_plug"]
    return found


# An entity that was removed


@pytest.fixture
def registered(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> dict[F, er.RegistryEntry]:
    """Return two registered entities of a smart plug."""
    found = {}
    for feature, platform, state in (
        (F.POWER_CONTROL, "switch", "on"),
        (F.POWER_MONITORING, "sensor", "3000"),
    ):
        found[feature] = _register(hass, entity_registry, platform, "plug", state)
    return found


def _register(
    hass: HomeAssistant,
    registry: er.EntityRegistry,
    platform: str,
    name: str,
    state: str,
) -> er.RegistryEntry:
    """Return an entity that is registered and has a state."""
    entity = registry.async_get_or_create(
        platform, "plugs", f"{name}_{platform}", suggested_object_id=name
    )
    attributes = {"unit_of_measurement": "W", "device_class": "power"}
    usual = attributes if platform == "sensor" else {}
    hass.states.async_set(entity.entity_id, state, usual)
    return entity


@pytest.fixture
async def plugged(
    set_up: SetUp, devices: Network, registered: dict[F, er.RegistryEntry]
) -> Bench:
    """Return a miner with a smart plug whose entities are registered."""
    chosen = {feature: entity.id for feature, entity in registered.items()}
    bindings = {F.POWER_MONITORING: {"priority": 77}}
    return await set_up(network(), entities(chosen=chosen, bindings=bindings))


async def _remove(bench: Bench, *removed: er.RegistryEntry) -> None:
    """Remove entities, as deleting their device does."""
    registry = er.async_get(bench.hass)
    for entity in removed:
        registry.async_remove(entity.entity_id)
        bench.hass.states.async_remove(entity.entity_id)
    await bench.settle()


async def test_removed_entity_is_told(
    hass: HomeAssistant, plugged: Bench, registered: dict[F, er.RegistryEntry]
) -> None:
    """At once, with the name that it had."""
    assert issues(hass) == set()
    await _remove(plugged, registered[F.POWER_MONITORING])
    assert issues(hass) == {REMOVED}
    raised = issue(hass, REMOVED)
    assert raised.is_fixable
    assert raised.translation_placeholders == {
        "miner": "Miner",
        "controller": "Smart plug",
        "entities": "sensor.plug",
    }


async def test_renamed_or_unavailable_entity_is_not_removed(
    hass: HomeAssistant,
    plugged: Bench,
    registered: dict[F, er.RegistryEntry],
    clock: Clock,
) -> None:
    """It goes on being there."""
    entity = registered[F.POWER_MONITORING]
    er.async_get(hass).async_update_entity(
        entity.entity_id, new_entity_id="sensor.other_name"
    )
    hass.states.async_set("sensor.other_name", "unavailable")
    hass.states.async_remove(registered[F.POWER_CONTROL].entity_id)
    await clock.advance(2 * MISSING_GRACE, step=30)
    assert issues(hass) == set()


async def test_entity_that_comes_back_repairs_itself(
    hass: HomeAssistant, plugged: Bench, registered: dict[F, er.RegistryEntry]
) -> None:
    """The registry knows it again."""
    await _remove(plugged, registered[F.POWER_MONITORING])
    assert issues(hass) == {REMOVED}
    _register(hass, er.async_get(hass), "sensor", "plug", "3000")
    await plugged.coordinator.async_refresh_all()
    await plugged.settle()
    assert issues(hass) == set()


async def test_entity_removed_while_nobody_looked(
    hass: HomeAssistant,
    set_up: SetUp,
    devices: Network,
    registered: dict[F, er.RegistryEntry],
) -> None:
    """It is found missing at the next start."""
    chosen = {feature: entity.id for feature, entity in registered.items()}
    er.async_get(hass).async_remove(registered[F.POWER_CONTROL].entity_id)
    await set_up(network(), entities(chosen=chosen))
    assert issues(hass) == {REMOVED}


async def test_unregistered_entity_may_be_late(
    hass: HomeAssistant, set_up: SetUp, devices: Network, plug: Plug, clock: Clock
) -> None:
    """What has no registration is gone only after a while."""
    await set_up(network(), entities())
    hass.states.async_remove(PLUG_POWER)
    await clock.advance(MISSING_GRACE - 10)
    assert issues(hass) == set()
    await plug.measure(3000)
    hass.states.async_remove(PLUG_POWER)
    await clock.advance(MISSING_GRACE - 10)
    assert issues(hass) == set()
    await clock.advance(20)
    assert issues(hass) == {REMOVED}
    placeholders = issue(hass, REMOVED).translation_placeholders
    assert placeholders
    assert placeholders["entities"] == PLUG_POWER


async def test_nothing_is_missed_while_home_assistant_starts(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Integrations load in any order, and some take their time."""
    hass.set_state(CoreState.starting)
    await set_up(network(), entities())
    await clock.advance(2 * MISSING_GRACE, step=30)
    assert issues(hass) == set()
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await clock.advance(MISSING_GRACE - 10)
    assert issues(hass) == set()
    await clock.advance(20)
    assert issues(hass) == {REMOVED}


async def test_choose_another_entity(
    hass: HomeAssistant,
    plugged: Bench,
    registered: dict[F, er.RegistryEntry],
    repair: Repair,
) -> None:
    """It serves in the place of the old one, with the same priority."""
    await _remove(plugged, registered[F.POWER_MONITORING])
    new = _register(hass, er.async_get(hass), "sensor", "new", "2500")
    menu = await repair.start(REMOVED)
    assert menu["menu_options"] == ["choose", "unlink"]
    form = await repair.choose("choose")
    assert [field["name"] for field in form["data_schema"]] == ["power_monitoring"]
    done = await repair.send(power_monitoring=new.entity_id)
    assert done["type"] == "create_entry"
    await plugged.settle()
    assert issues(hass) == set()
    data = _plug(plugged).data
    assert data["entities"] == {
        "power_control": registered[F.POWER_CONTROL].id,
        "power_monitoring": new.id,
    }
    assert data["features"]["power_monitoring"] == {"priority": 77, "enabled": True}
    assert plugged.served("power") == ("2500.0", "Smart plug", False)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("sensor.nowhere", "entity_not_found"),
        ("switch.plug", "wrong_entity"),
        ("sensor.miner_power", "own_entity"),
        ("sensor.taken", "already_linked"),
    ],
)
async def test_wrong_entity_is_refused(
    hass: HomeAssistant,
    plugged: Bench,
    registered: dict[F, er.RegistryEntry],
    repair: Repair,
    wrong: str,
    error: str,
) -> None:
    """At its field; nothing is lost, and it can be mended."""
    taken = _register(hass, er.async_get(hass), "sensor", "taken", "1")
    other = Bench(
        hass,
        entities(chosen={F.POWER_MONITORING: taken.id}),
        title="Other",
        entry_id="01OTHER",
    )
    await other.set_up()
    await _remove(plugged, registered[F.POWER_MONITORING])
    await repair.start(REMOVED)
    await repair.choose("choose")
    form = await repair.send(power_monitoring=wrong)
    assert form["errors"] == {"power_monitoring": error}
    assert issues(hass) == {REMOVED}
    new = _register(hass, er.async_get(hass), "sensor", "new", "2500")
    assert (await repair.send(power_monitoring=new.entity_id))["type"] == "create_entry"
    await plugged.settle()
    assert issues(hass) == set()


@pytest.mark.parametrize("how", ["choose", "unlink"])
async def test_unlink_a_role(
    hass: HomeAssistant,
    plugged: Bench,
    registered: dict[F, er.RegistryEntry],
    repair: Repair,
    how: str,
) -> None:
    """The other entity goes on serving."""
    await _remove(plugged, registered[F.POWER_MONITORING])
    await repair.start(REMOVED)
    await repair.choose(how)
    assert (await repair.send())["type"] == "create_entry"
    await plugged.settle()
    assert issues(hass) == set()
    data = _plug(plugged).data
    assert set(data["entities"]) == {"power_control"}
    assert set(data["features"]) == {"power_control", "status_monitoring"}
    assert plugged.served("power")[1] == "S19"


async def test_unlink_the_controller(
    hass: HomeAssistant,
    plugged: Bench,
    registered: dict[F, er.RegistryEntry],
    repair: Repair,
) -> None:
    """Nothing is left of it."""
    await _remove(plugged, *registered.values())
    await repair.start(REMOVED)
    await repair.choose("unlink")
    assert (await repair.send())["type"] == "create_entry"
    await plugged.settle()
    assert issues(hass) == set()
    assert set(plugged.entry.subentries) == {"s19"}


async def test_repair_of_what_came_back(
    hass: HomeAssistant, plugged: Bench, repair: Repair
) -> None:
    """There is nothing to choose any more."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        REMOVED,
        data={"entry_id": ENTRY_ID, "subentry_id": "smart_plug"},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="entity_removed",
    )
    answer = await repair.start(REMOVED)
    assert (answer["type"], answer["reason"]) == ("abort", "already_repaired")


@pytest.fixture
async def pair(
    hass: HomeAssistant, set_up: SetUp, entity_registry: er.EntityRegistry
) -> tuple[Bench, dict[str, er.RegistryEntry]]:
    """Return a miner that buttons start and stop, with a meter that is adjusted."""
    made = {
        "mining_control": _register(hass, entity_registry, "button", "start", "x"),
        "mining_control_stop": _register(hass, entity_registry, "button", "stop", "x"),
        "power_monitoring": _register(hass, entity_registry, "sensor", "watts", "10"),
    }
    link = subentry(
        "entities",
        "Smart plug",
        capabilities(made),
        entities={name: entity.id for name, entity in made.items()},
        adjustments={"power_monitoring": {"scale": 2.0}, "mining_control": {}},
    )
    return await set_up(simulation(), link), made


@pytest.mark.parametrize("lost", ["mining_control", "mining_control_stop"])
async def test_half_of_a_pair_is_of_no_use(
    hass: HomeAssistant,
    pair: tuple[Bench, dict[str, er.RegistryEntry]],
    repair: Repair,
    lost: str,
) -> None:
    """What starts mining has to come with what stops it, and the other way round."""
    bench, made = pair
    await _remove(bench, made[lost])
    await repair.start(REMOVED)
    await repair.choose("unlink")
    await repair.send()
    await bench.settle()
    data = _plug(bench).data
    assert set(data["entities"]) == {"power_monitoring"}
    assert data["adjustments"] == {"power_monitoring": {"scale": 2.0}}
    assert bench.served("power")[:2] == ("20.0", "Smart plug")
    assert issues(hass) == set()


@pytest.mark.parametrize("lost", ["mining_control", "mining_control_stop"])
async def test_half_of_a_pair_is_replaced(
    hass: HomeAssistant,
    pair: tuple[Bench, dict[str, er.RegistryEntry]],
    repair: Repair,
    lost: str,
) -> None:
    """The other half stays."""
    bench, made = pair
    await _remove(bench, made[lost])
    new = _register(hass, er.async_get(hass), "button", "new", "x")
    await repair.start(REMOVED)
    await repair.choose("choose")
    assert (await repair.send(**{lost: new.entity_id}))["type"] == "create_entry"
    await bench.settle()
    stored = _plug(bench).data["entities"]
    assert stored == {name: entity.id for name, entity in made.items()} | {lost: new.id}


async def test_switch_takes_the_place_of_a_pair(
    hass: HomeAssistant,
    pair: tuple[Bench, dict[str, er.RegistryEntry]],
    repair: Repair,
) -> None:
    """It stops by itself what it started."""
    bench, made = pair
    await _remove(bench, made["mining_control"])
    new = _register(hass, er.async_get(hass), "switch", "new", "on")
    await repair.start(REMOVED)
    await repair.choose("choose")
    await repair.send(mining_control=new.entity_id)
    await bench.settle()
    assert _plug(bench).data["entities"] == {
        "mining_control": new.id,
        "power_monitoring": made["power_monitoring"].id,
    }


async def test_pair_is_chosen_as_one(
    hass: HomeAssistant,
    pair: tuple[Bench, dict[str, er.RegistryEntry]],
    repair: Repair,
) -> None:
    """Where both halves are lost, one does not do."""
    bench, made = pair
    await _remove(bench, made["mining_control"], made["mining_control_stop"])
    new = _register(hass, er.async_get(hass), "button", "new", "x")
    await repair.start(REMOVED)
    await repair.choose("choose")
    form = await repair.send(mining_control=new.entity_id)
    assert form["errors"] == {"mining_control_stop": "no_stop"}
    both = {"mining_control": new.entity_id, "mining_control_stop": new.entity_id}
    form = await repair.send(**both)
    assert form["errors"] == {"mining_control_stop": "same_entity"}


# Nobody may serve


async def test_nobody_may_serve_any_more(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """It is told when the last one is disabled, and no more when one is enabled."""
    miner = await set_up(network(), entities())
    await miner.set_feature("Smart plug", F.POWER_MONITORING, enabled=False)
    assert issues(hass) == set()
    await miner.set_feature("S19", F.POWER_MONITORING, enabled=False)
    await miner.set_feature("S19", F.VOLTAGE_MONITORING, enabled=False)
    assert issues(hass) == {NOBODY}
    raised = issue(hass, NOBODY)
    assert raised.translation_placeholders == {
        "miner": "Miner",
        "features": "Power, Voltage",
    }
    await miner.set_feature("S19", F.VOLTAGE_MONITORING, enabled=True)
    assert issues(hass) == {NOBODY}
    await miner.set_feature("S19", F.POWER_MONITORING, enabled=True)
    assert issues(hass) == set()


async def test_feature_that_nobody_wanted_is_not_missed(
    hass: HomeAssistant, set_up: SetUp, devices: Network
) -> None:
    """Who never enabled it does not need to be told."""
    await set_up(network(bindings={F.LOCATE_CONTROL: {"enabled": False}}))
    assert issues(hass) == set()


async def test_unlinking_leaves_nobody(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """The one that is left is disabled; one that nobody is bound to is not missed."""
    bindings = {F.POWER_MONITORING: {"enabled": False}}
    miner = await set_up(network(bindings=bindings), entities())
    hass.config_entries.async_remove_subentry(miner.entry, "smart_plug")
    await miner.settle()
    assert issues(hass) == {NOBODY}
    assert issue(hass, NOBODY).data == {
        "entry_id": ENTRY_ID,
        "features": "power_monitoring",
    }


async def test_nobody_is_remembered_over_a_restart(
    hass: HomeAssistant, set_up: SetUp, devices: Network
) -> None:
    """What was served before is known from the issue alone."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        NOBODY,
        data={"entry_id": ENTRY_ID, "features": "locate_control,gone_feature"},
        is_fixable=True,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="no_provider_enabled",
    )
    miner = await set_up(network(bindings={F.LOCATE_CONTROL: {"enabled": False}}))
    assert issues(hass) == {NOBODY}
    await miner.set_feature("S19", F.LOCATE_CONTROL, enabled=True)
    assert issues(hass) == set()


async def test_enable_somebody_again(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network, repair: Repair
) -> None:
    """Each feature is asked for, and the first that could serve is suggested."""
    miner = await set_up(network(), entities())
    for title in ("S19", "Smart plug"):
        await miner.set_feature(title, F.POWER_MONITORING, enabled=False)
    await miner.set_feature("S19", F.VOLTAGE_MONITORING, enabled=False)
    form = await repair.start(NOBODY)
    assert [(f["name"], f["default"]) for f in form["data_schema"]] == [
        ("power_monitoring", ["smart_plug"]),
        ("voltage_monitoring", ["s19"]),
    ]
    form = await repair.send(power_monitoring=[], voltage_monitoring=[])
    assert form["errors"] == {"base": "none_chosen"}
    done = await repair.send(
        power_monitoring=["smart_plug", "s19"], voltage_monitoring=[]
    )
    assert done["type"] == "create_entry"
    await miner.settle()
    assert miner.served("power") == ("3200.0", "Smart plug", False)
    assert miner.coordinator.miner.get_feature(F.POWER_MONITORING, "s19").enabled
    await miner.coordinator.async_refresh_all()
    # The other feature is still not served by anybody.
    assert issue(hass, NOBODY).data == {
        "entry_id": ENTRY_ID,
        "features": "voltage_monitoring",
    }


async def test_somebody_was_enabled_elsewhere(
    hass: HomeAssistant, set_up: SetUp, devices: Network, repair: Repair
) -> None:
    """A form that was left open ends without harm."""
    miner = await set_up(network())
    await miner.set_feature("S19", F.VOLTAGE_MONITORING, enabled=False)
    await repair.start(NOBODY)
    await miner.set_feature("S19", F.VOLTAGE_MONITORING, enabled=True)
    answer = await repair.send(voltage_monitoring=["s19"])
    assert (answer["type"], answer["reason"]) == ("abort", "already_repaired")


async def test_unlinked_controller_is_not_enabled(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network, repair: Repair
) -> None:
    """It may have been unlinked while the form was open."""
    miner = await set_up(network(), entities())
    for title in ("S19", "Smart plug"):
        await miner.set_feature(title, F.POWER_MONITORING, enabled=False)
    await repair.start(NOBODY)
    hass.config_entries.async_remove_subentry(miner.entry, "smart_plug")
    await miner.settle()
    done = await repair.send(power_monitoring=["smart_plug", "s19"])
    assert done["type"] == "create_entry"
    await miner.settle()
    assert miner.served("power")[1] == "S19"


# More power than the plug may carry


async def _limited(set_up: SetUp) -> Bench:
    """Return a miner on a plug that is rated for 3000 W."""
    return await set_up(network(), entities(), options={"max_plug_power": 3000})


async def test_power_above_rating(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """It is told when it lasts, and until the power is clearly lower."""
    await plug.measure(2900)
    miner = await _limited(set_up)
    await plug.measure(3300)
    await clock.advance(8)
    assert issues(hass) == set()
    await clock.advance(3)
    assert issues(hass) == {OVERLOAD}
    raised = issue(hass, OVERLOAD)
    assert raised.severity is ir.IssueSeverity.ERROR
    assert not raised.is_fixable
    assert raised.translation_placeholders == {
        "miner": "Miner",
        "power": "3300",
        "rating": "3000",
    }
    await plug.measure(2990)
    await clock.advance(30)
    assert issues(hass) == {OVERLOAD}
    # Nothing is ever switched off for it.
    assert plug.is_on()
    assert devices["192.0.2.10"].commands == []
    await plug.measure(2800)
    assert issues(hass) == set()
    assert miner.status == "on"


async def test_power_far_above_rating(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, clock: Clock
) -> None:
    """The rating of a plug is no reason to doubt what it measures."""
    await set_up(entities(), options={"max_plug_power": 800})
    await plug.measure(3300)
    await clock.advance(11)
    assert issues(hass) == {OVERLOAD}


async def test_plug_knows_better_than_the_miner(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """What the miner estimates counts only where nobody measures."""
    miner = await _limited(set_up)
    await miner.set_feature("S19", F.POWER_MONITORING, priority=99)
    await plug.measure(3300)
    await clock.advance(11)
    assert issues(hass) == {OVERLOAD}
    await plug.measure(2000)
    assert issues(hass) == set()


async def test_miner_tells_where_nobody_measures(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """It is all that there is."""
    await set_up(network(), options={"max_plug_power": 2900})
    await clock.advance(11)
    assert issues(hass) == {OVERLOAD}


async def test_no_rating_no_overload(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Nothing is watched unless the user asks for it."""
    await set_up(network(), entities())
    await plug.measure(99999)
    await clock.advance(60)
    assert issues(hass) == set()


# The life of issues


@pytest.fixture
async def troubled(set_up: SetUp, devices: Network) -> Bench:
    """Return a miner with an issue."""
    miner = await set_up(network())
    await miner.set_feature("S19", F.VOLTAGE_MONITORING, enabled=False)
    assert issues(miner.hass) == {NOBODY}
    return miner


async def test_reload_keeps_an_issue_that_is_ignored(
    hass: HomeAssistant, troubled: Bench
) -> None:
    """Who does not want to see it does not see it again."""
    ir.async_ignore_issue(hass, DOMAIN, NOBODY, ignore=True)
    await hass.config_entries.async_reload(ENTRY_ID)
    await troubled.settle()
    assert issue(hass, NOBODY).dismissed_version
    assert issues(hass) == {NOBODY}


async def test_issues_end_with_the_miner(hass: HomeAssistant, troubled: Bench) -> None:
    """Removed, it needs nothing any more."""
    await hass.config_entries.async_remove(ENTRY_ID)
    await hass.async_block_till_done()
    assert issues(hass) == set()


async def test_issues_of_a_disabled_miner(hass: HomeAssistant, troubled: Bench) -> None:
    """It needs nothing until it is enabled again."""
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, ConfigEntryDisabler.USER)
    await troubled.settle()
    assert issues(hass) == set()


async def test_issues_of_an_unlinked_controller(
    hass: HomeAssistant, plugged: Bench, registered: dict[F, er.RegistryEntry]
) -> None:
    """They end with it."""
    await _remove(plugged, registered[F.POWER_MONITORING])
    assert issues(hass) == {REMOVED}
    hass.config_entries.async_remove_subentry(plugged.entry, "smart_plug")
    await plugged.settle()
    assert issues(hass) == set()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("entity_removed", None),
        ("entity_removed", {"entry_id": "gone"}),
        ("another_device", {"entry_id": ENTRY_ID, "subentry_id": "gone"}),
        ("power_above_rating", {"entry_id": ENTRY_ID, "subentry_id": "s19"}),
    ],
)
async def test_nothing_to_repair(
    hass: HomeAssistant,
    set_up: SetUp,
    devices: Network,
    repair: Repair,
    kind: str,
    data: Any,
) -> None:
    """What it was about is gone, or cannot be repaired so."""
    await set_up(network())
    issue_id = f"{kind}_x"
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data=data,
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=kind,
    )
    if kind == "power_above_rating":
        flow = await async_create_fix_flow(hass, issue_id, data)
        answer: Any = await flow.async_step_init()  # type: ignore[attr-defined]
    else:
        answer = await repair.start(issue_id)
    assert (answer["type"], answer["reason"]) == ("abort", "already_repaired")


async def test_switch_of_the_plug_is_unregistered(
    hass: HomeAssistant, set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """A helper that YAML made is there as long as it has a state."""
    await set_up(network(), entities())
    assert hass.states.get(PLUG_SWITCH)
    assert issues(hass) == set()
