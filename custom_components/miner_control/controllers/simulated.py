"""A miner that exists only as a physical model, for demos and tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import exp
from time import monotonic
from typing import Any, ClassVar, override

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from ..domain import ports
from ..domain.features import MinerFeatureType, MinerStatus
from ..domain.snapshot import Snapshot, readings_of
from ..domain.values import (
    DeviceInfo,
    Energy,
    FanSetting,
    FanSpeed,
    Firmware,
    Frequency,
    Hashboard,
    HashRate,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Temperature,
    Tuning,
    TuningRange,
    Voltage,
)
from .base import Capabilities, Controller, ControllerConfig
from .errors import ControllerUnreachableError, UnsupportedError

MAKE = "Miner Control"
MODEL = "Simulated miner"
BOARDS = 3
FANS = 4
CHIPS_PER_BOARD = 114
RATED_POWER = 3250.0
RATED_HASHRATE = 110.0
RATED_FREQUENCY = 675.0
IDLE_POWER = 45.0
AMBIENT = 25.0
# The room that it heats, on a cool day: warm at the preset that it starts with.
OUTDOORS = 5.0
ROOM = 21.0
MAX_FAN_RPM = 6000.0
MIN_FAN_PERCENT = 20
SHARES_PER_SECOND = 0.2
SHARE_DIFFICULTY = 131072
POOL = "stratum+tcp://pool.example:3333"

# Seconds that the model needs to cover most of the way to a new state.
RAMP_UP = 30.0
HEAT_UP = 90.0
ROOM_HEAT_UP = 3600.0

PRESETS: Mapping[str, float] = {"low": 1800.0, "normal": 2600.0, "high": RATED_POWER}
POWER_RANGE = (1200.0, RATED_POWER)
FREQUENCY_RANGE = (400.0, RATED_FREQUENCY)
VOLTAGE_RANGE = (12_500.0, 14_500.0)
RATED_VOLTAGE = 13_800.0
FIRMWARE = ("1.0.0", "1.1.0")
# What the room loses for each kelvin that it is warmer than outdoors, in W.
_ROOM_LOSS = PRESETS["normal"] / (ROOM - OUTDOORS)
_INTERVAL = timedelta(seconds=10)
_AUTOMATIC = FanSetting(percent=None, automatic=True)


@dataclass(slots=True)
class PhysicalModel:
    """Heat, ramp-up and hashing of an air-cooled miner of three boards.

    Times are seconds; `step` moves the model on. It has power while it is supplied
    and switched on.
    """

    supplied: bool = True
    switched_on: bool = True
    mining: bool = True
    limit: float = PRESETS["normal"]
    fan: FanSetting = _AUTOMATIC
    external_fan: int = 0
    locating: bool = False
    frequency: float = RATED_FREQUENCY
    voltage: float = RATED_VOLTAGE
    firmware: str = FIRMWARE[0]
    load: float = 0.0
    temperature: float = AMBIENT
    room: float = ROOM
    energy: float = 0.0
    uptime: float = 0.0
    shares: float = 0.0

    def step(self, seconds: float) -> None:
        """Let time pass."""
        target = self.target_load
        # Chips stop at once; only heat takes its time.
        before = self.load if target else 0.0
        self.load = _approach(before, target, seconds, RAMP_UP)
        # The integral of the load over the time, in seconds of full load.
        work = target * seconds + (before - self.load) * RAMP_UP
        if self.powered:
            joules = IDLE_POWER * seconds + (RATED_POWER - IDLE_POWER) * work
            self.energy += joules / 3_600_000
        self.uptime = self.uptime + seconds if self.powered else 0.0
        self.shares += SHARES_PER_SECOND * work
        heat = AMBIENT + 50 * self.load * (1.6 - 0.6 * self.fan_percent / 100)
        self.temperature = _approach(self.temperature, heat, seconds, HEAT_UP)
        warmth = OUTDOORS + self.power / _ROOM_LOSS
        self.room = _approach(self.room, warmth, seconds, ROOM_HEAT_UP)

    @property
    def powered(self) -> bool:
        """Tell whether the miner has power."""
        return self.supplied and self.switched_on

    @property
    def target_load(self) -> float:
        """Return the load that the miner works towards."""
        return self.set_load if self.powered and self.mining else 0.0

    @property
    def set_load(self) -> float:
        """Return the load that limit and clock allow."""
        return min(_load_at(self.limit), self.frequency / RATED_FREQUENCY)

    @property
    def power(self) -> float:
        """Return what the miner draws in W."""
        if not self.powered:
            return 0.0
        return IDLE_POWER + (RATED_POWER - IDLE_POWER) * self.load

    @property
    def hashrate(self) -> float:
        """Return the hash rate in TH/s."""
        return _hashrate_at(self.load)

    @property
    def expected_hashrate(self) -> float:
        """Return the hash rate that limit and clock allow, in TH/s."""
        return _hashrate_at(self.set_load)

    @property
    def fan_percent(self) -> float:
        """Return how fast the miner's own fans run."""
        if not self.powered:
            return 0.0
        if self.fan.automatic or self.fan.percent is None:
            return MIN_FAN_PERCENT + (100 - MIN_FAN_PERCENT) * self.load
        return self.fan.percent

    @property
    def fan_setting(self) -> FanSetting:
        """Return how the fans are set, with their speed now if they rule themselves."""
        percent = round(self.fan_percent) if self.fan.automatic else self.fan.percent
        return replace(self.fan, percent=percent)

    @property
    def status(self) -> MinerStatus:
        """Return what the miner says of itself."""
        if not self.powered:
            return MinerStatus.OFF
        if not self.mining:
            return MinerStatus.IDLE
        return MinerStatus.ON if self.load > 0 else MinerStatus.STARTING


