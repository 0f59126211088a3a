"""Have an emulated miner heat the house for a month, by a real thermostat."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from math import exp
from random import Random
from time import process_time
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.runtime import MinerControlConfigEntry
from emulation import EmulatedMiner
from tools.hurried import add_miner, entities, home, hurry, network

from .house import DAY, HOUR, STEP, House, Weather, comfort
from .kinds import Kind, full_watts

DAYS: Final = 30
# While the thermostat learns the room, nothing is counted.
LEARNING: Final = 2 * DAY
# How often the miner is polled, and the sensors of the room report.
POLL: Final = 120
REPORT: Final = 120.0
# What a sensor of the room is wrong by, and rounds to.
NOISE: Final = 0.03
RESOLUTION: Final = 0.1
# How long the heat of a miner takes to reach the air, in seconds.
HEAT_LAG: Final = 240.0
# By how many K the full power of each miner can keep its house warmer than outdoors.
SPAN: Final = 26.0
# How often the course is noted, in seconds.
NOTED: Final = 600.0
# How often a decision is taken to see how long that takes.
_DECISIONS: Final = 200
_JOULES_PER_KWH: Final = 3_600_000.0

# What heating looks at; all else is turned off, for it only costs time.
_FEATURES: Final = frozenset(
    {
        MinerFeatureType.CHIP_TEMPERATURE_MONITORING,
        MinerFeatureType.HASHRATE_MONITORING,
        MinerFeatureType.MAX_POWER_DETECTION,
        MinerFeatureType.MINING_CONTROL,
        MinerFeatureType.OPERATIONAL_MONITORING,
        MinerFeatureType.POWER_LIMIT_CONTROL,
        MinerFeatureType.POWER_MONITORING,
        MinerFeatureType.PRESET_CONTROL,
        MinerFeatureType.STATUS_MONITORING,
    }
)
_ROOM: Final = "sensor.room"
_OUTDOORS: Final = "sensor.outdoors"
_METER: Final = "sensor.meter"
_MINER: Final = "miner"


class By(StrEnum):
    """Whose thermostat rules."""

    OURS = "ours"
    GENERIC = "generic"


@dataclass(slots=True)
class Month:
    """What came of a month: K, starts, kWh and seconds.

    The course holds days, degrees of the room and wanted, W, degrees outdoors, and
    why.
    """

    kind: str
    by: str
    deviation: float
    overshoot: float
    starts_a_day: float
    most_starts: int
    quick: int
    kilowatt_hours: float
    decision: float
    course: list[tuple[float, float, float, float, float, str]]


@dataclass(slots=True)
class Count:
    """Count how well a room is heated.

    The deviation is that of the room from what is wanted while the miner could do
    something about it: not while the house cools down with the miner at rest, nor
    while it warms up with all power. The overshoot is how far the room got above the
    target by the miner's own heat.
    """

    full: float
    off_by: list[float] = field(default_factory=list)
    above: float = 0.0
    started: list[float] = field(default_factory=list)
    course: list[tuple[float, float, float, float, float, str]] = field(
        default_factory=list
    )
    _last_heated: float = 0.0
    _wanted: float | None = None
    _reached: bool = False

    def note(self, now: float, air: float, target: float, watts: float) -> None:
        """Note how warm it is."""
        if target != self._wanted:
            self._wanted, self._reached = target, False
        # Reached from whichever side: from then on the thermostat is to blame.
        self._reached = self._reached or abs(air - target) <= 0.3
        if watts > self.full / 4:
            self._last_heated = now
        if now >= LEARNING and self._reached:
            self.off_by.append(abs(air - target))
            if now - self._last_heated <= HOUR:
                self.above = max(self.above, air - target)

    @property
    def most_starts(self) -> int:
        """Return the most starts within any 24 hours."""
        return max(
            (
                sum(start <= at < start + DAY for at in self.started)
                for start in self.started
            ),
            default=0,
        )


def heat(
    kind: Kind,
    by: By,
    address: str,
    *,
    days: float = DAYS,
    has_outdoor_sensor: bool = True,
) -> Month:
    """Heat the house for some days, and return how well that went."""
    return hurry(
        lambda: _heat(
            kind, by, address, days=days, has_outdoor_sensor=has_outdoor_sensor
        )
    )


async def _heat(
    kind: Kind, by: By, address: str, *, days: float, has_outdoor_sensor: bool
) -> Month:
    """Heat the house in a time that leaps."""
    async with home() as hass, kind.device(address) as device:
        device.draw(lag=kind.lag)
        living = Living(hass, kind, device)
        living.report()
        entry = await _add(hass, kind, device, by, has_outdoor_sensor)
        mining = _id_of(hass, "switch", "mining")
        if by is By.OURS:
            thermostat = _id_of(hass, "climate", "thermostat")
        else:
            thermostat = await _add_generic(hass, mining)
        await living.live(thermostat, days * DAY)
        settings = entry.runtime_data.coordinator.power_target.reach
        settle = settings.settle if settings else 0.0
        return living.month(by, settle, _time_of_decision(entry))


class Living:
    """Let time pass in a house that a miner heats.

    The house is as large as the miner is strong.
    """

    def __init__(self, hass: HomeAssistant, kind: Kind, device: EmulatedMiner) -> None:
        """Begin with a miner that mines, as most do that are plugged in."""
        self._hass, self._kind, self._device = hass, kind, device
        self._house, self._weather = House(), Weather()
        full = full_watts(device)
        self._size = full / (self._house.loss * SPAN)
        self._count = Count(full)
        self._random = Random(16)  # noqa: S311 - it makes noise
        self._now, self._heat = 0.0, 0.0
        self._first_energy = self._energy = device.energy
        self._began, self._mined = device.clock.now(), device.mining
        self._starts, self._told = device.machine.starts, 0

    async def live(self, thermostat: str, seconds: float) -> None:
        """Let the seconds pass, and set the thermostat as a family would."""
        loop = asyncio.get_running_loop()
        begin, wanted = loop.time(), None
        while self._now < seconds:
            if (target := comfort(self._now)) != wanted:
                wanted = target
                await self._set(thermostat, target)
            if self._now % REPORT == 0:
                self.report()
            if self._now % NOTED == 0:
                self._note_course(thermostat, target)
            await asyncio.sleep(max(0.0, begin + self._now + STEP - loop.time()))
            self._step(target)

    def report(self) -> None:
        """Have the sensors report what they see of house, weather and miner."""
        noisy = self._house.air + self._random.gauss(0, NOISE)
        room = round(noisy / RESOLUTION) * RESOLUTION
        self._show(_ROOM, room, "°C", "temperature")
        if self._now % NOTED == 0:
            outdoors = self._weather.outdoors(self._now)
            self._show(_OUTDOORS, outdoors, "°C", "temperature")
        if not self._kind.has_meter:
            self._show(_METER, self._device.watts, "W", "power")

    def _show(self, name: str, value: float, unit: str, device_class: str) -> None:
        """Have a sensor show something."""
        attributes = {"unit_of_measurement": unit, "device_class": device_class}
        self._hass.states.async_set(name, f"{value:.1f}", attributes)

    def month(self, by: By, settle: float, decision: float) -> Month:
        """Return what came of it."""
        count = self._count
        return Month(
            kind=self._kind.key,
            by=by,
            deviation=sum(count.off_by) / max(len(count.off_by), 1),
            overshoot=count.above,
            starts_a_day=len(count.started) / (self._now / DAY),
            most_starts=count.most_starts,
            quick=self._quick(settle),
            kilowatt_hours=self._device.energy - self._first_energy,
            decision=decision,
            course=count.course,
        )

    @property
    def _steps(self) -> list[float]:
        """Return when the device was told another power."""
        step, device = self._kind.step, self._device
        if step is None:
            return []
        told = zip(device.told_at, device.commands, strict=True)
        return [at for at, command in told if step in command and at >= self._began]

    def _quick(self, settle: float) -> int:
        """Return how many steps came before the one before had settled."""
        return sum(later - at < settle for at, later in pairwise(self._steps))

    async def _set(self, thermostat: str, target: float) -> None:
        """Have the thermostat aim at a temperature."""
        data = {"entity_id": thermostat, "temperature": target, "hvac_mode": "heat"}
        await self._hass.services.async_call(
            "climate", "set_temperature", data, blocking=True
        )

    def _step(self, target: float) -> None:
        """Let the house take up what the miner gave meanwhile."""
        energy = self._device.energy
        watts = (energy - self._energy) * _JOULES_PER_KWH / STEP
        self._energy = energy
        self._heat += (watts - self._heat) * (1 - exp(-STEP / HEAT_LAG))
        heat = self._heat / self._size + self._weather.sun(self._now)
        self._house.step(STEP, heat, self._weather.outdoors(self._now))
        self._now += STEP
        self._note_starts()
        self._count.note(self._now, self._house.air, target, watts)

    def _note_starts(self) -> None:
        """Note how often mining has started since it was looked at last."""
        before, self._starts = self._starts, self._device.machine.starts
        told, self._told = self._told, len(self._steps)
        started = self._starts - before
        if self._kind.step_is_start and self._mined:
            started += self._told - told
        self._count.started += [self._now] * started
        self._mined = self._device.mining

    def _note_course(self, thermostat: str, target: float) -> None:
        """Note how the room is, and why the thermostat does what it does."""
        state = self._hass.states.get(thermostat)
        told = state.attributes if state else {}
        self._count.course.append(
            (
                round(self._now / DAY, 5),
                round(self._house.air, 3),
                target,
                round(self._device.watts),
                round(self._weather.outdoors(self._now), 1),
                str(told.get("reason") or told.get("hvac_action")),
            )
        )


async def _add(
    hass: HomeAssistant,
    kind: Kind,
    device: EmulatedMiner,
    by: By,
    has_outdoor_sensor: bool,  # noqa: FBT001 - named where it counts
) -> MinerControlConfigEntry:
    """Set the miner up, with the thermostat if it is that one's turn."""
    heating: dict[str, object] = {"enabled": by is By.OURS}
    if kind.can_slow_down:
        # It heats with what it draws usually, and does not overclock for that.
        heating["max_power"] = device.target_watts * 1.04
    if has_outdoor_sensor:
        heating["outdoor_sensor"] = _OUTDOORS
    chosen = {MinerFeatureType.ROOM_TEMPERATURE_MONITORING: _ROOM}
    if not kind.has_meter:
        chosen[MinerFeatureType.POWER_MONITORING] = _METER
    found = await network(hass, device.address, "pyasic", scan_interval=POLL)
    features = found["data"]["features"]
    for feature in features.keys() - _FEATURES:
        features[feature]["enabled"] = False
    options = {"heating": heating}
    return await add_miner(hass, _MINER, found, entities(chosen), options=options)


