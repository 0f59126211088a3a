"""The update entity of a device that fetches its firmware by itself."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.components.update import UpdateEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.axeos import releases
from custom_components.miner_control.controllers.network.address import NetworkAddress
from emulation.axeos import EmulatedAxe, EmulatedBitaxe, EmulatedNerdOctaxe
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.bench import Bench
from tests.integration.controllers import subentry
from tests.integration.controlling import call

_LATEST = "v9.9.9"
_MAKER = "https://github.com/shufps/ESP-Miner-NerdQAxePlus/releases"


@pytest.fixture(autouse=True)
def _feed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know the latest release."""
    name = f"esp-miner-factory-NerdOCTAXE-Gamma-{_LATEST}.bin"
    release = releases.Release(
        _LATEST,
        url=f"{_MAKER}/tag/{_LATEST}",
        notes="Better in every way.",
        files={name: f"{_MAKER}/download/{_LATEST}/{name}"},
    )
    monkeypatch.setattr(releases.Feed, "latest", lambda _: release)


@pytest.fixture
async def device(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Return a device whose days are short."""
    kind: type[EmulatedAxe] = request.param
    skip_unless_ports_free(kind)
    options = {"warm_up": 0.0, "boot": 0.02, "time_scale": 40.0}
    async with kind(new_address(), **options) as running:
        yield running


@pytest.fixture
async def miner(hass: HomeAssistant, device: Any) -> Bench:
    """Return a miner that is linked to the device."""
    found = await identify(hass, NetworkAddress(host=device.address))
    linked = subentry(
        "network",
        "Axe",
        found.capabilities,
        host=device.address,
        protocol="axeos",
        push=False,
    )
    bench = Bench(hass, linked)
    await bench.set_up()
    return bench


@pytest.mark.parametrize("device", [EmulatedNerdOctaxe], indirect=True)
async def test_install(miner: Bench, device: Any) -> None:
    """It is offered with its notes, installed, and proved by the version that runs."""
    shown = miner.state("update", "firmware")
    assert shown.state == "on"
    assert shown.attributes["installed_version"] == device.version
    assert shown.attributes["latest_version"] == _LATEST
    assert shown.attributes["release_url"] == f"{_MAKER}/tag/{_LATEST}"
    pools = list(device.pools)
    await call(miner, "firmware", "update.install")
    assert device.version == _LATEST
    assert device.pools == pools
    await miner.coordinator.async_refresh_all()
    await miner.settle()
    shown = miner.state("update", "firmware")
    assert (shown.state, shown.attributes["in_progress"]) == ("off", False)


@pytest.mark.parametrize("device", [EmulatedBitaxe], indirect=True)
async def test_only_told(miner: Bench, device: Any) -> None:
    """A Bitaxe fetches nothing by itself: its update is only told of."""
    shown = miner.state("update", "firmware")
    assert (shown.state, shown.attributes["latest_version"]) == ("on", _LATEST)
    supported = UpdateEntityFeature(shown.attributes["supported_features"])
    assert UpdateEntityFeature.INSTALL not in supported
    assert UpdateEntityFeature.RELEASE_NOTES in supported
    with pytest.raises(HomeAssistantError):
        await call(miner, "firmware", "update.install")
    assert device.commands == []