class SimulatedController(
    ports.EveryMonitorPort,
    ports.MiningControlPort,
    ports.PowerControlPort,
    ports.InternalFanControlPort,
    ports.ExternalFanControlPort,
    ports.PowerLimitControlPort,
    ports.PresetControlPort,
    ports.RestartControlPort,
    ports.LocateControlPort,
    ports.TuningControlPort,
    ports.FirmwareUpdatePort,
    Controller,
):
    """Serve every feature from a physical model."""

    subentry_type: ClassVar[str] = "simulated"
    default_priority: ClassVar[int] = 10
    step: ClassVar[str] = "simulated"
    is_made_up: ClassVar[bool] = True
    needs_power: ClassVar[bool] = True

    def __init__(
        self,
        hass: HomeAssistant,
        config: ControllerConfig,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Start a model that has been mining for a while."""
        super().__init__(hass, config)
        self.model = PhysicalModel()
        self.model.step(10 * HEAT_UP)
        self._clock = clock
        self._stepped_at = clock()
        self.snapshot = _snapshot(self.model)

    @classmethod
    @override
    def stable_key(cls, data: Mapping[str, Any], title: str) -> str:
        """Return the name that the simulation was given first."""
        return f"{cls.subentry_type}_{data.get(CONF_NAME) or title}"

    @property
    @override
    def update_interval(self) -> timedelta | None:
        """Return how often the model moves on."""
        return _INTERVAL

    @property
    @override
    def is_mining(self) -> bool | None:
        """Tell whether the model mines."""
        return self.model.powered and self.model.mining

    @override
    def forget_connection(self) -> None:
        """Leave the model without power until it is read again."""
        self._advance()
        self._change(supplied=False)

    @override
    async def start_mining(self) -> None:
        """Let the model mine."""
        self._command(mining=True)

    @override
    async def stop_mining(self) -> None:
        """Let the model idle."""
        self._command(mining=False)

    @override
    async def turn_power_on(self) -> None:
        """Give the model power."""
        self._advance()
        self._change(switched_on=True)

    @override
    async def turn_power_off(self) -> None:
        """Take the model's power away."""
        self._advance()
        self._change(switched_on=False)

    @override
    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the model's fans."""
        if not setting.automatic:
            _require_within(setting.percent, 0, 100)
        self._command(fan=setting)

    @override
    async def set_external_fan(self, setting: FanSetting) -> None:
        """Set the external fan, which has power of its own."""
        self._advance()
        self._change(external_fan=_require_within(setting.percent, 0, 100))

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Limit the model's power."""
        self._command(limit=_require_within(watts, *POWER_RANGE))

    @override
    async def select_preset(self, preset: str) -> None:
        """Set the limit that belongs to a preset."""
        if preset not in PRESETS:
            raise UnsupportedError(f"{preset!r} is no preset of {self.title}")
        self._command(limit=PRESETS[preset])

    @override
    async def reboot(self) -> None:
        """Start the model again."""
        self._command(load=0.0, uptime=0.0)

    @override
    async def restart_mining(self) -> None:
        """Start the model's mining again."""
        self._command(load=0.0)

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off."""
        self._command(locating=locating)

    @override
    async def set_tuning(
        self, *, frequency: float | None = None, voltage: float | None = None
    ) -> None:
        """Set the clock and the voltage of the model's chips."""
        changes: dict[str, float] = {}
        if frequency is not None:
            changes["frequency"] = _require_within(frequency, *FREQUENCY_RANGE)
        if voltage is not None:
            changes["voltage"] = _require_within(voltage, *VOLTAGE_RANGE)
        self._command(**changes)

    @override
    async def install_firmware(self) -> None:
        """Run the latest firmware, after a restart."""
        self._command(firmware=FIRMWARE[-1], load=0.0, uptime=0.0)

    @override
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Let the time pass that has passed, and look at the model."""
        self._advance()
        self._change(supplied=True)
        return self.snapshot

    def _advance(self) -> None:
        """Let the time pass for the model that has passed."""
        now = self._clock()
        self.model.step(now - self._stepped_at)
        self._stepped_at = now

    def _command(self, **changes: Any) -> None:
        """Change the model; raise ControllerUnreachableError if it has no power."""
        self._advance()
        if not self.model.powered:
            raise ControllerUnreachableError(f"{self.title} has no power")
        self._change(**changes)

    def _change(self, **changes: Any) -> None:
        """Change the model's state, and show it at once."""
        for name, value in changes.items():
            setattr(self.model, name, value)
        self.model.step(0.0)
        self.snapshot = _snapshot(self.model)


def capabilities() -> Capabilities:
    """Return what the model can do: everything."""
    return Capabilities(
        features=SimulatedController.supported_features(),
        make=MAKE,
        model=MODEL,
        algorithm="SHA256",
        hashrate_unit="TH/s",
        boards=BOARDS,
        chips=CHIPS_PER_BOARD,
        fans=FANS,
        readings=tuple(sorted(readings_of(_snapshot(PhysicalModel())))),
    )


def _snapshot(model: PhysicalModel) -> Snapshot:
    """Return what the model's sensors would show."""
    rpm = FanSpeed(MAX_FAN_RPM * model.fan_percent / 100)
    return Snapshot(
        hashrate=HashRate(model.hashrate),
        expected_hashrate=HashRate(model.expected_hashrate),
        power=Power(model.power),
        status=model.status,
        chip_temperature=Temperature(model.temperature + 12 * model.load),
        board_temperature=Temperature(model.temperature),
        inlet_temperature=Temperature(AMBIENT),
        outlet_temperature=Temperature(AMBIENT + (model.temperature - AMBIENT) / 2),
        room_temperature=Temperature(model.room),
        internal_fan_speeds=(rpm,) * FANS,
        external_fan_speed=FanSpeed(MAX_FAN_RPM / 4 * model.external_fan / 100),
        voltage=Voltage(230.0 if model.powered else 0.0),
        frequency=Frequency(RATED_FREQUENCY * model.load),
        device_info=DeviceInfo(
            model=MODEL, make=MAKE, boards=BOARDS, chips=CHIPS_PER_BOARD, fans=FANS
        ),
        hashboards=(_hashboard(model),) * BOARDS,
        operation=OperationalData(
            uptime=timedelta(seconds=model.uptime),
            shares_accepted=int(model.shares),
            shares_rejected=int(model.shares / 500),
            blocks_found=0,
            # The best of so many shares is about as many times as hard as one.
            best_difficulty=float(int(model.shares) * SHARE_DIFFICULTY),
            active_pool=POOL if model.powered else None,
            errors=(),
        ),
        energy=Energy(model.energy),
        is_powered=model.powered,
        internal_fan=model.fan_setting,
        external_fan=FanSetting(model.external_fan),
        power_limit=PowerLimit(model.limit, *POWER_RANGE, step=10),
        presets=Presets(tuple(PRESETS), _preset(model.limit)),
        tuning=Tuning(
            frequency=_range(model.frequency, FREQUENCY_RANGE),
            voltage=_range(model.voltage, VOLTAGE_RANGE),
        ),
        firmware=Firmware(
            installed=model.firmware, latest=FIRMWARE[-1], can_install=True
        ),
        is_locating=model.powered and model.locating,
        max_power=Power(RATED_POWER),
        max_hashrate=HashRate(RATED_HASHRATE),
    )


def _hashboard(model: PhysicalModel) -> Hashboard:
    """Return one of the model's boards; all are alike."""
    return Hashboard(
        chip_temperature=Temperature(model.temperature + 12 * model.load),
        board_temperature=Temperature(model.temperature),
        voltage=Voltage(model.voltage / 1000 if model.load else 0.0),
        frequency=Frequency(RATED_FREQUENCY * model.load),
        hashrate=HashRate(model.hashrate / BOARDS),
        nominal_hashrate=HashRate(RATED_HASHRATE / BOARDS),
        chips=CHIPS_PER_BOARD,
    )


def _range(value: float, limits: tuple[float, float]) -> TuningRange:
    """Return a setting of the chips with its limits."""
    return TuningRange(value=value, minimum=limits[0], maximum=limits[1])


def _preset(limit: float) -> str | None:
    """Return the preset whose limit is set, if one is."""
    return next((name for name, watts in PRESETS.items() if watts == limit), None)


def _load_at(watts: float) -> float:
    """Return the load, from 0 to 1, at which a miner draws a power."""
    return (watts - IDLE_POWER) / (RATED_POWER - IDLE_POWER)


def _hashrate_at(load: float) -> float:
    """Return the hash rate in TH/s; a higher load costs efficiency."""
    return RATED_HASHRATE * load * (1.1 - 0.1 * load)


def _require_within[N: (int, float)](value: N | None, low: float, high: float) -> N:
    """Return a value; raise UnsupportedError if it is out of range."""
    if value is None or not low <= value <= high:
        raise UnsupportedError(f"{value} is not within {low:g} to {high:g}")
    return value


def _approach(
    value: float, target: float, seconds: float, time_constant: float
) -> float:
    """Return a value on its way to a target, as heat and charge go."""
    return target + (value - target) * exp(-seconds / time_constant)
