"""What is done to the fleet that shares power, and to its meter, when it is time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final

import aiohttp

from tools.home.client import Client
from tools.home.errors import HomeError

from .faults import wake
from .schedule import PROVED, Deed, FleetEvent, MeterState, Mode
from .sharing import HOUSE, Sharing, show_grid
from .stage import Stage
from .troubles import RULED, Part

# How often the meter at the grid tells something.
METER_INTERVAL: Final = 2.0
# For how much longer a busy machine is waited for until a stop can be judged.
PROVED_WITHIN: Final = 120.0
# How long the fleet may take after a start until it is there, and until it shows that
# its emergency stop is set. What became of each miner is told later.
SHOWN_WITHIN: Final = 60.0

type Action = Callable[[Stage, Sharing, FleetEvent], Awaitable[None]]


async def do_all(stage: Stage, sharing: Sharing, events: Iterable[FleetEvent]) -> None:
    """Do everything to the fleet and its meter, one after the other, when it is time.

    Where an emergency stop was held for longer, what comes after it comes later.
    """
    late = 0.0
    async with asyncio.TaskGroup() as presses:
        sharing.presses = presses
        for event in events:
            await stage.until(event.at + late)
            await _ACTIONS[event.deed](stage, sharing, event)
            if event.to == PROVED:
                late = max(0.0, stage.now - event.at)


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
    """Choose a mode: one that acts holds from the moment it is chosen."""
    mode = Mode(event.to)

    def begin() -> None:
        """Note that the fleet acts from now on."""
        if mode.acts:
            sharing.mode = mode
            _rule(stage, sharing)

    await _act(stage, sharing, "select.mode", "select_option", begin, option=mode.value)
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
        sharing.presses.create_task(_press_button(sharing, server.client))
        sensor = sharing.entities["binary_sensor.emergency_stop"]
        if not await server.states.until(
            lambda: server.states[sensor].state == "on", SHOWN_WITHIN
        ):
            raise HomeError("the emergency stop is not shown to be set")


async def _press_button(sharing: Sharing, client: Client) -> None:
    """Press the button, and wait until all members were told, or nobody answers."""
    entity_id = sharing.entities["button.emergency_stop"]
    with suppress(HomeError):
        await client.act("button", "press", entity_id=entity_id)


async def _reset(stage: Stage, sharing: Sharing, event: FleetEvent) -> None:
    """Reset the emergency stop, the last one once it can be judged."""
    if event.to == PROVED:
        await _until_judged(stage, stage.now + PROVED_WITHIN)

    def begin() -> None:
        """Note that the stop holds no longer, and that nothing more is told of it."""
        sharing.is_latched = False

    await _act(stage, sharing, "button.reset_emergency_stop", "press", begin)
    _let_go(stage, sharing)


async def _until_judged(stage: Stage, deadline: float) -> None:
    """Wait until members were seen that had to have stopped."""
    while stage.now < deadline:
        if stage.fleet_audit is None or stage.fleet_audit.stops:
            return
        await asyncio.sleep(1.0)


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
                trouble.end = min(trouble.end, stage.now)


async def _act(
    stage: Stage,
    sharing: Sharing,
    key: str,
    action: str,
    begin: Callable[[], None] = lambda: None,
    **data: object,
) -> None:
    """Perform an action on one of the fleet's entities, once it is there."""

    async def act(client: Client) -> None:
        """Perform it, while Home Assistant does not end."""
        await _until_there(stage, sharing, key)
        begin()
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
