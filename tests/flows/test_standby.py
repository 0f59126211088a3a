"""The second library is offered where it is known to speak the firmware."""

from contextlib import suppress
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.controllers import (
    controller_type,
    identify,
    standby_of,
)
from custom_components.miner_control.controllers.asic_rs.controller import (
    AsicRsController,
)
from custom_components.miner_control.controllers.errors import (
    ControllerError,
    LibraryMissingError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedMiner, EmulatedVnish
from emulation.fleet import KINDS
from tests.controllers.pyasic.conftest import Runner
from tests.controllers.support import NO_HASS

from .linking import (
    LOGIN,
    FirstLink,
    FurtherLink,
    LinkFlow,
    assert_asks_features,
    assert_refused,
    network_form,
)
from .renewal import Renewal


def links(flow: LinkFlow) -> list[ConfigSubentry]:
    """Return the controllers on the network that were stored."""
    found = flow.entry.subentries.values()
    return [each for each in found if each.subentry_type == "network"]


def asks(result: Any) -> dict[str, Any]:
    """Return the defaults of what a form asks."""
    return {
        str(marker): marker.default()
        for marker in result["data_schema"].schema
        if str(marker) == "standby"
    }


@pytest.mark.parametrize("kind", [EmulatedAntminer, EmulatedVnish])
async def test_both_are_linked(
    kind: type[EmulatedMiner], first_link: FirstLink, run: Runner, no_setup: None
) -> None:
    """It is on by default, and stored as a controller of its own."""
    device = await run(kind)
    await first_link.open("network")
    result = await first_link.submit(network_form(device.address))
    assert_asks_features(result)
    assert asks(result) == {"standby": True}
    await first_link.submit({"standby": True})
    first, second = links(first_link)
    assert (first.data["protocol"], second.data["protocol"]) == ("pyasic", "asic_rs")
    assert first.data["host"] == second.data["host"]
    known = [each.data["capabilities"]["mac"] for each in (first, second)]
    assert known == [device.mac, device.mac]
    assert first.unique_id == device.mac
    assert first.title != second.title


async def test_further_link(
    further_link: FurtherLink, run: Runner, no_setup: None
) -> None:
    """A miner that exists gets both, too."""
    device = await run(EmulatedAntminer)
    await further_link.open("network")
    await further_link.submit(network_form(device.address))
    await further_link.submit({"standby": True})
    found = {each.data["protocol"] for each in links(further_link)}
    assert found == {"pyasic", "asic_rs"}


async def test_not_wanted(first_link: FirstLink, run: Runner, no_setup: None) -> None:
    """Nothing more is linked, and nothing installed for it."""
    device = await run(EmulatedAntminer)
    await first_link.open("network")
    await first_link.submit(network_form(device.address))
    await first_link.submit({"standby": False})
    assert len(links(first_link)) == 1


async def test_second_library_is_missing(
    first_link: FirstLink,
    run: Runner,
    no_setup: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The miner is linked all the same, and the log says why it is alone."""

    async def fail(*_: object) -> None:
        """Find nothing."""
        raise LibraryMissingError("pyasic-rs cannot be used")

    device = await run(EmulatedAntminer)
    await first_link.open("network")
    await first_link.submit(network_form(device.address))
    monkeypatch.setattr(AsicRsController, "find", fail)
    await first_link.submit({"standby": True})
    assert [each.data["protocol"] for each in links(first_link)] == ["pyasic"]
    assert "Nothing stands by" in caplog.text


async def test_not_offered_for_a_bitaxe(
    first_link: FirstLink, run: Runner, no_setup: None
) -> None:
    """It is reached by its own protocol, to which nothing stands by."""
    device = await run(EmulatedBitaxe)
    await first_link.open("network")
    result = await first_link.submit(network_form(device.address))
    assert asks(result) == {}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.kind)
async def test_table_is_true(
    hass: HomeAssistant, kind: type[EmulatedMiner], run: Runner
) -> None:
    """What the tables say is what the libraries find, without asking them."""
    device = await run(kind)
    address = NetworkAddress(host=device.address)
    found: dict[str, Any] = {}
    for protocol in ("pyasic", "asic_rs"):
        with suppress(ControllerError):
            found[protocol] = (await identify(NO_HASS, address, protocol)).capabilities
    macs = {known.mac for known in found.values()}
    may = len(found) == 2 and macs == {device.mac} and kind is not EmulatedBitaxe
    for protocol, known in found.items():
        linked = controller_type("network", {"protocol": protocol})
        assert linked is not None
        second = standby_of(linked, known)
        assert (second is not None) is may, protocol


async def test_usual_library_stands_by(
    first_link: FirstLink, run: Runner, no_setup: None
) -> None:
    """Whoever wants asic-rs in front has pyasic behind it, feature by feature."""
    device = await run(EmulatedAntminer)
    await first_link.open("network")
    await first_link.submit(
        {"host": device.address, "advanced": {"protocol": "asic_rs"}}
    )
    await first_link.submit({"standby": True})
    first, second = links(first_link)
    assert (first.data["protocol"], second.data["protocol"]) == ("asic_rs", "pyasic")
    front, behind = (each.data["features"] for each in (first, second))
    both = front.keys() & behind.keys()
    assert {"hashrate_monitoring", "mining_control", "preset_control"} <= both
    assert all(behind[each]["priority"] < front[each]["priority"] for each in both)


async def test_added_later(
    hass: HomeAssistant, miner: ConfigEntry, of_antminer: Renewal
) -> None:
    """Whoever has one library may get the second one, and is not asked twice."""
    result = await of_antminer.submit_shown()
    assert asks(result) == {"standby": False}
    await of_antminer.finish(standby=True)
    first, second = miner.subentries.values()
    assert (first.data["protocol"], second.data["protocol"]) == ("pyasic", "asic_rs")
    assert second.data["password"] == LOGIN["password"]
    assert second.data["capabilities"]["mac"] == first.unique_id
    await of_antminer.open()
    assert asks(await of_antminer.submit_shown()) == {}
    standby = Renewal(hass, miner, second)
    await standby.open()
    assert asks(await standby.submit_shown()) == {}
    assert (await standby.finish()).data["protocol"] == "asic_rs"


async def test_moves_with_the_other(
    hass: HomeAssistant, miner: ConfigEntry, of_antminer: Renewal, run: Runner
) -> None:
    """Another address or login of the one is one of the other."""
    await of_antminer.submit_shown()
    await of_antminer.finish(standby=True)
    linked = of_antminer.subentry
    device = await run(EmulatedAntminer, password="n3w", mac=linked.unique_id)
    await of_antminer.open()
    await of_antminer.submit_shown(
        host=device.address, credentials={"username": "root", "password": "n3w"}
    )
    await of_antminer.finish()
    for each in miner.subentries.values():
        assert each.data["host"] == device.address
        assert each.data["password"] == "n3w"


async def test_same_device_by_another_protocol(
    hass: HomeAssistant, miner: ConfigEntry, of_antminer: Renewal
) -> None:
    """It is linked to its own miner beside what is there, but never twice alike."""
    host = of_antminer.subentry.data["host"]
    link = FurtherLink(hass, miner)
    await link.open("network")
    refused = await link.submit(network_form(host, **LOGIN))
    assert_refused(refused, "network", {"host": "already_linked"})
    form = {**network_form(host, **LOGIN), "advanced": {"protocol": "asic_rs"}}
    result = await link.submit(form)
    assert_asks_features(result)
    assert asks(result) == {}
    added = link.stored(await link.submit({}))
    assert (added.data["protocol"], added.unique_id) == ("asic_rs", None)
    other = MockConfigEntry(domain="miner_control", title="Cellar")
    await hass.config_entries.async_add(other)
    stranger = FurtherLink(hass, other)
    await stranger.open("network")
    refused = await stranger.submit({**form, "advanced": {"protocol": "asic_rs"}})
    assert_refused(refused, "network", {"host": "already_linked"})


async def test_first_one_is_linked_again(
    hass: HomeAssistant, miner: ConfigEntry, of_antminer: Renewal
) -> None:
    """What stood by does not keep it away."""
    await of_antminer.submit_shown()
    await of_antminer.finish(standby=True)
    before = of_antminer.subentry
    hass.config_entries.async_remove_subentry(miner, before.subentry_id)
    await hass.async_block_till_done()
    link = FurtherLink(hass, miner)
    form = network_form(before.data["host"], **LOGIN)
    again = await link.link("network", form)
    assert again.data["protocol"] == "pyasic"
    assert {each.data["protocol"] for each in links(link)} == {"pyasic", "asic_rs"}
