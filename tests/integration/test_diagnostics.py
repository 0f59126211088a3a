"""Diagnostics help to find a fault, and give away nothing."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.miner_control.controllers.errors import (
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.libraries import PYASIC, async_import
from custom_components.miner_control.controllers.pyasic import library
from custom_components.miner_control.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import DeviceInfo, OperationalData

from .bench import ENTRY_ID, Bench, Clock
from .conftest import Plug, SetUp
from .controllers import GONE, HASHING, MAC, PLUG_POWER, Network, entities, network
from .operating import hashing

HOST = "miner-7.secret-site.example"
ADDRESS = "198.51.100.77"
SERIAL = "SN0SECRET4711"
HOSTNAME = "AliceBasement"
USERNAME = "alice-login"
PASSWORD = "correct horse battery"
POOL_USER = "alice.rig1"
POOL = f"stratum+tcp://{POOL_USER}@pool.secret-pool.example:3333"
WALLET = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
SECRETS = (
    HOST,
    ADDRESS,
    MAC,
    MAC.replace(":", ""),
    MAC.replace(":", "-"),
    SERIAL,
    HOSTNAME,
    USERNAME,
    PASSWORD,
    POOL_USER,
    "secret-pool",
    WALLET,
)


def _everywhere() -> Any:
    """Return the subentry of a device whose secrets stand wherever they can."""
    found = network(f"S19 ({HOST})", HOST, username=USERNAME, password=PASSWORD)
    capabilities = {
        **found["data"]["capabilities"],
        "serial": SERIAL,
        "hostname": HOSTNAME,
        "firmware_version": "1.2.3.4",
    }
    return {
        **found,
        "subentry_id": "s19",
        "data": {**found["data"], "capabilities": capabilities},
    }


TOLD = hashing(
    device_info=DeviceInfo(
        model="S19 Pro", serial=SERIAL, mac=MAC.upper(), hostname=HOSTNAME
    ),
    operation=OperationalData(
        active_pool=POOL,
        shares_accepted=12,
        errors=(
            f"worker {POOL_USER} refused by {POOL}",
            f"pays to {WALLET}",
            f"{MAC.replace(':', '').upper()} at {ADDRESS}:4028 is hot",
            f"{HOSTNAME.lower()} lost fd00::7:{1}",
        ),
    ),
)


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner full of secrets."""
    devices[HOST].answer = TOLD
    return await set_up(_everywhere(), entities(), title=f"Miner at {ADDRESS}")


def _assert_discreet(report: Any) -> None:
    """Check that not one secret is in a report, however it is written."""
    text = json.dumps(report, ensure_ascii=False).lower()
    assert [secret for secret in SECRETS if secret.lower() in text] == []
    assert "fd00::7" not in text


async def _report(bench: Bench, hass_client: ClientSessionGenerator) -> dict[str, Any]:
    """Download the diagnostics of a miner."""
    found: Any = await get_diagnostics_for_config_entry(
        bench.hass, hass_client, bench.entry
    )
    return dict(found)


async def test_secrets_are_planted(miner: Bench) -> None:
    """The test would find them: they are all there before they are taken out."""
    features = await miner.get_features()
    stored = json.dumps(
        [miner.entry.title, *(dict(s.data) for s in miner.entry.subentries.values())]
    )
    text = (stored + json.dumps(features) + f"{HASHING}").lower()
    written = (MAC.replace(":", "-"),)
    for secret in set(SECRETS) - set(written):
        assert secret.lower() in text, secret


async def test_nothing_is_given_away(
    miner: Bench, hass_client: ClientSessionGenerator
) -> None:
    """Neither while all is well ..."""
    _assert_discreet(await _report(miner, hass_client))


async def test_nothing_is_given_away_by_errors(
    miner: Bench,
    devices: Network,
    clock: Clock,
    hass_client: ClientSessionGenerator,
) -> None:
    """... nor when errors speak of the device."""
    devices[HOST].answer = ControllerUnreachableError(
        f"{USERNAME}:{PASSWORD}@{HOST} ({ADDRESS}, {MAC.replace(':', '-')}) is gone"
    )
    await clock.advance(40)
    report = await _report(miner, hass_client)
    _assert_discreet(report)
    error = report["controllers"]["controller_1"]["last_error"]
    assert error.startswith("ControllerUnreachableError: ")
    assert "is gone" in error


async def test_nothing_is_given_away_by_devices(
    hass: HomeAssistant, miner: Bench, hass_client: ClientSessionGenerator
) -> None:
    """The reports of single devices are no exception."""
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), ENTRY_ID):
        _assert_discreet(
            await get_diagnostics_for_device(hass, hass_client, miner.entry, device)
        )