async def _add_generic(hass: HomeAssistant, heater: str) -> str:
    """Set up Home Assistant's generic thermostat as its own dialogs do."""
    half_an_hour = {"hours": 0, "minutes": 30, "seconds": 0}
    answers: list[dict[str, object]] = [
        {
            "name": "generic",
            "ac_mode": False,
            "heater": heater,
            "target_sensor": _ROOM,
            "cold_tolerance": 0.3,
            "hot_tolerance": 0.3,
            "min_cycle_duration": half_an_hour,
            "cycle_cooldown": half_an_hour,
        },
        {},
    ]
    flows = hass.config_entries.flow
    flow = await flows.async_init("generic_thermostat", context={"source": "user"})
    for answer in answers:
        flow = await flows.async_configure(flow["flow_id"], answer)
    if flow["type"] != "create_entry":
        raise RuntimeError(f"no generic thermostat: {flow}")
    await hass.async_block_till_done()
    registry, entry_id = er.async_get(hass), flow["result"].entry_id
    (entity,) = er.async_entries_for_config_entry(registry, entry_id)
    return entity.entity_id


def _id_of(hass: HomeAssistant, domain: str, key: str) -> str:
    """Return the id of an entity of the miner."""
    registry = er.async_get(hass)
    found = registry.async_get_entity_id(domain, DOMAIN, f"{_MINER}_{key}")
    if found is None:
        raise RuntimeError(f"there is no {key}")
    return found


def _time_of_decision(entry: MinerControlConfigEntry) -> float:
    """Return the seconds of processor time of a look at the room with its decision."""
    thermostat = entry.runtime_data.thermostat
    if thermostat is None:
        return 0.0
    begin = process_time()
    for _ in range(_DECISIONS):
        thermostat.look()
    return (process_time() - begin) / _DECISIONS
