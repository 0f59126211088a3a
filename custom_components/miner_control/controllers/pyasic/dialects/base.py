"""What every firmware has in common, as pyasic speaks to it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import inf, isfinite
from statistics import fmean
from typing import Any, ClassVar

from ....const import LOGGER
from ....domain.features import MinerFeatureType
from ....domain.values import (
    FanSetting,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    Voltage,
)
from ...errors import CommandRefusedError, UnsupportedError
from ...snapshot import Snapshot
from ..adapter import PyasicDevice, tell
from ..limits import in_short
from ..rounds import Lasting

VOLTAGE = MinerFeatureType.VOLTAGE_MONITORING
FREQUENCY = MinerFeatureType.FREQUENCY_MONITORING
STATUS = MinerFeatureType.STATUS_MONITORING
MINING = MinerFeatureType.MINING_CONTROL
FAN = MinerFeatureType.INTERNAL_FAN_CONTROL
BOARDS = MinerFeatureType.HASHBOARD_MONITORING
OPERATION = MinerFeatureType.OPERATIONAL_MONITORING
POWER_LIMIT = MinerFeatureType.POWER_LIMIT_CONTROL
PRESET = MinerFeatureType.PRESET_CONTROL
RESTART = MinerFeatureType.RESTART_CONTROL
LOCATE = MinerFeatureType.LOCATE_CONTROL
MAX_POWER = MinerFeatureType.MAX_POWER_DETECTION
MAX_HASHRATE = MinerFeatureType.MAX_HASHRATE_DETECTION

# Whoever stops a miner has to see whether it stopped.
NEEDS_STATUS = frozenset({STATUS, MINING})

# Bitmain's older interface, which many firmwares kept; pyasic takes the boards'
# sensors for the chips' there, and the reverse.
_SWAPS_SENSORS = frozenset({"BMMiner", "AntminerOld"})

# No counter goes further: beyond it, JSON does not hold whole numbers exactly.
_MOST_THINGS = 2**53

# A hash has 256 bits; a share of difficulty 1 begins with 32 that are zero.
_MOST_DIFFICULT = 2.0**224

# No miner has so many boards.
_MOST_SLOTS = 64

type Features = frozenset[MinerFeatureType]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSensors:
    """Where pyasic's boards hold which temperature; None where they do not."""

    chip: str | None = "chip_temp"
    board: str | None = "temp"
    inlet: str | None = "inlet_temp"
    outlet: str | None = "outlet_temp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """By what a device can be known, as it tells it; None where it does not."""

    mac: object = None
    serial: str | None = None


class Dialect:
    """Firmware that pyasic speaks to without known oddities."""

    # Class names of pyasic that this dialect is for.
    backends: ClassVar[frozenset[str]] = frozenset()
    # What it adds to pyasic's plain data.
    features: ClassVar[Features] = frozenset()
    # Whether it reads the status itself, so that pyasic need not.
    reads_status: ClassVar[bool] = False
    # Whether pyasic's `env_temp` is the temperature of the air that flows in.
    has_intake_sensor: ClassVar[bool] = True
    # Whether a device without a MAC address has only failed to tell it.
    always_has_mac: ClassVar[bool] = False
    # Features with whose readings the device also shows which one it is.
    showing_identity: ClassVar[Features] = frozenset()
    # What of pyasic's data, beyond its readings, tells facts that features rest on.
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {
        OPERATION: frozenset({"pools", "errors"}),
        LOCATE: frozenset({"fault_light"}),
    }
    # Questions whose answers do not change while the device runs.
    lasting: ClassVar[Lasting] = {}
    # The most power in W that linking saw.
    rated_power: float | None = None

    def __init__(self, device: PyasicDevice) -> None:
        """Speak to a device."""
        self.device = device
        self.miner = device.miner
        # Whether the answer that tells the status was missing from the last reading.
        self.lacks_status = False
        # What is written here is known again after a restart.
        self.memory: MutableMapping[str, Any] = {}

    @property
    def supported(self) -> Features:
        """Return what the firmware can do beyond monitoring pyasic's data."""
        implements = self.device.implements
        possible = {
            MINING: implements("stop_mining"),
            LOCATE: implements("fault_light_on"),
            RESTART: self.can_reboot or self.can_restart_mining,
        }
        return self.features | {feature for feature, can in possible.items() if can}

    @property
    def can_reboot(self) -> bool:
        """Tell whether the device can be restarted."""
        return self.device.implements("reboot")

    @property
    def can_restart_mining(self) -> bool:
        """Tell whether mining can be restarted without the device."""
        return self.device.implements("restart_backend")

    @property
    def trusts_is_mining(self) -> bool:
        """Tell whether pyasic's `is_mining` is the device's word; True by default."""
        return not self.reads_status and self.device.implements("_is_mining")

    @property
    def board_sensors(self) -> BoardSensors:
        """Return where to find the temperatures of boards."""
        if self.device.implementer("_get_hashboards") in _SWAPS_SENSORS:
            return BoardSensors(chip="temp", board="chip_temp")
        return BoardSensors()

    def round(self, wanted: Features) -> AbstractContextManager[None]:
        """Ask each question once for as long as features are read."""
        return self.device.round(self.lasting, self.asked_along(wanted))

    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what `read_extras` asks the RPC interface beyond pyasic's data."""
        return frozenset({"summary"} if OPERATION in wanted else ())

    async def read_data(self, items: Iterable[str]) -> Any:
        """Read pyasic's plain data."""
        return await self.device.get_data(frozenset(items))

    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read what pyasic leaves out or has wrong, as far as it is wanted."""
        return Snapshot(operation=await self.read_counters(wanted))

    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read what changes rarely: pools, errors, presets, lights."""
        items = frozenset[str]().union(
            *(self.fact_items.get(feature, ()) for feature in wanted)
        )
        if not items:
            return Snapshot()
        # Some firmware's light stays on for pyasic once it was seen to be.
        self.miner.light = None
        data = await self.read_data(items)
        return Snapshot(
            operation=OperationalData(
                active_pool=_active_pool(data.pools),
                errors=tuple(_described(error) for error in data.errors)
                if "errors" in items
                else None,
            ),
            is_locating=data.fault_light if "fault_light" in items else None,
        )

    async def read_counters(self, wanted: Features) -> OperationalData | None:
        """Read the counters that cgminer and its kin have, and pyasic leaves out."""
        call = getattr(self.miner.rpc, "summary", None)
        if OPERATION not in wanted or call is None:
            return None
        return counters(first((await answer_to(call)).get("SUMMARY")))

    async def read_signs(self) -> Signs:
        """Read by what the device is known, at the least cost within a round."""
        return Signs()

    async def read_mac(self) -> object:
        """Read the MAC address as the device tells it."""
        return (await self.read_data({"mac"})).mac

    async def read_serial(self) -> str | None:
        """Read what tells this device from all others that have no MAC address."""
        serial = (await self.read_data({"serial_number"})).serial_number
        return str(serial) if serial else None

    async def read_firmware_version(self) -> str | None:
        """Read the version of the firmware where pyasic reads something else."""
        return None

    async def refuses_login(self) -> bool:
        """Ask the device whether it refuses the login; False if it says no such thing.

        Only firmware that pyasic is vague about has to be asked.
        """
        return False

    async def start_mining(self) -> None:
        """Let the device mine."""
        await self._command("resume_mining")

    async def stop_mining(self) -> None:
        """Stop mining."""
        await self._command("stop_mining")

    async def set_fan(self, setting: FanSetting) -> None:  # noqa: ARG002
        """Set the fans; raise UnsupportedError where the firmware cannot."""
        raise UnsupportedError(f"{self.miner} has no fan control")

    async def set_power_limit(self, watts: float) -> None:  # noqa: ARG002
        """Limit the power; raise UnsupportedError where the firmware cannot."""
        raise UnsupportedError(f"{self.miner} has no power limit")

    async def select_preset(self, preset: str) -> None:
        """Set a mode or preset; raise UnsupportedError where there is no such."""
        raise UnsupportedError(f"{self.miner} has no preset {preset!r}")

    async def reboot(self) -> None:
        """Restart the device."""
        await self._command("reboot")

    async def restart_mining(self) -> None:
        """Restart mining, and leave the device up."""
        await self._command("restart_backend")

    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light by which the device is found on or off."""
        await self._command("fault_light_on" if locating else "fault_light_off")

    async def _command(self, method: str) -> None:
        """Give one of pyasic's commands; raise CommandRefusedError if refused."""
        if await tell(getattr(self.miner, method)) is False:
            raise CommandRefusedError(f"{self.miner} refused {method}")


