"""A miner that mines in cheap hours."""

from typing import Any

import pytest

from .house import House

PRICE = "sensor.price"
NIGHT = {"window_start": "22:00:00", "window_end": "06:00:00"}
DAY = {"window_start": "06:00:00", "window_end": "22:00:00"}


async def automate(house: House, **inputs: Any) -> None:
    """Let the blueprint decide, without delay."""
    await house.automate(
        "tariff_window.yaml",
        miner=house.device_id,
        **({"min_on": 0, "min_off": 0} | inputs),
    )


@pytest.mark.parametrize(
    ("window", "hour", "mines"),
    [
        (NIGHT, 21, False),
        (NIGHT, 22, True),
        (NIGHT, 0, True),
        (NIGHT, 5, True),
        (NIGHT, 6, False),
        (DAY, 5, False),
        (DAY, 6, True),
        (DAY, 22, False),
    ],
)
async def test_window(
    house: House,
    window: dict[str, str],
    hour: int,
    mines: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """It mines in its hours, also over midnight."""
    await house.wait_until(hour, 10)
    if mines:
        await house.turn_mining(on=False)
    await automate(house, **window)
    await house.wait(1)
    assert house.mines() is mines


async def test_window_opens_and_closes(house: House) -> None:
    """The time itself starts and stops the miner, to the minute."""
    await house.wait_until(21, 58)
    await automate(house, **NIGHT)
    await house.wait(1)
    assert not house.mines()
    await house.wait(1)
    assert house.mines()
    await house.wait_until(5, 59)
    assert house.mines()
    await house.wait(1)
    assert not house.mines()


@pytest.mark.parametrize(
    ("combination", "window", "price", "mines"),
    [
        ("both", NIGHT, 0.1, True),
        ("both", NIGHT, 0.11, False),
        ("both", DAY, 0.1, False),
        ("either", NIGHT, 0.11, True),
        ("either", DAY, -0.05, True),
        ("either", DAY, 0.11, False),
        # Where the hours decide, nobody asks for the price.
        ("both", DAY, "unavailable", False),
        ("either", NIGHT, "unavailable", True),
    ],
)
async def test_price_and_window(
    house: House,
    combination: str,
    window: dict[str, str],
    price: object,
    mines: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Both have to allow it, or one of them."""
    await house.wait_until(23, 0)
    if mines:
        await house.turn_mining(on=False)
    house.show(PRICE, price)
    await automate(house, price_sensor=PRICE, combination=combination, **window)
    await house.wait(1)
    assert house.mines() is mines


@pytest.mark.parametrize(("combination", "window"), [("both", NIGHT), ("either", DAY)])
async def test_unknown_price_that_decides_changes_nothing(
    house: House, combination: str, window: dict[str, str]
) -> None:
    """The miner goes on as it is."""
    await house.wait_until(23, 0)
    house.show(PRICE, "unavailable")
    await automate(house, price_sensor=PRICE, combination=combination, **window)
    await house.wait(1)
    assert house.mines()
    await house.turn_mining(on=False)
    await house.wait(1)
    assert not house.mines()


async def test_nothing_chosen_is_never_cheap(house: House) -> None:
    """Without a price and hours there is nothing that allows it."""
    await automate(house)
    await house.wait(1)
    assert not house.mines()
