"""Ranking who serves a feature, in the options of a miner."""

import asyncio
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers import simulated
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.ports import PowerMonitorPort
from custom_components.miner_control.flows.rank import SLOTS
from tests.emulation.support import until
from tests.integration.controllers import (
    HOST,
    NETWORK_FEATURES,
    PLUG_POWER,
    PLUG_SWITCH,
    Network,
    entities,
    network,
    simulation,
)

from .linking import assert_refused, suggested

type Result = Mapping[str, Any]

# What both the network device and the simulation of the tests can provide.
RANKABLE = [
    feature.value
    for feature in MinerFeatureType
    if feature in NETWORK_FEATURES & simulated.capabilities().features
]
POWER = "power_monitoring"


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Return the network, whose devices answer as they are told."""
    found = Network()
    found.replace_real_one(monkeypatch)
    return found


@pytest.fixture(name="entry")
async def entry_fixture(hass: HomeAssistant, devices: Network) -> ConfigEntry:
    """Return a miner with a network device, a plug and a simulation, set up."""
    hass.states.async_set(PLUG_SWITCH, "on")
    hass.states.async_set(
        PLUG_POWER, "3250", {"unit_of_measurement": "W", "device_class": "power"}
    )
    return await _add(hass, network(), entities(), simulation())


async def _add(hass: HomeAssistant, *linked: Any) -> ConfigEntry:
    """Return a miner with some controllers, set up."""
    entry: ConfigEntry = MockConfigEntry(
        domain=DOMAIN, title="Garage", subentries_data=linked
    )
    await hass.config_entries.async_add(entry)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def _menu(hass: HomeAssistant, entry: ConfigEntry) -> Result:
    """Open the options."""
    menu: Result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "init")
    return menu


async def _form(hass: HomeAssistant, entry: ConfigEntry, feature: str) -> Result:
    """Open the form of a feature."""
    form = await _submit(hass, await _choice(hass, entry), {"feature_type": feature})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "providers")
    assert form["errors"] == {}
    return form


async def _choice(hass: HomeAssistant, entry: ConfigEntry) -> Result:
    """Open the form that asks for the feature."""
    form = await _submit(hass, await _menu(hass, entry), {"next_step_id": "rank"})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "rank")
    return form


def _offered(choice: Result) -> dict[str, str]:
    """Return the features that can be chosen, with what is said of each."""
    (selector,) = choice["data_schema"].schema.values()
    return {option["value"]: option["label"] for option in selector.config["options"]}


async def _submit(
    hass: HomeAssistant, shown: Result, user_input: dict[str, Any]
) -> Result:
    """Submit what is shown."""
    result: Result = await hass.config_entries.options.async_configure(
        shown["flow_id"], user_input
    )
    await hass.async_block_till_done()
    return result


def _ranking(entry: ConfigEntry, feature: str) -> dict[str, tuple[int, bool]]:
    """Return what is stored of the providers of a feature."""
    return {
        subentry.title: (
            subentry.data["features"][feature]["priority"],
            subentry.data["features"][feature]["enabled"],
        )
        for subentry in entry.subentries.values()
        if feature in subentry.data["features"]
    }


async def test_choice_shows_every_ranking(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """Each feature is shown by its name, with its providers, best first."""
    assert (await _menu(hass, entry))["menu_options"] == [
        "settings",
        "rank",
        "heating",
    ]
    shown = _offered(await _choice(hass, entry))
    assert shown[POWER] == "Power: Smart plug 80 > S19 40 > Simulation 10"
    assert shown["hashrate_monitoring"] == "Hashrate: S19 50 > Simulation 10"


async def test_choice_shows_only_what_can_be_ranked(
    hass: HomeAssistant, devices: Network
) -> None:
    """What one controller alone can provide needs no ranking."""
    entry = await _add(hass, network(), entities())
    choice = await _choice(hass, entry)
    assert list(_offered(choice)) == [POWER, "status_monitoring"]
    with pytest.raises(InvalidData):
        await _submit(hass, choice, {"feature_type": "hashrate_monitoring"})


async def test_nothing_to_rank(hass: HomeAssistant) -> None:
    """One controller alone leaves nothing to choose."""
    hass.states.async_set(PLUG_SWITCH, "on")
    entry = await _add(hass, entities())
    assert (await _menu(hass, entry))["menu_options"] == ["settings", "heating"]


async def test_choice_shows_what_is_not_used(
    hass: HomeAssistant, devices: Network
) -> None:
    """A provider that is not enabled keeps its place, in brackets."""
    plug = entities(bindings={POWER: {"enabled": False}})
    entry = await _add(hass, network(), plug)
    shown = _offered(await _choice(hass, entry))
    assert shown[POWER] == "Power: (Smart plug 80) > S19 40"


async def test_first_linked_goes_first(hass: HomeAssistant, devices: Network) -> None:
    """Equal priorities are shown in the order in which they are served."""
    usual = {POWER: {"priority": 40}}
    entry = await _add(hass, entities(bindings=usual), network())
    shown = _offered(await _choice(hass, entry))
    assert shown[POWER] == "Power: Smart plug 40 > S19 40"


async def test_menu_of_a_miner_without_controllers(
    hass: HomeAssistant, miner: ConfigEntry
) -> None:
    """Only the settings are left."""
    assert (await _menu(hass, miner))["menu_options"] == ["settings", "heating"]


@pytest.mark.parametrize("feature", RANKABLE)
async def test_every_form(
    hass: HomeAssistant, entry: ConfigEntry, feature: str
) -> None:
    """Each form shows the providers of its feature, and stores them unchanged."""
    before, stored = _ranking(entry, feature), entry.as_dict()
    form = await _form(hass, entry, feature)
    ranked = sorted(before, key=lambda title: -before[title][0])
    values = form["data_schema"]({})
    assert list(values) == [f"provider_{n + 1}" for n in range(len(before))]
    for slot, title in zip(values, ranked, strict=True):
        assert form["description_placeholders"][slot] == title
        priority, enabled = before[title]
        assert values[slot] == {"enabled": enabled, "priority": priority}
    result = await _submit(hass, form, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _ranking(entry, feature) == before
    assert entry.as_dict() == stored


async def test_form_shows_what_is_stored(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """Each section suggests what its fields have, for else they look empty."""
    form = await _form(hass, entry, POWER)
    sections = [m for m in form["data_schema"].schema if "provider_" in str(m)]
    assert [marker.description["suggested_value"] for marker in sections] == [
        {"enabled": enabled, "priority": priority}
        for priority, enabled in sorted(_ranking(entry, POWER).values(), reverse=True)
    ]


async def test_several_features_in_one_dialog(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """Each is stored at once, and the list shows the new order."""
    form = await _form(hass, entry, POWER)
    choice = await _submit(hass, form, {"provider_1": {"priority": 5}, "another": True})
    assert (choice["type"], choice["step_id"]) == (FlowResultType.FORM, "rank")
    assert _offered(choice)[POWER] == "Power: S19 40 > Simulation 10 > Smart plug 5"
    assert _ranking(entry, POWER)["Smart plug"] == (5, True)
    form = await _submit(hass, choice, {"feature_type": "hashrate_monitoring"})
    assert form["description_placeholders"]["feature"] == "Hashrate"
    result = await _submit(hass, form, {"provider_2": {"priority": 60}})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _ranking(entry, "hashrate_monitoring")["Simulation"] == (60, True)


async def test_nothing_else_to_rank(hass: HomeAssistant, devices: Network) -> None:
    """A miner with one such feature is not asked for another."""
    feature = MinerFeatureType.CHIP_TEMPERATURE_MONITORING
    entry = await _add(hass, network(), entities(chosen={feature: "sensor.chip"}))
    form = await _form(hass, entry, feature)
    assert "another" not in form["data_schema"].schema


async def test_form_tells_how_providers_are(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """Whether each could serve, and what it measures."""
    hass.states.async_set(PLUG_POWER, "unavailable")
    await hass.async_block_till_done()
    shown = (await _form(hass, entry, POWER))["description_placeholders"]
    assert [shown[f"state_{n}"] for n in (1, 2, 4)] == ["✗", "✓ 3000 W", "-"]
    assert (shown["provider_3"], shown["provider_4"]) == ("Simulation", "-")


async def test_form_tells_nothing_of_what_is_not_used(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """Nobody asked it, so that nobody knows whether it could serve."""
    form = await _form(hass, entry, POWER)
    await _submit(hass, form, {"provider_1": {"enabled": False}})
    hass.states.async_set(PLUG_POWER, "unavailable")
    await hass.async_block_till_done()
    shown = (await _form(hass, entry, POWER))["description_placeholders"]
    assert (shown["provider_1"], shown["state_1"]) == ("Smart plug", "-")


@pytest.mark.parametrize(
    ("feature", "state"),
    [
        ("hashrate_monitoring", "✓ 100 TH/s"),
        ("chip_temperature_monitoring", "✓ 70 °C"),
        ("fan_speed_internal_monitoring", "✓ 4000 rpm, 4100 rpm"),
        ("voltage_monitoring", "✓ 12 V"),
        ("frequency_monitoring", "✓ 525 MHz"),
        ("status_monitoring", "✓"),
        ("model_detection", "✓"),
        ("restart_control", "✓"),
        ("hashboard_monitoring", "✗"),
    ],
)
async def test_what_is_measured(
    hass: HomeAssistant, entry: ConfigEntry, feature: str, state: str
) -> None:
    """With its unit, and in no language."""
    shown = (await _form(hass, entry, feature))["description_placeholders"]
    titles = [shown[f"provider_{n}"] for n in range(1, SLOTS + 1)]
    assert shown[f"state_{titles.index('S19') + 1}"] == state


async def test_form_of_a_miner_that_is_not_set_up(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """Ranks can be changed, though nobody knows how the providers are."""
    await hass.config_entries.async_unload(entry.entry_id)
    form = await _form(hass, entry, POWER)
    assert form["description_placeholders"]["state_1"] == "-"
    await _submit(hass, form, {"provider_1": {"priority": 30}})
    assert _ranking(entry, POWER)["Smart plug"] == (30, True)
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_change_takes_effect_at_once(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """All providers of a feature change together, and nothing is set up again."""
    form = await _form(hass, entry, POWER)
    coordinator = entry.runtime_data.coordinator
    served: list[str] = []

    def note() -> None:
        provider = coordinator.provider(PowerMonitorPort)
        served.append(provider.title)

    coordinator.async_add_listener(note)
    evaluations = patch.object(coordinator, "_evaluate", wraps=coordinator._evaluate)
    with evaluations as evaluate:
        result = await _submit(
            hass,
            form,
            {
                "provider_1": {"priority": 20},
                "provider_2": {"priority": 70},
                "provider_3": {"enabled": False},
            },
        )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _ranking(entry, POWER) == {
        "S19": (70, True),
        "Smart plug": (20, True),
        "Simulation": (10, False),
    }
    assert evaluate.call_count == 1
    assert served == ["S19"]
    assert entry.runtime_data.coordinator is coordinator
    assert dict(entry.options) == {}


async def test_priorities_are_whole_numbers(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """Though a slider gives others."""
    form = await _form(hass, entry, POWER)
    await _submit(hass, form, {"provider_1": {"priority": 55.0}})
    priority, _ = _ranking(entry, POWER)["Smart plug"]
    assert (priority, type(priority)) == (55, int)


@pytest.mark.parametrize("priority", [0, 101, 2.5, -1, float("nan"), 1e300])
async def test_no_priority(
    hass: HomeAssistant, entry: ConfigEntry, priority: float
) -> None:
    """It is refused, nothing that was entered is lost, and it can be mended."""
    before = _ranking(entry, POWER)
    form = await _form(hass, entry, POWER)
    entered = {
        "provider_1": {"enabled": False, "priority": 12.0},
        "provider_2": {"enabled": True, "priority": priority},
        "provider_3": {"enabled": True, "priority": 13.0},
    }
    result = await _submit(hass, form, entered)
    assert_refused(result, "providers", {"base": "invalid_priority"})
    shown = suggested(result["data_schema"])
    assert shown["provider_1"] == entered["provider_1"]
    assert str(shown["provider_2"]["priority"]) == str(float(priority))
    assert _ranking(entry, POWER) == before

    entered["provider_2"]["priority"] = 99.0
    await _submit(hass, result, entered)
    assert _ranking(entry, POWER) == {
        "Smart plug": (12, False),
        "S19": (99, True),
        "Simulation": (13, True),
    }


async def test_more_providers_than_a_form_has_room_for(hass: HomeAssistant) -> None:
    """The next form asks for those that are left, and all are stored in the end."""
    titles = [f"Model {n:02}" for n in range(SLOTS + 2)]
    entry = await _add(hass, *map(simulation, titles))
    form = await _form(hass, entry, POWER)
    assert len(form["data_schema"]({})) == SLOTS
    assert not form["last_step"]
    first = {f"provider_{n}": {"priority": 100 - n} for n in range(1, SLOTS + 1)}
    form = await _submit(hass, form, first)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "providers")
    assert form["last_step"]
    shown = form["description_placeholders"]
    assert [shown[f"provider_{n}"] for n in (1, 2, 3)] == [*titles[SLOTS:], "-"]
    assert set(_ranking(entry, POWER).values()) == {(10, True)}

    refused = await _submit(hass, form, {"provider_1": {"priority": 0}})
    assert_refused(refused, "providers", {"base": "invalid_priority"})
    result = await _submit(hass, refused, {"provider_2": {"enabled": False}})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert list(_ranking(entry, POWER).values()) == [
        *((100 - n, True) for n in range(1, SLOTS + 1)),
        (10, True),
        (10, False),
    ]


async def test_provider_is_unlinked_meanwhile(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """The others change as entered."""
    form = await _form(hass, entry, POWER)
    hass.config_entries.async_remove_subentry(entry, "s19")
    await hass.async_block_till_done()
    result = await _submit(
        hass, form, {"provider_1": {"priority": 81}, "provider_2": {"priority": 82}}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _ranking(entry, POWER) == {
        "Smart plug": (81, True),
        "Simulation": (10, True),
    }


async def test_feature_is_unlinked_meanwhile(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    """A controller that lost the feature does not get it back."""
    form = await _form(hass, entry, "voltage_monitoring")
    subentry = entry.subentries["s19"]
    features = {k: v for k, v in subentry.data["features"].items() if "volt" not in k}
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, "features": features}
    )
    await hass.async_block_till_done()
    await _submit(hass, form, {"provider_1": {"priority": 99}})
    assert _ranking(entry, "voltage_monitoring") == {"Simulation": (10, True)}


async def test_change_while_it_is_set_up(hass: HomeAssistant, devices: Network) -> None:
    """A miner that waits for a device takes a change over all the same."""
    devices[HOST].hang()
    entry = MockConfigEntry(
        domain=DOMAIN, title="Garage", subentries_data=[network(), simulation()]
    )
    adding = asyncio.create_task(hass.config_entries.async_add(entry))
    await until(lambda: devices[HOST].reads > 0)
    assert entry.state is ConfigEntryState.SETUP_IN_PROGRESS
    form = await hass.config_entries.options.async_init(entry.entry_id)
    form = await hass.config_entries.options.async_configure(
        form["flow_id"], {"next_step_id": "rank"}
    )
    form = await hass.config_entries.options.async_configure(
        form["flow_id"], {"feature_type": POWER}
    )
    await hass.config_entries.options.async_configure(
        form["flow_id"], {"provider_2": {"priority": 90}}
    )
    devices[HOST].answer_again()
    await adding
    await hass.async_block_till_done()
    state = hass.states.get("sensor.garage_power")
    assert state
    assert state.attributes["provider"] == "Simulation"
