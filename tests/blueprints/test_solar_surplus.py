"""A miner that turns surplus power into hashrate."""

from typing import Any

import pytest

from .house import House

METER = "sensor.meter"
LEVELS = {"start_above": 1500, "start_after": 5, "stop_below": 0, "stop_after": 4}


async def automate(house: House, **inputs: Any) -> None:
    """Let the blueprint follow the meter."""
    await house.automate(
        "solar_surplus.yaml",
        miner=house.device_id,
        meter=METER,
        **({"min_on": 0, "min_off": 0} | LEVELS | inputs),
    )


async def throttle(house: House, **inputs: Any) -> None:
    """Let the blueprint also follow the surplus with the power limit."""
    limits = {
        "power_limit": house.entity_id("number", "power_limit"),
        "reserve": 100,
        "limit_step": 200,
        "limit_interval": 10,
    }
    await automate(house, **(limits | inputs))


async def test_waits_for_a_steady_surplus(house: House) -> None:
    """It starts when there is enough for long enough, and not before."""
    await house.turn_mining(on=False)
    house.show(METER, 1500)
    await automate(house)
    await house.wait(10)
    assert not house.mines()
    house.show(METER, 1501)
    await house.wait(5)
    assert not house.mines()
    await house.wait(1)
    assert house.mines()


async def test_a_cloud_begins_the_wait_anew(house: House) -> None:
    """The surplus has to last without a gap."""
    await house.turn_mining(on=False)
    house.show(METER, 2000)
    await automate(house)
    await house.wait(4)
    house.show(METER, 1000)
    await house.wait(1)
    house.show(METER, 2000)
    await house.wait(5)
    assert not house.mines()
    await house.wait(1)
    assert house.mines()


async def test_a_short_lack_is_endured(house: House) -> None:
    """It stops when there is too little for long enough, and not before."""
    house.show(METER, -1)
    await automate(house)
    await house.wait(3)
    house.show(METER, 0)
    await house.wait(3)
    house.show(METER, -1)
    await house.wait(4)
    assert house.mines()
    await house.wait(1)
    assert not house.mines()


@pytest.mark.parametrize(
    ("shows", "value", "unit"),
    [
        ("export", 1.6, "kW"),
        ("import", -1600, "W"),
        ("import", -1.6, "kW"),
        ("export", 1600, None),
    ],
)
async def test_meters_of_all_kinds(
    house: House, shows: str, value: float, unit: str | None
) -> None:
    """Its sign and unit are understood."""
    await house.turn_mining(on=False)
    house.show(METER, value, unit)
    await automate(house, meter_shows=shows, start_after=0)
    await house.wait(1)
    assert house.mines()
    house.show(METER, -value, unit)
    await house.wait(5)
    assert not house.mines()


async def test_limit_follows_the_surplus(house: House) -> None:
    """It is lowered at once, raised after a while, and the miner goes on mining."""
    drawn = house.plug.power
    house.show(METER, -1000)
    await throttle(house)
    await house.wait(1)
    limit = house.device.power_limit
    assert limit == pytest.approx(drawn - 1000 - 100, abs=5)
    house.show(METER, 0)
    await house.wait(2)
    drawn = house.plug.power
    house.show(METER, 800)
    await house.wait(7)
    assert house.device.power_limit == limit
    await house.wait(2)
    assert house.device.power_limit == pytest.approx(drawn + 800 - 100, abs=5)
    assert house.mines()


async def test_small_changes_are_not_worth_it(house: House) -> None:
    """A limit within the smallest change stays as it is."""
    house.device.limit = 3600
    house.show(METER, 0)
    await throttle(house, limit_step=600)
    await house.wait(15)
    assert house.device.power_limit == 3600


async def test_limit_is_set_before_the_start(house: House) -> None:
    """It starts with no more than there is."""
    await house.turn_mining(on=False)
    house.show(METER, 2000)
    await throttle(house)
    await house.wait(6)
    assert house.mines()
    assert 1800 < house.device.power_limit <= 2000


async def test_lowest_limit_is_not_enough(house: House) -> None:
    """It stops where even that does not help, and never goes below."""
    house.show(METER, -9000)
    await throttle(house, lowest_limit=1200)
    await house.wait(1)
    assert house.device.power_limit == 1200
    assert house.mines()
    await house.wait(6)
    assert house.device.power_limit == 1200
    assert not house.mines()


async def test_range_of_the_device_goes_first(house: House) -> None:
    """Nothing is asked of it that it would refuse."""
    house.device.limit = 2000
    house.show(METER, 9000)
    await throttle(house, lowest_limit=5000)
    await house.wait(11)
    assert house.device.power_limit == 3600


async def test_limit_that_cannot_be_set_does_not_keep_it_from_stopping(
    house: House,
) -> None:
    """A miner that takes no limit is stopped in time."""
    house.show(METER, -500)
    await throttle(house)
    await house.miner.set_feature("ASIC", "power_limit_control", enabled=False)
    await house.wait(5)
    assert not house.mines()
    assert not [c for c in house.device.commands if "adjust_power_limit" in c]


async def test_limit_that_does_not_exist_does_no_harm(house: House) -> None:
    """A miner whose limit is gone is started and stopped as if it had none."""
    await house.turn_mining(on=False)
    house.show(METER, 2000)
    await throttle(house, power_limit="number.gone")
    await house.wait(6)
    assert house.mines()
    house.show(METER, -500)
    await house.wait(5)
    assert not house.mines()


async def test_power_that_is_unknown_does_no_harm(house: House) -> None:
    """Without the miner's power nobody knows a limit, and none is set."""
    house.show(METER, -500)
    for controller in ("ASIC", "Smart plug"):
        await house.miner.set_feature(controller, "power_monitoring", enabled=False)
    await throttle(house)
    await house.wait(5)
    assert not house.mines()
    assert not [c for c in house.device.commands if "adjust_power_limit" in c]
