"""What a device did not tell when it was linked is added when it does."""

from homeassistant.core import CoreState
import pytest

from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.storage.bindings import stored_capabilities
from custom_components.miner_control.watch import growth

from .bench import Bench
from .conftest import SetUp
from .controllers import GONE, HASHING, HOST, MAC, STOPPED, Network, network

LITTLE = frozenset({F.HASHRATE_MONITORING, F.STATUS_MONITORING, F.MINING_CONTROL})
MORE = LITTLE | {F.POWER_MONITORING, F.CHIP_TEMPERATURE_MONITORING, F.PRESET_CONTROL}


def capabilities(features: frozenset[F] = MORE, **more: object) -> Capabilities:
    """Return what a device is found to be capable of while it hashes."""
    known: dict[str, object] = {"model": "S19 Pro", "mac": MAC, "is_complete": True}
    return Capabilities(features=features, **known | more)  # type: ignore[arg-type]


@pytest.fixture
async def miner(set_up: SetUp, devices: Network) -> Bench:
    """Return a miner that was linked while it was stopped, and still is."""
    devices[HOST].answer = STOPPED
    devices[HOST].capabilities = capabilities()
    return await set_up(
        network(
            features=LITTLE,
            is_complete=False,
            bindings={F.HASHRATE_MONITORING: {"priority": 77}},
        )
    )


async def hashes(miner: Bench, devices: Network) -> None:
    """Have the device hash, and read it twice."""
    devices[HOST].answer = HASHING
    for _ in range(2):
        for coordinator in list(miner.coordinator.controllers.values()):
            await coordinator.async_refresh()
        await miner.settle()


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time pass for whoever asks how long to wait with the next look."""
    now = vars(growth)["monotonic"]() + seconds
    monkeypatch.setattr(growth, "monotonic", lambda: now)


def features(miner: Bench) -> set[str]:
    """Return the features that are bound."""
    (subentry,) = miner.entry.subentries.values()
    return set(subentry.data["features"])


async def test_what_is_new_is_added(miner: Bench, devices: Network) -> None:
    """With its entities; what the user set stays."""
    assert features(miner) == {feature.value for feature in LITTLE}
    await hashes(miner, devices)
    assert features(miner) == {feature.value for feature in MORE}
    assert float(miner.sensor("power").state) > 0
    (subentry,) = miner.entry.subentries.values()
    assert subentry.data["features"]["hashrate_monitoring"]["priority"] == 77
    assert stored_capabilities(subentry).is_complete


async def test_once_is_enough(miner: Bench, devices: Network) -> None:
    """A device that was seen to hash is not looked at again."""
    await hashes(miner, devices)
    looks = devices[HOST].looks
    await hashes(miner, devices)
    assert devices[HOST].looks == looks == 1


async def test_stopped_device_is_left_alone(miner: Bench, devices: Network) -> None:
    """It would tell no more than when it was linked."""
    await miner.coordinator.async_refresh_all()
    await miner.settle()
    assert devices[HOST].looks == 0


async def test_device_that_was_linked_while_it_hashed(
    set_up: SetUp, devices: Network
) -> None:
    """Nothing more is expected of it."""
    miner = await set_up(network())
    await hashes(miner, devices)
    assert devices[HOST].looks == 0


async def test_nothing_new(miner: Bench, devices: Network) -> None:
    """A device that tells no more is not asked for ever, and not after a restart."""
    devices[HOST].capabilities = capabilities(LITTLE, is_complete=True)
    await hashes(miner, devices)
    await hashes(miner, devices)
    assert devices[HOST].looks == 1
    assert await miner.hass.config_entries.async_reload(miner.entry.entry_id)
    await hashes(miner, devices)
    assert devices[HOST].looks == 1
    assert features(miner) == {feature.value for feature in LITTLE}


async def test_nothing_is_lost(miner: Bench, devices: Network) -> None:
    """What a device was known to have stays, although it is silent about it now."""
    devices[HOST].capabilities = capabilities(
        frozenset({F.POWER_MONITORING}), fans=0, boards=0, readings=()
    )
    await hashes(miner, devices)
    (subentry,) = miner.entry.subentries.values()
    known = stored_capabilities(subentry)
    assert known.features == LITTLE | {F.POWER_MONITORING}
    assert (known.fans, known.boards) == (2, 3)
    assert known.readings == ("expected_hashrate",)


async def test_device_that_cannot_be_looked_at(
    miner: Bench, devices: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again, but not at every reading."""
    found, devices[HOST].capabilities = devices[HOST].capabilities, GONE
    await hashes(miner, devices)
    await hashes(miner, devices)
    assert devices[HOST].looks == 1
    devices[HOST].capabilities = found
    later(monkeypatch, growth.RETRY_INTERVALS[0])
    await hashes(miner, devices)
    assert features(miner) == {feature.value for feature in MORE}


