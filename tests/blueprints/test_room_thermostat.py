"""A miner that heats a room."""

from typing import Any

from .house import House

ROOM = "sensor.room"
TARGET = "input_number.target"


async def automate(house: House, **inputs: Any) -> None:
    """Let the blueprint heat, without delay."""
    await house.automate(
        "room_thermostat.yaml",
        miner=house.device_id,
        room_sensor=ROOM,
        **({"min_on": 0, "min_off": 0} | inputs),
    )


async def test_nothing_changes_within_the_hysteresis(house: House) -> None:
    """The limits belong to what is beyond them."""
    house.show(ROOM, 20.4)
    await automate(house, target=20)
    await house.wait(1)
    assert house.mines()
    house.show(ROOM, 20.5)
    await house.wait(1)
    assert not house.mines()
    house.show(ROOM, 19.6)
    await house.wait(1)
    assert not house.mines()
    house.show(ROOM, 19.5)
    await house.wait(1)
    assert house.mines()


async def test_target_of_an_entity_goes_first(house: House) -> None:
    """The target can be moved while the automation runs."""
    house.show(ROOM, 20)
    house.show(TARGET, 22)
    await automate(house, target=15, target_entity=TARGET)
    await house.wait(1)
    assert house.mines()
    house.show(TARGET, 18)
    await house.wait(1)
    assert not house.mines()


async def test_target_that_is_unavailable_changes_nothing(house: House) -> None:
    """The fixed target does not take its place."""
    house.show(ROOM, 20)
    house.show(TARGET, "unavailable")
    await automate(house, target=15, target_entity=TARGET)
    await house.wait(1)
    assert house.mines()
