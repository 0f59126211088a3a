"""Have miners begin one after the other when Home Assistant starts."""

from asyncio import Lock, Semaphore, get_running_loop
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

# How many devices are asked for the first time at once; more would hold up all else.
AT_A_TIME = 4
# How long one keeps its turn, in seconds; those that do not answer hold up nobody.
PATIENCE = 0.2

_TURNS: HassKey[Semaphore] = HassKey(f"{DOMAIN}_first_turns")
_ENTITIES_TURN: HassKey[Lock] = HassKey(f"{DOMAIN}_entities_turn")


@asynccontextmanager
async def first_turn(hass: HomeAssistant) -> AsyncIterator[None]:
    """Wait for a turn, and give it back at the end or when patience is."""
    turns = hass.data.setdefault(_TURNS, Semaphore(AT_A_TIME))
    await turns.acquire()
    end = ExitStack()
    end.callback(turns.release)
    # It closes only once, whoever comes first.
    timer = get_running_loop().call_later(PATIENCE, end.close)
    try:
        yield
    finally:
        timer.cancel()
        end.close()


def entities_turn(hass: HomeAssistant) -> Lock:
    """Return what is held while the entities of one miner are added.

    Where nothing has to be waited for, all miners would add theirs in one piece.
    """
    return hass.data.setdefault(_ENTITIES_TURN, Lock())
