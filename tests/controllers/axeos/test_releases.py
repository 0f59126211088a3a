"""The latest firmware: known by a feed, fetched by the device itself."""

from collections.abc import AsyncIterator
import logging
from time import monotonic
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.controllers.axeos import releases
from custom_components.miner_control.controllers.errors import UnsupportedError
from emulation.axeos import EmulatedNerdOctaxe
from emulation.network import HTTP_PORT, HttpEndpoint, Network
from emulation.transport import HttpRequest, Reply
from tests.emulation.support import new_address, until

from .bench import F, link
from .conftest import Linker

_MAKER = "https://github.com/shufps/ESP-Miner-NerdQAxePlus/releases"


def told(tag: str, *files: str) -> dict[str, Any]:
    """Return what a feed tells of a release."""
    return {
        "tag_name": tag,
        "html_url": f"{_MAKER}/tag/{tag}",
        "body": "Better in every way.",
        "assets": [
            {"name": name, "browser_download_url": f"{_MAKER}/download/{tag}/{name}"}
            for name in files
        ],
    }


@pytest.fixture
async def feed(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, Any]]:
    """Serve what a test has a repository tell; count how often it was asked."""
    address, content = new_address(), dict[str, Any]()
    content["asked"] = 0

    def answer(request: HttpRequest) -> Reply:
        content["asked"] += 1
        release = content.get(request.path.strip("/"))
        return Reply(release) if release else Reply("rate limit", 403)

    network = Network(address, {HTTP_PORT: HttpEndpoint(answer)})
    network.start()
    network.light(on=True)
    monkeypatch.setattr(releases, "FEED", f"http://{address}/{{}}")
    monkeypatch.setattr(releases, "FIRST_DELAY", 0.0)
    yield content
    await network.stop()


async def test_latest(linked: Linker, feed: dict[str, Any]) -> None:
    """It is asked for in the background, once a day for all devices."""
    feed["bitaxeorg/ESP-Miner"] = told("v2.15.3")
    bench = await linked("axeos-2.15")
    assert F.FIRMWARE_UPDATE in bench.features
    first = (await bench.refresh()).firmware
    assert first is not None
    assert (first.installed, first.latest) == ("v2.15.0", None)
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(2):
        found = (await bench.refresh()).firmware
        assert found is not None
        assert (found.latest, found.can_install) == ("v2.15.3", False)
        assert found.release_notes == "Better in every way."
    assert feed["asked"] == 1
    with pytest.raises(UnsupportedError):
        await bench.controller.install_firmware()


async def test_installed_by_the_device(linked: Linker, feed: dict[str, Any]) -> None:
    """It fetches the file for its model, and shows how far it has come."""
    name = "esp-miner-factory-NerdOCTAXE-Gamma-v1.1.2.bin"
    feed["shufps/ESP-Miner-NerdQAxePlus"] = told("v1.1.2", "other.bin", name)
    bench = await linked(EmulatedNerdOctaxe, time_scale=10.0)
    await bench.refresh()
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    found = (await bench.refresh()).firmware
    assert found is not None
    assert found.can_install
    await bench.controller.install_firmware()
    assert bench.device.update_from == f"{_MAKER}/download/v1.1.2/{name}"
    during = (await bench.refresh()).firmware
    assert during is not None
    assert during.is_installing
    assert during.progress is not None
    await until(lambda: bench.device.version == "v1.1.2" and bench.device.ready)
    after = (await bench.refresh()).firmware
    assert after is not None
    assert (after.installed, after.is_installing) == ("v1.1.2", False)
    bench.device.requests.clear()
    await bench.refresh()
    assert bench.device.requests.total() == 1


async def test_no_internet(
    linked: Linker, feed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is known, and nothing is said of it."""
    bench = await linked("axeos-2.15")
    await bench.refresh()
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    found = (await bench.refresh()).firmware
    assert found is not None
    assert found.latest is None
    assert not [
        one
        for one in caplog.records
        if one.levelno >= logging.INFO and one.name.startswith("custom_components")
    ]


@pytest.mark.parametrize("answer", [[], {}, {"tag_name": None}, "x", {"assets": 3}])
async def test_nonsense(
    hass: HomeAssistant, feed: dict[str, Any], answer: object, socket_enabled: None
) -> None:
    """A feed that tells no release tells nothing."""
    feed["bitaxeorg/ESP-Miner"] = answer
    found = releases.feed_of(hass, "axeos")
    await found.async_ask()
    assert found._release is None


@pytest.mark.parametrize(
    ("version", "known"), [("v2.15.0", True), ("v2.15.3-osm", False), (None, False)]
)
def test_derived_firmware_has_no_feed(version: str | None, known: bool) -> None:  # noqa: FBT001
    """The releases of another are none of its own."""
    assert releases.has_feed("axeos", version) is known
    assert not releases.has_feed("lucky", "1.1.0")


async def test_once_a_day(
    linked: Linker, feed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day after it told, and an hour after it did not, it is asked again."""
    now = [monotonic()]
    monkeypatch.setattr(releases, "monotonic", lambda: now[0])
    bench = await linked("axeos-2.15")

    async def asked_after(seconds: float) -> int:
        """Read after some time, and return how often the feed was asked by then."""
        now[0] += seconds
        await bench.refresh()
        await bench.hass.async_block_till_done(wait_background_tasks=True)
        return int(feed["asked"])

    assert await asked_after(0) == 1
    assert await asked_after(releases.RETRY_INTERVAL - 1) == 1
    feed["bitaxeorg/ESP-Miner"] = told("v2.15.3")
    assert await asked_after(1) == 2
    assert await asked_after(releases.INTERVAL - 1) == 2
    feed["bitaxeorg/ESP-Miner"] = None
    assert await asked_after(1) == 3
    # What was known stays known.
    found = (await bench.refresh()).firmware
    assert found is not None
    assert found.latest == "v2.15.3"


async def test_switched_off(linked: Linker, feed: dict[str, Any]) -> None:
    """Where the user does not want it, nobody is asked."""
    feed["bitaxeorg/ESP-Miner"] = told("v2.15.3")
    bench = await linked("axeos-2.15")
    bench = await link(bench.hass, bench.device, check_updates=False)
    for _ in range(2):
        found = (await bench.refresh()).firmware
        assert found is not None
        assert (found.installed, found.latest) == ("v2.15.0", None)
        await bench.hass.async_block_till_done(wait_background_tasks=True)
    assert feed["asked"] == 0
    with pytest.raises(UnsupportedError):
        await bench.controller.install_firmware()
