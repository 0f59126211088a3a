"""What every firmware has in common, as pyasic speaks to it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any, ClassVar

from ....const import LOGGER
from ....domain.features import MinerFeatureType
from ....domain.values import FanSetting, Frequency, Voltage
from ...errors import CommandRefusedError, UnsupportedError
from ...snapshot import Snapshot
from ..adapter import PyasicDevice, tell
from ..limits import in_short

VOLTAGE = MinerFeatureType.VOLTAGE_MONITORING
FREQUENCY = MinerFeatureType.FREQUENCY_MONITORING
STATUS = MinerFeatureType.STATUS_MONITORING
MINING = MinerFeatureType.MINING_CONTROL
FAN = MinerFeatureType.INTERNAL_FAN_CONTROL

# Whoever stops a miner has to see whether it stopped.
NEEDS_STATUS = frozenset({STATUS, MINING})

# Bitmain's older interface, which many firmwares kept; pyasic takes the boards'
# sensors for the chips' there, and the reverse.
_SWAPS_SENSORS = frozenset({"BMMiner", "AntminerOld"})

type Features = frozenset[MinerFeatureType]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSensors:
    """Where pyasic's boards hold which temperature; None where they do not."""

    chip: str | None = "chip_temp"
    board: str | None = "temp"
    inlet: str | None = "inlet_temp"
    outlet: str | None = "outlet_temp"


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

    def __init__(self, device: PyasicDevice) -> None:
        """Speak to a device."""
        self.device = device
        self.miner = device.miner

    @property
    def supported(self) -> Features:
        """Return what the firmware can do beyond monitoring pyasic's data."""
        can_stop = self.device.implements("stop_mining")
        return self.features | ({MINING} if can_stop else frozenset())

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

    async def read_data(self, items: Iterable[str]) -> Any:
        """Read pyasic's plain data."""
        return await self.device.get_data(frozenset(items))

    async def read_extras(self, wanted: Features) -> Snapshot:  # noqa: ARG002
        """Read what pyasic leaves out or has wrong, as far as it is wanted."""
        return Snapshot()

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

    async def _command(self, method: str) -> None:
        """Give one of pyasic's commands; raise CommandRefusedError if refused."""
        if await tell(getattr(self.miner, method)) is False:
            raise CommandRefusedError(f"{self.miner} refused {method}")


async def answer_to(call: Callable[..., Awaitable[Any]], *args: Any) -> dict[str, Any]:
    """Return the answer to one of the library's reads, empty if there is none.

    What is read beyond the plain data may be missing without harm to the rest.
    """
    try:
        answer = await call(*args)
    except Exception as err:  # noqa: BLE001 - the library raises what comes up
        LOGGER.debug("No answer to %s: %s", call, in_short(err))
        return {}
    return section(answer)


def section(value: object) -> dict[str, Any]:
    """Return a part of an answer that should be an object, empty if it is not."""
    return dict(value) if isinstance(value, Mapping) else {}


def rows(value: object) -> list[dict[str, Any]]:
    """Return a part of an answer that should be a list of objects."""
    return [section(item) for item in value] if isinstance(value, list) else []


def number(value: object) -> float | None:
    """Return a number that a device may also write as text, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def frequency(values: Iterable[object]) -> Frequency | None:
    """Return the mean of the clocks in MHz that are above zero."""
    clocks = [clock for value in values if (clock := number(value))]
    return Frequency(fmean(clocks)) if clocks else None


def voltage(values: Iterable[object], fraction: float) -> Voltage | None:
    """Return the mean of the voltages above zero, given in a fraction of a volt."""
    known = [volts for value in values if (volts := number(value))]
    return Voltage(fmean(known) / fraction) if known else None
