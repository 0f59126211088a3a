"""Commands, given as a user would, and what came of each."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from tools.home.errors import HomeError
from tools.home.states import EntityState

from .audits import Outcome, judge_outcome
from .miners import Miner
from .oracle import is_preset
from .schedule import ORDERS, Event
from .stage import Stage
from .troubles import ORDER, Part
from .truth import Truth, is_silent

# Longer than any command may take that has to be proved.
TIMEOUT = 240.0
FAN_PERCENT = 60
FAN_TOLERANCE = 6
# What undoes something is told also where Home Assistant comes back in time.
UNDOING: Final = frozenset(undo for undo, _ in ORDERS.values() if undo)
UNDONE_WITHIN = 60.0
# Devices round a limit of power.
LIMIT_TOLERANCE = 0.02
LIMIT_SHARE = 0.65

type Wish = Callable[[Truth, Truth], bool]


@dataclass(frozen=True)
class Order:
    """An action on one of the miner's entities, and how its effect is told."""

    key: str
    action: str
    wish: Wish
    data: Mapping[str, Any]


def _plain(key: str, action: str, wish: Wish, **data: Any) -> Order:
    """Return an order that needs nothing but its entity."""
    return Order(key, action, wish, data)


_PLAIN: Final[Mapping[str, Order]] = {
    "start": _plain("switch.mining", "turn_on", lambda _, now: now.mining),
    "stop": _plain("switch.mining", "turn_off", lambda _, now: not now.mining),
    "power on": _plain("switch.power", "turn_on", lambda _, now: now.plug_on),
    "power off": _plain("switch.power", "turn_off", lambda _, now: not now.plug_on),
    "locate": _plain("switch.locate", "turn_on", lambda _, now: now.locating),
    "stop locating": _plain(
        "switch.locate", "turn_off", lambda _, now: not now.locating
    ),
    "reboot": _plain(
        "button.reboot", "press", lambda was, now: now.reboots > was.reboots
    ),
    "fan": _plain(
        "fan.internal_fan",
        "set_percentage",
        lambda _, now: abs(now.fan_percent - FAN_PERCENT) <= FAN_TOLERANCE,
        percentage=FAN_PERCENT,
    ),
}


async def give(stage: Stage, event: Event) -> None:
    """Give a command at its time, if its entity is there, and judge the outcome."""
    await stage.until(event.begin)
    miner = stage.miners[event.miner]
    if event.kind in UNDOING:
        await _wait_for_home(stage, miner)
    order = _order(stage, miner, event.kind)
    if order is None or not stage.server.is_up:
        return
    state = miner.state(stage.server.states, order.key)
    if _has_gone(state):
        return
    chronicle = stage.chronicle(miner)
    trouble = chronicle.begin(f"{ORDER}{event.kind}", Part.BODY, stage.now)
    try:
        outcome = await _carry_out(stage, miner, order, event.kind)
    finally:
        trouble.end = stage.now
    if outcome is not None:
        judge_outcome(stage.findings, chronicle, outcome)


async def _wait_for_home(stage: Stage, miner: Miner) -> None:
    """Wait until Home Assistant runs and shows a miner, if that does not take long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(UNDONE_WITHIN):
            await stage.server.until_up()
            await stage.server.states.until(
                lambda: not _has_gone(miner.state(stage.server.states, "sensor.power")),
                UNDONE_WITHIN,
            )


async def _carry_out(
    stage: Stage, miner: Miner, order: Order, name: str
) -> Outcome | None:
    """Have an order carried out; None if Home Assistant ended meanwhile."""
    server, starts, begin = stage.server, stage.server.starts, stage.now
    before = await stage.fleet.truth_of(miner.device)
    done, reason = True, ""
    try:
        await asyncio.wait_for(
            server.client.act(
                order.key.partition(".")[0],
                order.action,
                entity_id=miner.entities[order.key],
                **order.data,
            ),
            TIMEOUT,
        )
    except TimeoutError:
        done, reason = False, f"nothing was reported within {TIMEOUT:.0f} s"
    except HomeError as error:
        done, reason = False, str(error)
    after = await stage.fleet.truth_of(miner.device)
    if not server.is_up or server.starts != starts:
        return None
    if done and _has_gone(miner.state(server.states, order.key)):
        return None
    return Outcome(
        text=name,
        begin=begin,
        end=stage.now,
        reported_done=done,
        wished=order.wish(before, after),
        was_so_before=order.wish(before, before),
        reason=reason,
    )


def _has_gone(state: EntityState) -> bool:
    """Tell whether an entity is not there: Home Assistant then does nothing."""
    return state.state in ("missing", "unavailable")


def _order(stage: Stage, miner: Miner, kind: str) -> Order | None:
    """Return what is to be told; None if the miner has nothing of the kind."""
    if (plain := _PLAIN.get(kind)) is not None:
        return plain if plain.key in miner.entities else None
    if kind in ("preset", "former preset"):
        return _preset(stage, miner, is_former=kind != "preset")
    return _limit(stage, miner, is_former=kind != "limit")


def _preset(stage: Stage, miner: Miner, *, is_former: bool) -> Order | None:
    """Return an order for another preset than the one that is set, or the first."""
    key = "select.preset"
    state = miner.state(stage.server.states, key)
    options = [str(option) for option in state.attributes.get("options", ())]
    others = [option for option in options if option != state.state]
    if not others or is_silent(state):
        return None
    audit = stage.devices[miner.name]
    option = audit.usual_preset if is_former else others[0]
    if option is None or option not in options:
        return None
    if not is_former:
        audit.usual_preset = state.state
    return _plain(
        key,
        "select_option",
        # Of some kinds, the emulation does not tell by a name which one is set.
        lambda _, now: now.preset is None or is_preset(now.preset, option),
        option=option,
    )


def _limit(stage: Stage, miner: Miner, *, is_former: bool) -> Order | None:
    """Return an order for less power, or for what it was before."""
    key = "number.power_limit"
    state = miner.state(stage.server.states, key)
    if (number := state.number) is None:
        return None
    audit = stage.devices[miner.name]
    if is_former:
        watts = audit.usual_limit
    else:
        audit.usual_limit = number
        low = float(state.attributes.get("min", number))
        watts = float(round(low + (number - low) * 0.75))
    if watts is None:
        return None
    # With some firmware, that is the best preset within the limit.
    least, most = watts * LIMIT_SHARE, watts * (1 + LIMIT_TOLERANCE) + 1
    return _plain(
        key,
        "set_value",
        lambda _, now: now.power_limit is not None and least <= now.power_limit <= most,
        value=watts,
    )