async def answer_to(call: Callable[..., Awaitable[Any]], *args: Any) -> dict[str, Any]:
    """Return the answer to one of the library's reads, empty if there is none.

    What is read beyond the plain data may be missing without harm to the rest.
    """
    return section(await _answer_to(call, *args))


async def rows_from(call: Callable[..., Awaitable[Any]]) -> list[dict[str, Any]]:
    """Return the answer to a read that is a list of objects, empty if there is none."""
    return rows(await _answer_to(call))


async def _answer_to(call: Callable[..., Awaitable[Any]], *args: Any) -> object:
    """Return the answer to a read, None if there is none."""
    try:
        return await call(*args)
    except Exception as err:  # noqa: BLE001 - the library raises what comes up
        LOGGER.debug("No answer to %s: %s", call, in_short(err))
        return None


def section(value: object) -> dict[str, Any]:
    """Return a part of an answer that should be an object, empty if it is not."""
    return dict(value) if isinstance(value, Mapping) else {}


def rows(value: object) -> list[dict[str, Any]]:
    """Return a part of an answer that should be a list of objects."""
    return [section(item) for item in value] if isinstance(value, list) else []


def first(value: object) -> dict[str, Any]:
    """Return the first of a list of objects, empty if there is none."""
    return next(iter(rows(value)), {})