async def test_question_that_hung(
    miner: Bench, devices: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What rests on it is added soon after it is answered again, without a restart."""
    whole, devices[HOST].capabilities = (
        devices[HOST].capabilities,
        capabilities(LITTLE, is_complete=False),
    )
    await hashes(miner, devices)
    later(monkeypatch, growth.RETRY_INTERVALS[0])
    await hashes(miner, devices)
    assert devices[HOST].looks == 2
    assert features(miner) == {feature.value for feature in LITTLE}
    devices[HOST].capabilities = whole
    later(monkeypatch, growth.RETRY_INTERVALS[1])
    await hashes(miner, devices)
    assert features(miner) == {feature.value for feature in MORE}


async def test_part_of_it_is_added_later(
    miner: Bench, devices: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a question hangs on, what rests on others is added all the same."""
    some = LITTLE | {F.POWER_MONITORING}
    devices[HOST].capabilities = capabilities(some, is_complete=False)
    await hashes(miner, devices)
    later(monkeypatch, growth.RETRY_INTERVALS[0])
    await hashes(miner, devices)
    assert features(miner) == {feature.value for feature in LITTLE}
    later(monkeypatch, growth.RETRY_INTERVALS[1])
    await hashes(miner, devices)
    assert features(miner) == {feature.value for feature in some}


async def test_device_that_never_tells_all(
    miner: Bench, devices: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at several times, each time after a longer while, and no more."""
    devices[HOST].capabilities = capabilities(LITTLE, is_complete=False)
    await hashes(miner, devices)
    for looks, interval in enumerate(growth.RETRY_INTERVALS, start=2):
        later(monkeypatch, interval - 1)
        await hashes(miner, devices)
        assert devices[HOST].looks == looks - 1
        later(monkeypatch, 1)
        await hashes(miner, devices)
        assert devices[HOST].looks == looks
    later(monkeypatch, 10 * growth.RETRY_INTERVALS[-1])
    await hashes(miner, devices)
    assert devices[HOST].looks == looks


async def test_start_of_home_assistant_is_not_held_up(
    miner: Bench, devices: Network
) -> None:
    """Whoever waits for all that begins then does not wait for this."""
    miner.hass.set_state(CoreState.starting)
    await hashes(miner, devices)
    assert devices[HOST].looks == 0
    miner.hass.set_state(CoreState.running)
    await hashes(miner, devices)
    assert devices[HOST].looks == 1


def test_model_that_becomes_known() -> None:
    """With it comes how to speak to the device; the unit stays."""
    unknown = Capabilities(
        features=LITTLE, library_class="WhatsminerUnknown", hashrate_unit="TH/s"
    )
    found = Capabilities(
        features=MORE, model="M50", library_class="BTMinerM50", hashrate_unit="GH/s"
    )
    grown = unknown.grown(found)
    assert (grown.model, grown.library_class) == ("M50", "BTMinerM50")
    assert grown.hashrate_unit == "TH/s"
    assert found.grown(unknown).library_class == "BTMinerM50"
