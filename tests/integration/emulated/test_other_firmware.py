"""Another firmware was flashed: it is noticed, and taken up in one step."""

from collections.abc import AsyncIterator

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F
from emulation import EmulatedAntminer, EmulatedVnish
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.repairing import Repair, issue, issues

from .rig import TITLE, Site

pytestmark = pytest.mark.usefixtures("every_text_exists")

ISSUE = "other_firmware_asic"
STRANGER = "02:00:00:00:00:01"


@pytest.fixture
async def device() -> AsyncIterator[EmulatedAntminer]:
    """Return a machine with the firmware of its maker."""
    skip_unless_ports_free(EmulatedAntminer)
    async with EmulatedAntminer(new_address(), warm_up=0.3, boot=0.1) as running:
        yield running


async def test_taken_up_in_one_step(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """What was flashed is told, and linked as what it is once the user agrees."""
    before = site.subentry.data
    assert before["capabilities"]["firmware"] == "Stock"
    flashed = await site.flash(EmulatedVnish)
    assert issues(hass) == {ISSUE}
    told = issue(hass, ISSUE).translation_placeholders
    assert told is not None
    assert "Stock" in told["before"]
    assert "VNish" in told["found"]
    assert site.bench.sensor("hashrate").state == "unavailable"
    assert site.subentry.data == before
    form = await repair.start(ISSUE)
    assert (form["step_id"], form["errors"]) == ("confirm", {})
    assert (await repair.send())["type"] == "create_entry"
    await site.bench.settle()
    assert issues(hass) == set()
    after = site.subentry.data
    assert after["capabilities"]["firmware"] == "VNish"
    assert after["capabilities"]["mac"] == flashed.mac
    assert after["features"][F.HASHRATE_MONITORING]["priority"] == 66
    assert F.POWER_LIMIT_CONTROL in after["features"]
    assert float(site.bench.sensor("hashrate").state) > 0


async def test_issue_ends_when_the_old_firmware_is_back(
    hass: HomeAssistant, site: Site
) -> None:
    """Nothing needs to be done then."""
    await site.flash(EmulatedVnish)
    assert issues(hass) == {ISSUE}
    await site.flash(EmulatedAntminer)
    assert issues(hass) == set()


async def test_stranger_with_other_firmware_is_a_stranger(
    hass: HomeAssistant, site: Site
) -> None:
    """Only the linked device can have been flashed."""
    await site.flash(EmulatedVnish, mac=STRANGER)
    assert ISSUE not in issues(hass)


async def test_device_that_is_gone_in_the_meantime(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """The user is told, and may try again."""
    flashed = await site.flash(EmulatedVnish)
    await repair.start(ISSUE)
    await flashed.cut_power()
    form = await repair.send()
    assert form["errors"] == {"base": "cannot_connect"}
    await flashed.restore_power()
    await flashed.wait_ready()
    assert (await repair.send())["type"] == "create_entry"
    await site.bench.settle()
    assert issues(hass) == set()


async def test_silence_is_no_other_firmware(hass: HomeAssistant, site: Site) -> None:
    """A device that does not answer is looked at once, and then left alone."""
    await site.device.cut_power()
    await site.read(5)
    assert issues(hass) == set()
    assert site.bench.connectivity(TITLE).state == "off"