async def test_report_of_a_miner(
    hass: HomeAssistant,
    miner: Bench,
    plug: Plug,
    clock: Clock,
    hass_client: ClientSessionGenerator,
) -> None:
    """It tells who serves what, how well, and since when."""
    # A real controller would have imported its library.
    await async_import(hass, PYASIC, library.__name__)
    await clock.advance(60)
    await plug.measure("unavailable")
    await clock.advance(4, step=2)
    report = await _report(miner, hass_client)
    assert report["versions"] == {"integration": "0.1.0", "pyasic": library.VERSION}
    told = report["miner"]
    assert told["options"]["boot_grace"] == 300
    assert told["state"] == "loaded"
    assert told["status"] == "on"
    assert told["is_mining"] is True
    assert told["operations"] == []
    assert told["issues"] == []
    assert told["failed_over"] == told["degraded"] == ["power_monitoring"]
    power = report["features"]["power_monitoring"]
    assert power["fallback"]
    assert [
        (b["controller"], b["priority"], b["enabled"], b["healthy"], b["value"])
        for b in power["ranking"]
    ] == [
        ("controller_2", 80, True, False, None),
        ("controller_1", 40, True, True, 3000.0),
    ]
    asic, smart_plug = report["controllers"].values()
    assert asic["capabilities"]["model"] == "S19 Pro"
    # It looks like an address, but is none.
    assert asic["capabilities"]["firmware_version"] == "1.2.3.4"
    assert asic["connection"]["host"] == "**REDACTED**"
    assert asic["available"]
    assert not asic["suspended"]
    assert asic["interval"] == 30
    assert 0 <= asic["succeeded_seconds_ago"] <= 31
    assert asic["last_duration"] >= 0
    assert asic["failures"] == 0
    assert asic["last_error"] is None
    assert smart_plug["interval"] is None
    assert smart_plug["entities"]["power_monitoring"] == {
        "entity_id": PLUG_POWER,
        "state": "unavailable",
        "unit": "W",
        "reported_seconds_ago": 4.0,
    }


async def test_report_of_what_goes_on(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """It names what is being done to the miner."""
    devices[HOST].hang()
    stop = miner.hass.async_create_task(miner.runtime.operations.stop_mining())
    await clock.advance(5)
    # Over HTTP the test would wait for the end of it.
    report = await async_get_config_entry_diagnostics(miner.hass, miner.entry)
    assert report["miner"]["operations"] == ["mining_control command"]
    assert report["miner"]["command"] == "stopping"
    devices[HOST].answer_again()
    await clock.until_done(stop)


async def test_report_of_a_failure(
    miner: Bench,
    devices: Network,
    clock: Clock,
    hass_client: ClientSessionGenerator,
) -> None:
    """It counts failures, and names issues."""
    await miner.set_feature("s19", F.VOLTAGE_MONITORING, enabled=False)
    devices[HOST].answer = GONE
    await clock.advance(120)
    report = await _report(miner, hass_client)
    assert report["miner"]["issues"] == ["no_provider_enabled"]
    controller = report["controllers"]["controller_1"]
    assert controller["failures"] > 1
    assert not controller["available"]
    assert controller["last_error"] == "ControllerUnreachableError: it does not answer"


async def test_report_of_one_controller(
    hass: HomeAssistant, miner: Bench, hass_client: ClientSessionGenerator
) -> None:
    """It holds the controller alone, and what that is bound to."""
    device = miner.device(miner.controller_key("Smart plug"))
    assert device
    report: Any = await get_diagnostics_for_device(
        hass, hass_client, miner.entry, device
    )
    assert set(report["controllers"]) == {"controller_2"}
    assert set(report["features"]) == {
        "power_control",
        "power_monitoring",
        "status_monitoring",
    }
    (binding,) = report["features"]["power_monitoring"]["ranking"]
    assert binding["controller"] == "controller_2"


async def test_report_of_a_miner_that_is_not_loaded(
    miner: Bench, hass_client: ClientSessionGenerator
) -> None:
    """What is stored can be told nevertheless."""
    await miner.unload()
    report = await _report(miner, hass_client)
    _assert_discreet(report)
    assert report["miner"]["state"] == "not_loaded"
    assert report["features"] == {}
    assert set(report["controllers"]) == {"controller_1", "controller_2"}


async def test_removed_entity_is_named_as_none(
    hass: HomeAssistant, miner: Bench, hass_client: ClientSessionGenerator
) -> None:
    """An entity without a state, and one that is not registered any more."""
    hass.states.async_remove(PLUG_POWER)
    subentry = miner.entry.subentries["smart_plug"]
    gone = {**subentry.data["entities"], "energy_monitoring": "0" * 32}
    hass.config_entries.async_update_subentry(
        miner.entry, subentry, data={**subentry.data, "entities": gone}
    )
    await miner.settle()
    report = await _report(miner, hass_client)
    nothing = {"state": None, "unit": None, "reported_seconds_ago": None}
    found = report["controllers"]["controller_2"]["entities"]
    assert found["power_monitoring"] == {"entity_id": PLUG_POWER, **nothing}
    assert found["energy_monitoring"] == {"entity_id": None, **nothing}


async def test_ids_do_not_matter(
    miner: Bench, hass_client: ClientSessionGenerator
) -> None:
    """Controllers have numbers, for ids tell nothing to anybody else."""
    text = json.dumps(await _report(miner, hass_client))
    assert "s19" not in text.replace("S19", "")
