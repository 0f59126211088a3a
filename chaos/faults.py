"""All faults: how each begins and ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
import glob
from typing import Final

from emulation.axeos.live import NAME as LIVE
from emulation.faults import Fault
from tools.home.client import Client
from tools.home.errors import HomeError
from tools.home.miners import DOMAIN

from . import miners as home
from .fleet import KINDS
from .miners import Miner
from .schedule import FAULTS, PLUG_REMOVED, Event
from .stage import Stage
from .troubles import Part

type Action = Callable[[Stage, Miner], AbstractAsyncContextManager[None]]

_POWER: Final = "power_monitoring"
# The priority by which the miner's own word goes before the plug's.
ABOVE_PLUG = 90
# What a frame can be that nobody can read.
SPOILT = (Fault.TRUNCATE, Fault.GARBAGE, Fault.EMPTY)
ATTEMPTS = 6
BETWEEN_ATTEMPTS = 3.0
READY_WITHIN = 15
# Whatever keeps a device from being linked is over within this time.
LINKED_WITHIN = 300.0


@dataclass(frozen=True)
class Kind:
    """How a fault is brought about, and what it troubles meanwhile."""

    action: Action
    parts: Part
    backs_off: bool = False


async def happen(stage: Stage, event: Event) -> None:
    """Let a fault begin and end, and note when it did."""
    await stage.until(event.begin)
    kind, miner = KINDS_OF_FAULTS[event.kind], stage.miners[event.miner]
    trouble = stage.chronicle(miner).begin(
        event.kind, kind.parts, stage.now, backs_off=kind.backs_off
    )
    try:
        async with kind.action(stage, miner):
            await stage.until(event.end)
    finally:
        trouble.end = stage.now


@asynccontextmanager
async def _network(fault: Fault, stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Spoil what the device answers, or whether it does."""
    await stage.fleet.tell(miner.device, "fault", fault=fault.value)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "fault", fault=None)


@asynccontextmanager
async def _question_hangs(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Leave one of the questions without an answer that the device was ever asked."""
    questions = await stage.fleet.questions_to(miner.device)
    one = glob.escape(stage.random.choice(questions))
    await stage.fleet.tell(miner.device, "fault", fault=Fault.HANG.value, on=one)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "fault", fault=None)


@asynccontextmanager
async def _push_fails(
    faults: Sequence[Fault], stage: Stage, miner: Miner
) -> AsyncIterator[None]:
    """Spoil what the device tells by itself, where it does, and nothing else."""
    fault = stage.random.choice(faults)
    await stage.fleet.tell(miner.device, "fault", fault=fault.value, on=LIVE)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "fault", fault=None)


@asynccontextmanager
async def _foreign_network(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Have a device that answers its own network alone take all others for strangers.

    Kinds that answer everybody go on doing that.
    """
    await stage.fleet.tell(miner.device, "foreign", on=True)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "foreign", on=False)


@asynccontextmanager
async def _session_ended(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Have the device forget who has logged in."""
    await stage.fleet.tell(miner.device, "sessions")
    yield


@asynccontextmanager
async def _stranger(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Have another device answer at the address: of the same kind half of the time."""
    is_like = int(miner.name[1:]) % 2
    kind = miner.kind if is_like else next(k for k in KINDS if k != miner.kind)
    await stage.fleet.tell(miner.device, "stranger", kind=kind)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "stranger", kind=None)


@asynccontextmanager
async def _plug_unavailable(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Take the plug's interface away, but not while Home Assistant starts.

    A plug that answers with an error then is not looked at until the next start.
    """
    breaking = asyncio.create_task(_break_plug(stage, miner))
    try:
        yield
    finally:
        breaking.cancel()
        await asyncio.gather(breaking, return_exceptions=True)
        await stage.fleet.tell(miner.device, "plug", available=True)


async def _break_plug(stage: Stage, miner: Miner) -> None:
    """Have a plug answer with an error whenever Home Assistant is up."""
    while True:
        await stage.server.until_up()
        await stage.fleet.tell(miner.device, "plug", available=False)
        await stage.server.until_down()
        await stage.fleet.tell(miner.device, "plug", available=True)


@asynccontextmanager
async def _plug_frozen(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Have the plug's meter show the same all the time."""
    await stage.fleet.tell(miner.device, "plug", frozen=True)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "plug", frozen=False)


