"""How a device is asked, where the library is told what to answer."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from pyasic.data import MinerData
import pytest

from custom_components.miner_control.controllers.base import (
    Capabilities,
    ControllerConfig,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.controllers.pyasic.device import PyasicDevice, tell
from tests.controllers.support import NO_HASS

HOST = "192.0.2.1"


class Library:
    """An object of the library that stumbles over some items."""

    ip = HOST
    rpc = web = None

    def __init__(self) -> None:
        """Give everything."""
        self.odd: dict[str, Exception] = {}
        self.asked: list[set[str]] = []

    async def get_data(self, include: Collection[str]) -> Any:
        """Return data, or fail at the first item that is odd."""
        self.asked.append(set(include))
        for item in include:
            if cause := self.odd.get(item):
                raise RuntimeError(f"Failed to call {item} on {HOST}") from cause
        found = MinerData(ip=HOST)
        for item in include:
            setattr(found, item, f"a {item}")
        return found


@pytest.fixture
def library() -> Library:
    """Return an object of the library."""
    return Library()


@pytest.fixture
def device(library: Library) -> PyasicDevice:
    """Return the device that it stands for."""
    return PyasicDevice(library, NetworkAddress(host=HOST))


async def test_all_items_are_read_at_once(
    library: Library, device: PyasicDevice
) -> None:
    """A device is not asked twice for what it can say at once."""
    found = await device.get_data(["mac", "wattage"])
    assert (found.mac, found.wattage) == ("a mac", "a wattage")
    assert library.asked == [{"mac", "wattage"}]


async def test_odd_items_are_left_out(library: Library, device: PyasicDevice) -> None:
    """What the library stumbles over is missing, and nothing else."""
    library.odd = {"mac": TypeError(), "fans": ValueError()}
    found = await device.get_data(["mac", "fans", "wattage"])
    assert (found.mac, found.fans, found.wattage) == (None, [], "a wattage")


async def test_odd_items_are_read_apart_from_then_on(
    library: Library, device: PyasicDevice
) -> None:
    """They spoil no other, and are back as soon as they can be read."""
    library.odd = {"mac": TypeError()}
    await device.get_data(["mac", "wattage"])
    library.asked.clear()
    await device.get_data(["mac", "wattage"])
    assert library.asked == [{"wattage"}, {"mac"}, set()]
    library.odd.clear()
    assert (await device.get_data(["mac", "wattage"])).mac == "a mac"
    library.asked.clear()
    await device.get_data(["mac", "wattage"])
    assert library.asked == [{"mac", "wattage"}]


async def test_odd_items_that_nobody_wants_are_not_read(
    library: Library, device: PyasicDevice
) -> None:
    """What was odd once is not asked for by whoever does not need it."""
    library.odd = {"mac": TypeError()}
    await device.get_data(["mac"])
    library.asked.clear()
    await device.get_data(["wattage"])
    assert library.asked == [{"wattage"}]


@pytest.mark.parametrize("cause", [OSError(), TimeoutError(), ConnectionResetError()])
async def test_device_that_is_gone_is_not_asked_again_and_again(
    library: Library, device: PyasicDevice, cause: Exception
) -> None:
    """It fails at whichever item comes first, which is not odd for that."""
    library.odd = {"mac": cause}
    with pytest.raises(RuntimeError):
        await device.get_data(["mac", "wattage"])
    assert len(library.asked) == 1


async def test_failure_without_an_item(
    library: Library, device: PyasicDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure that names nothing wanted is a failure of all."""

    async def fail(**_: object) -> None:
        raise RuntimeError("Failed to call hostname on 192.0.2.1")

    monkeypatch.setattr(library, "get_data", fail)
    with pytest.raises(RuntimeError):
        await device.get_data(["mac"])


async def test_word_on_mining_that_was_given(device: PyasicDevice) -> None:
    """What the device says counts."""
    assert (await device.get_data(["is_mining"])).is_mining == "a is_mining"


@pytest.mark.parametrize("odd", [True, False])
async def test_word_on_mining_that_was_not_given(
    library: Library, device: PyasicDevice, *, odd: bool
) -> None:
    """The library takes it that a device mines of which it knows nothing."""
    library.odd = {"is_mining": TypeError()} if odd else {}
    found = await device.get_data(["is_mining", "mac"] if odd else ["mac"])
    assert found.is_mining is None


async def test_empty_answer_to_a_command_is_no_failure() -> None:
    """Some firmware has nothing to say to a command that it carried out."""

    async def stay_quiet() -> None:
        raise RuntimeError("JSON decode error for 'x': y - Response: empty response")

    assert await tell(stay_quiet) is None


async def test_other_answer_to_a_command_is_one() -> None:
    """What is not empty, but not understood either, proves nothing."""

    async def talk() -> None:
        raise RuntimeError("JSON decode error for 'x': y - Response: <html>")

    with pytest.raises(RuntimeError):
        await tell(talk)


def test_interval_is_the_users() -> None:
    """A device is asked as often as its user wants."""
    controller = PyasicController(
        NO_HASS,
        ControllerConfig(
            controller_id="c",
            title="C",
            data={"host": HOST, "username": "", "password": None},
            capabilities=Capabilities(features=frozenset()),
            scan_interval=timedelta(seconds=90),
        ),
    )
    assert controller.update_interval == timedelta(seconds=90)
    assert controller.reading_age_limit() == timedelta(seconds=270)
    assert controller._address == NetworkAddress(host=HOST)
