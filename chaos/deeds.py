"""What is done to the fleet that shares power, and to its meter, when it is time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

import aiohttp

from tools.home.client import Client
from tools.home.errors import HomeError

from .faults import wake
from .schedule import Deed, FleetEvent, MeterState, Mode
from .sharing import HOUSE, Sharing, show_grid
from .stage import Stage
from .troubles import RULED, Part

# How often the meter at the grid tells something.
METER_INTERVAL: Final = 2.0
# How long the fleet may take after a start until it is there, and until it shows that
# its emergency stop is set. What became of each miner is told later.
SHOWN_WITHIN: Final = 60.0
# For how long after it was let go of a miner may be told what was under way.
GOES_ON: Final = 5.0

type Action = Callable[[Stage, Sharing, FleetEvent], Awaitable[None]]


async def do(stage: Stage, sharing: Sharing, event: FleetEvent) -> None:
    """Do something to the fleet, or to its meter, at its time."""
    await stage.until(event.at)
    await _ACTIONS[event.deed](stage, sharing, event)


async def tell_grid(stage: Stage, sharing: Sharing) -> None:
    """Have the meter at the grid tell what flows there, whenever it can."""
    while True:
        await asyncio.sleep(METER_INTERVAL)
        if not stage.server.is_up or sharing.meter is MeterState.FROZEN:
            continue
        watts = None
        if sharing.meter is MeterState.WELL:
            truths = await stage.fleet.truths()
            own = sum(truths[member.device.name].watts for member in sharing.members)
            watts = HOUSE + own - sharing.sun * sharing.total
        with suppress(HomeError, aiohttp.ClientError):
            await show_grid(stage.server.client, watts)


async def _set_mode(stage: Stage, sharing: Sharing, event: FleetEvent) -> None:
    """Choose a mode."""
    mode = Mode(event.to)
    if mode.acts:
        _rule(stage, sharing)
    await _act(stage, sharing, "select.mode", "select_option", option=mode.value)
    sharing.mode = mode
    _let_go(stage, sharing)


async def _set_budget(stage: Stage, sharing: Sharing, event: FleetEvent) -> None:
    """Set what all members may draw together."""
    watts = round(event.share * sharing.total)
    await _act(stage, sharing, "number.power_budget", "set_value", value=watts)


async def _press(stage: Stage, sharing: Sharing, _: FleetEvent) -> None:
    """Press the emergency stop, and see that it is set before anything else happens.

    The command ends only when each miner was told, and Home Assistant may end before.
    """
    async with stage.changes:
        server = stage.server
        await _until_there(stage, sharing, "button.emergency_stop")
        _rule(stage, sharing)
        sharing.is_latched = True
        sharing.pressed.append(stage.now)
        press = asyncio.create_task(
            server.client.act(
                "button",
                "press",
                entity_id=sharing.entities["button.emergency_stop"],
            )
        )
        sensor = sharing.entities["binary_sensor.emergency_stop"]
        if not await server.states.until(
            lambda: server.states[sensor].state == "on", SHOWN_WITHIN
        ):
            raise HomeError("the emergency stop is not shown to be set")
    with suppress(HomeError):
        await press


async def _reset(stage: Stage, sharing: Sharing, _: FleetEvent) -> None:
    """Reset the emergency stop."""
    await _act(stage, sharing, "button.reset_emergency_stop", "press")
    sharing.is_latched = False
    _let_go(stage, sharing)


async def _wake(stage: Stage, sharing: Sharing, _: FleetEvent) -> None:
    """Let all members mine by their own pages: more than their circuit carries."""
    await asyncio.gather(*(_wake_one(stage, member.name) for member in sharing.members))


async def _wake_one(stage: Stage, name: str) -> None:
    """Let one member mine by its own page."""
    miner = stage.miners[name]
    trouble = stage.chronicle(miner).begin("woken", Part.BODY, stage.now)
    await wake(stage, miner)
    trouble.end = stage.now


async def _set_sun(_: Stage, sharing: Sharing, event: FleetEvent) -> None:
    """Let the sun shine more or less."""
    sharing.sun = event.share


async def _set_meter(_: Stage, sharing: Sharing, event: FleetEvent) -> None:
    """Have the meter at the grid fail, or be well again."""
    sharing.meter = MeterState(event.to)


_ACTIONS: Final[Mapping[Deed, Action]] = {
    Deed.MODE: _set_mode,
    Deed.BUDGET: _set_budget,
    Deed.STOP: _press,
    Deed.RESET: _reset,
    Deed.WAKE: _wake,
    Deed.SUN: _set_sun,
    Deed.METER: _set_meter,
}


def _rule(stage: Stage, sharing: Sharing) -> None:
    """Note that the members may be told something from now on."""
    for member in sharing.members:
        chronicle = stage.chronicle(member)
        if not chronicle.is_ruled_now:
            chronicle.begin(RULED, Part.BODY, stage.now)


def _let_go(stage: Stage, sharing: Sharing) -> None:
    """Note that the members are told nothing any more, if that is so."""
    if sharing.is_ruling:
        return
    for member in sharing.members:
        for trouble in stage.chronicle(member).troubles:
            if trouble.kind == RULED:
                trouble.end = min(trouble.end, stage.now + GOES_ON)


async def _act(
    stage: Stage, sharing: Sharing, key: str, action: str, **data: object
) -> None:
    """Perform an action on one of the fleet's entities, once it is there."""

    async def act(client: Client) -> None:
        """Perform it, while Home Assistant does not end."""
        await _until_there(stage, sharing, key)
        await client.act(
            key.partition(".")[0], action, entity_id=sharing.entities[key], **data
        )

    await stage.at_home(act)


async def _until_there(stage: Stage, sharing: Sharing, key: str) -> None:
    """Wait until one of the fleet's entities is there."""
    states, entity_id = stage.server.states, sharing.entities[key]
    away = ("missing", "unavailable")
    if not await states.until(
        lambda: states[entity_id].state not in away, SHOWN_WITHIN
    ):
        raise HomeError(f"{entity_id} is not there")