@asynccontextmanager
async def _plug_removed(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Remove the plug's entities, which come back with the next start."""
    plug = miner.device.plug

    async def remove(client: Client) -> None:
        """Remove each of them."""
        for entity_id in (plug.power, plug.energy, plug.switch):
            await client.call("config/entity_registry/remove", entity_id=entity_id)

    await stage.at_home(remove)
    begin = stage.server.starts
    yield
    await stage.server.wait_for_start_after(begin)


@asynccontextmanager
async def _plug_in_kilowatts(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Have the plug's power shown in kW."""
    await _show_power_in(stage, miner, "kW")
    yield
    with suppress(HomeError):
        await _show_power_in(stage, miner, "W")


async def _show_power_in(stage: Stage, miner: Miner, unit: str) -> None:
    """Set the unit that a user chose for the plug's power."""
    stage.note_moment(miner, f"plug in {unit}", Part.PLUG)
    await stage.at_home(
        lambda client: client.call(
            "config/entity_registry/update",
            entity_id=miner.device.plug.power,
            options_domain="sensor",
            options={"unit_of_measurement": unit},
        )
    )


@asynccontextmanager
async def _plug_renamed(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Give the plug's entities other ids, and then the former ones."""
    plug = miner.device.plug
    ids = {one: home.renamed_id(one) for one in (plug.power, plug.switch)}
    await _rename(stage, miner, ids)
    yield
    # The registry is written late: a sudden end may have undone it already.
    with suppress(HomeError):
        await _rename(stage, miner, {new: old for old, new in ids.items()})


async def _rename(stage: Stage, miner: Miner, ids: dict[str, str]) -> None:
    """Give entities other ids."""

    async def rename(client: Client) -> None:
        """Rename each of them."""
        for old, new in ids.items():
            await client.call(
                "config/entity_registry/update", entity_id=old, new_entity_id=new
            )

    stage.note_moment(miner, "renamed", Part.PLUG)
    await stage.at_home(rename)


@asynccontextmanager
async def _plug_switched(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Switch the plug off by its button, and on again."""
    await stage.fleet.tell(miner.device, "power", on=False)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "power", on=True)


@asynccontextmanager
async def _power_cut(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Cut the power of the plug and of what hangs on it."""
    await stage.fleet.tell(miner.device, "power", on=False, at_wall=True)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "power", on=True, at_wall=True)


@asynccontextmanager
async def _reboot(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Press the button that restarts the device."""
    await stage.fleet.tell(miner.device, "reboot")
    yield


@asynccontextmanager
async def _paused(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Stop mining by the device's own page, and go on with it."""
    await stage.fleet.tell(miner.device, "mining", on=False)
    try:
        yield
    finally:
        await stage.fleet.tell(miner.device, "mining", on=True)


@asynccontextmanager
async def _unlinked(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Unlink the controller that asks the device, and link it again."""
    async with miner.linking:
        await stage.at_home(lambda client: home.unlink(client, miner, "network"))
        yield
        await _patiently(stage, miner, home.link_network)
        # The miner is set up anew meanwhile, and answers nobody for a moment.
        await _patiently(stage, miner, home.arrange_network)


@asynccontextmanager
async def _plug_unlinked(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Unlink the controller of the plug, and link it again."""
    async with miner.linking:
        await stage.at_home(lambda client: home.unlink(client, miner, "entities"))
        yield
        await _patiently(stage, miner, home.link_plug)


async def _patiently(stage: Stage, miner: Miner, link: Callable[..., object]) -> None:
    """Link something as soon as the device is there to be looked at.

    An emergency stop cuts the power of what cannot be stopped otherwise, until it ends.
    Who answers wrongly would be taken for another device.
    """
    for attempt in range(ATTEMPTS):
        async with asyncio.timeout(LINKED_WITHIN):
            while _is_kept_from_linking(stage, miner):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(1.0)
        await stage.server.until_whole()
        await wake(stage, miner)
        try:
            await stage.at_home(partial(_linked, stage, link, miner))
        except HomeError as error:
            if attempt == ATTEMPTS - 1:
                raise HomeError(f"{miner.device.name}: {error}") from error
            await asyncio.sleep(BETWEEN_ATTEMPTS)
        else:
            return


def _is_kept_from_linking(stage: Stage, miner: Miner) -> bool:
    """Tell whether an emergency stop holds, or a fault of the miner's network."""
    open_now = stage.chronicle(miner).touching(stage.now, stage.now, Part.API)
    is_spoilt = any(trouble.kind in _SPOILING for trouble in open_now)
    return is_spoilt or stage.is_latched(miner)


async def _linked(
    stage: Stage, link: Callable[..., object], miner: Miner, client: Client
) -> None:
    """Link something by a flow, unless another protocol would be linked then."""
    if not stage.server.is_whole or _is_kept_from_linking(stage, miner):
        raise HomeError("a library or its network is broken by now")
    await link(client, miner)  # type: ignore[misc]


async def wake(stage: Stage, miner: Miner) -> None:
    """See that a device runs, whatever it was told before."""
    await stage.fleet.tell(miner.device, "power", on=True)
    for _ in range(READY_WITHIN):
        if (await stage.fleet.truth_of(miner.device)).ready:
            break
        await asyncio.sleep(1.0)
    await stage.fleet.tell(miner.device, "mining", on=True)
    await asyncio.sleep(1.0)


@asynccontextmanager
async def _priorities(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Have the miner's own word go before that of the plug, and after it again."""
    known = stage.oracle.miners[miner.name]
    usual = [*known.power_order]
    others = [title for title in usual if title != miner.network_title]
    ranking = stage.bindings[miner.name].get(_POWER, {})
    if miner.network_title not in ranking:
        yield
        return
    before, _ = ranking[miner.network_title]
    await _rank(stage, miner, ABOVE_PLUG, [miner.network_title, *others])
    yield
    await _rank(stage, miner, before, usual)


async def _rank(stage: Stage, miner: Miner, priority: int, order: list[str]) -> None:
    """Set the priority of the device's own word on power."""
    title, bindings = miner.network_title, stage.bindings[miner.name]
    stage.note_moment(miner, "ranked", Part.HOME)
    await stage.at_home(
        lambda client: client.act(
            DOMAIN,
            "set_feature",
            config_entry_id=miner.entry_id,
            controller=title,
            feature_type=_POWER,
            priority=priority,
        )
    )
    changed = {**bindings[_POWER], title: (priority, True)}
    stage.bindings[miner.name] = {**bindings, _POWER: changed}
    stage.oracle.miners[miner.name].power_order = order
    stage.note_moment(miner, "ranked", Part.HOME)


@asynccontextmanager
async def _reloaded(stage: Stage, miner: Miner) -> AsyncIterator[None]:
    """Reload the entry of the miner."""
    await stage.at_home(
        lambda client: client.act(
            "homeassistant", "reload_config_entry", entry_id=miner.entry_id
        )
    )
    yield


_NETWORK: Final = Part.API
# What spoils the answers of a device, or takes them away.
_SPOILING: Final = frozenset(FAULTS) - {"unlinked", "power cut"}
_OTHERS: Final[dict[str, Kind]] = {
    "question hangs": Kind(_question_hangs, Part.API),
    "session ended": Kind(_session_ended, Part.NONE),
    # Whoever does not hear is to ask, so that nothing is late.
    "push dropped": Kind(partial(_push_fails, (Fault.RESET,)), Part.NONE),
    "push stalled": Kind(partial(_push_fails, (Fault.HANG,)), Part.NONE),
    "push garbled": Kind(partial(_push_fails, SPOILT), Part.NONE),
    "foreign network": Kind(_foreign_network, Part.API, backs_off=True),
    "stranger": Kind(_stranger, Part.API, backs_off=True),
    "plug unavailable": Kind(_plug_unavailable, Part.PLUG),
    "plug frozen": Kind(_plug_frozen, Part.PLUG),
    PLUG_REMOVED: Kind(_plug_removed, Part.PLUG),
    "plug in kW": Kind(_plug_in_kilowatts, Part.NONE),
    "plug renamed": Kind(_plug_renamed, Part.NONE),
    "plug switched": Kind(_plug_switched, Part.BODY),
    "power cut": Kind(_power_cut, Part.API | Part.PLUG | Part.BODY, backs_off=True),
    "reboot": Kind(_reboot, Part.BODY),
    "paused": Kind(_paused, Part.BODY),
    "unlinked": Kind(_unlinked, Part.API | Part.HOME | Part.BODY),
    "plug unlinked": Kind(_plug_unlinked, Part.PLUG | Part.HOME | Part.BODY),
    "priorities": Kind(_priorities, Part.NONE),
    "reloaded": Kind(_reloaded, Part.HOME),
}
KINDS_OF_FAULTS: Final[dict[str, Kind]] = _OTHERS | {
    name: Kind(partial(_network, Fault(name)), _NETWORK, backs_off=True)
    for name in FAULTS
    if name not in _OTHERS
}
