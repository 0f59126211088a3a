"""A miner that leaves a reserve in the battery."""

from typing import Any

from .house import House

BATTERY = "sensor.battery"


async def automate(house: House, **inputs: Any) -> None:
    """Let the blueprint look after the battery, without delay."""
    await house.automate(
        "battery_floor.yaml",
        miner=house.device_id,
        battery_sensor=BATTERY,
        **({"floor": 20, "resume": 50, "min_on": 0, "min_off": 0} | inputs),
    )


async def test_nothing_changes_between_the_levels(house: House) -> None:
    """What somebody else starts or stops in between stays as it is."""
    house.show(BATTERY, 21)
    await automate(house)
    await house.wait(1)
    assert house.mines()
    house.show(BATTERY, 20)
    await house.wait(1)
    assert not house.mines()
    house.show(BATTERY, 49)
    await house.wait(1)
    assert not house.mines()
    house.show(BATTERY, 50)
    await house.wait(1)
    assert house.mines()


async def test_may_leave_the_start_to_others(house: House) -> None:
    """It stops the miner, and no more."""
    house.show(BATTERY, 5)
    await automate(house, may_start=False)
    await house.wait(1)
    assert not house.mines()
    house.show(BATTERY, 100)
    await house.wait(2)
    assert not house.mines()


async def test_floor_goes_before_the_resume_level(house: House) -> None:
    """Levels that contradict each other do not make the miner flutter."""
    house.show(BATTERY, 30)
    await automate(house, floor=40, resume=20)
    await house.wait(3)
    assert not house.mines()
    assert len(house.device.commands) == 1
