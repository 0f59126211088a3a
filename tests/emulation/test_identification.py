"""What pyasic takes each device for."""

import pyasic
import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    Fault,
)

from .conftest import Runner
from .support import identify

CLASSES = [
    (EmulatedAntminer, "BMMinerS19Pro"),
    (EmulatedWhatsminer, "BTMinerM30SPlusPlusVH30"),
    (EmulatedBitaxe, "BitAxeGamma"),
    (EmulatedAvalonNano3, "CGMinerAvalonNano3"),
]


@pytest.mark.parametrize(("kind", "name"), CLASSES)
async def test_class(kind: type[EmulatedMiner], name: str, run: Runner) -> None:
    """The library finds make and model."""
    device = await run(kind)
    assert type(await identify(device.address)).__name__ == name


@pytest.mark.parametrize(("kind", "name"), CLASSES)
async def test_wrong_password_does_not_matter(
    kind: type[EmulatedMiner], name: str, run: Runner
) -> None:
    """Identification needs no login."""
    device = await run(kind, password="changed")
    assert type(await identify(device.address)).__name__ == name


async def test_vnish_is_taken_for_the_original_firmware(run: Runner) -> None:
    """The RPC port's answer comes first and misleads."""
    device = await run(EmulatedVnish)
    assert type(await identify(device.address)).__name__ == "BMMinerS19"


async def test_vnish_is_known_when_its_socket_is_slow(vnish: EmulatedVnish) -> None:
    """The web page's answer comes first and is right."""
    assert type(await identify(vnish.address)).__name__ == "VNishS19"


async def test_version_2_of_the_whatsminer_api(whatsminer: EmulatedWhatsminer) -> None:
    """The firmware's date decides on the API version."""
    found = await identify(whatsminer.address)
    assert "BTMinerV2" in [base.__name__ for base in type(found).__mro__]


@pytest.mark.parametrize(
    "kind", [EmulatedAntminer, EmulatedWhatsminer, EmulatedBitaxe, EmulatedAvalonNano3]
)
@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.HTTP_500, Fault.RESET])
async def test_unreachable_is_none(
    kind: type[EmulatedMiner], fault: Fault, run: Runner
) -> None:
    """Whatever cannot be read is not identified."""
    device = await run(kind)
    device.fault = fault
    assert await pyasic.get_miner(device.address) is None


async def test_no_power_is_none(whatsminer: EmulatedWhatsminer) -> None:
    """A device without power is not identified."""
    await whatsminer.cut_power()
    assert await pyasic.get_miner(whatsminer.address) is None


@pytest.mark.parametrize("kind", [EmulatedAntminer, EmulatedWhatsminer])
async def test_garbage_raises(kind: type[EmulatedMiner], run: Runner) -> None:
    """Bytes that are no text are not caught."""
    device = await run(kind)
    device.fault = Fault.GARBAGE
    with pytest.raises(UnicodeDecodeError):
        await pyasic.get_miner(device.address)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(EmulatedWhatsminer, "WhatsminerUnknown"), (EmulatedBitaxe, "BitAxe")],
)
async def test_half_an_answer_gives_the_generic_class(
    kind: type[EmulatedMiner], name: str, run: Runner
) -> None:
    """The type is found and the model is not."""
    device = await run(kind)
    device.fault = Fault.TRUNCATE
    assert type(await identify(device.address)).__name__ == name


async def test_stopped_legacy_whatsminer_is_not_recognised(run: Runner) -> None:
    """The mining process is needed to tell the model."""
    device = await run(EmulatedWhatsminer, legacy=True)
    device.pause()
    found = await pyasic.get_miner(device.address)
    assert type(found).__name__ != "BTMinerM30SPlusPlusVH30"