def number(value: object) -> float | None:
    """Return a finite number that a device may also write as text, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError, OverflowError:
        return None
    return found if isfinite(found) else None


def frequency(values: Iterable[object]) -> Frequency | None:
    """Return the mean of the clocks in MHz that are above zero."""
    clocks = [clock for value in values if (clock := number(value))]
    return Frequency(fmean(clocks)) if clocks else None


def voltage(values: Iterable[object], fraction: float) -> Voltage | None:
    """Return the mean of the voltages above zero, given in a fraction of a volt."""
    known = [volts for value in values if (volts := number(value))]
    return Voltage(fmean(known) / fraction) if known else None


def count(value: object) -> int | None:
    """Return a number of things, or None."""
    found = amount(value, _MOST_THINGS)
    return None if found is None else int(found)


def amount(value: object, most: float = inf) -> float | None:
    """Return a number from zero to the most that there can be, or None."""
    found = number(value)
    return None if found is None or not 0 <= found <= most else found


def difficulty(value: object) -> float | None:
    """Return how rare a share is, or None."""
    return amount(value, _MOST_DIFFICULT)


def wattage(value: object) -> float | None:
    """Return a power above zero that a miner can draw in W, or None."""
    found = number(value)
    return found if found and Power(found).is_plausible else None


def percentage(value: object) -> int | None:
    """Return a whole number from 0 to 100, or None."""
    found = number(value)
    return None if found is None or not 0 <= found <= 100 else round(found)


def hashrate(value: object, unit: HashRateUnit) -> HashRate | None:
    """Return a hash rate above zero that is given in a unit, or None."""
    rate = number(value)
    if not rate or not HashRate(rate, unit).is_plausible:
        return None
    return HashRate(HashRate(rate, unit).to(HashRateUnit.TH))


def counters(summary: Mapping[str, Any]) -> OperationalData | None:
    """Return what cgminer's summary counts, None if it counts nothing."""
    found = OperationalData(
        shares_accepted=count(summary.get("Accepted")),
        shares_rejected=count(summary.get("Rejected")),
        blocks_found=count(summary.get("Found Blocks")),
        best_difficulty=difficulty(summary.get("Best Share")),
    )
    return None if found == OperationalData() else found


def in_slots(
    boards: Iterable[tuple[int | None, Hashboard]],
) -> tuple[Hashboard, ...]:
    """Return boards in the order of their slots, of which some may be empty."""
    by_slot = {
        slot: board
        for slot, board in boards
        if slot is not None and 0 <= slot < _MOST_SLOTS
    }
    last = max(by_slot, default=-1)
    return tuple(by_slot.get(slot, Hashboard()) for slot in range(last + 1))


def _active_pool(pools: Iterable[Any]) -> str | None:
    """Return the address of the pool that is worked for."""
    return next((str(pool.url) for pool in pools if pool.active and pool.url), None)


def _described(error: Any) -> str:
    """Return what pyasic says of one of the device's errors."""
    data = error.model_dump()
    message, code = data.get("error_message"), data.get("error_code")
    return " ".join(str(part) for part in (message, code and f"({code})") if part)
