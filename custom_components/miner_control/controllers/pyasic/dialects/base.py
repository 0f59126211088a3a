"""What every firmware has in common, as pyasic speaks to it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Final, override

from ....const import LOGGER
from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.ports import PORTS
from ....domain.snapshot import Features, Snapshot
from ....domain.values import HashRateUnit, OperationalData
from ...errors import CommandRefusedError
from ...network.device import NetworkDevice, Signs
from ...network.limits import in_short
from ...network.parsing import counters, first, rows, section, wattage
from ..device import PyasicDevice, tell
from ..interface import Lasting

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

# Where a dialect remembers the most power in W that its device was seen to take.
RATED_POWER = "rated_power"

_SIGNS_OF_LIFE: Final = frozenset({"hashrate", "status"})

# Whoever stops a miner has to see whether it stopped.
NEEDS_STATUS = frozenset({STATUS, MINING})

# Bitmain's older interface, which many firmwares kept; pyasic takes the boards'
# sensors for the chips' there, and the reverse.
_SWAPS_SENSORS = frozenset({"BMMiner", "AntminerOld"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSensors:
    """Where pyasic's boards hold which temperature; None where they do not."""

    chip: str | None = "chip_temp"
    board: str | None = "temp"
    inlet: str | None = "inlet_temp"
    outlet: str | None = "outlet_temp"


class Dialect(NetworkDevice):
    """Firmware that pyasic speaks to without known oddities."""

    # Class names of pyasic that this dialect is for.
    backends: ClassVar[frozenset[str]] = frozenset()
    # What it adds to pyasic's plain data.
    features: ClassVar[Features] = frozenset()
    # Whether it reads the status itself, so that pyasic need not.
    reads_status: ClassVar[bool] = False
    # Whether it reads the boards itself, so that pyasic's are not looked at.
    reads_boards: ClassVar[bool] = False
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
    # What of pyasic's data is not read, since the dialect knows it better.
    unread_items: ClassVar[frozenset[str]] = frozenset()
    # Questions whose answers do not change while the device runs.
    lasting: ClassVar[Lasting] = {}

    def __init__(
        self, device: PyasicDevice, memory: MutableMapping[str, Any] | None = None
    ) -> None:
        """Speak to a device; what is written to `memory` is known after a restart."""
        super().__init__(device.host)
        self.device = device
        self.miner = device.miner
        self.memory: MutableMapping[str, Any] = {} if memory is None else memory

    @property
    def supported(self) -> Features:
        """Return what it can do beyond pyasic's data, as far as nobody has to ask."""
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
    def algorithm(self) -> str:
        """Return what the device hashes, by pyasic's name for it."""
        return str(self.miner.algo)

    @property
    def unit(self) -> HashRateUnit:
        """Return the unit that is usual for the algorithm."""
        name = str(self.miner.algo.unit.default).replace("K", "k")
        return HashRateUnit(name) if name in HashRateUnit else HashRateUnit.TH

    @property
    def board_sensors(self) -> BoardSensors:
        """Return where to find the temperatures of boards."""
        if self.reads_boards:
            return BoardSensors(inlet=None, outlet=None)
        if self.device.implementer("_get_hashboards") in _SWAPS_SENSORS:
            return BoardSensors(chip="temp", board="chip_temp")
        return BoardSensors()

    @property
    @override
    def has_gaps(self) -> bool:
        return self.device.has_gaps

    @override
    def forget(self) -> None:
        """Forget what was remembered: another device may answer next."""
        self.device.forget()

    @override
    def round(self, wanted: Features) -> AbstractContextManager[None]:
        """Ask each question once for as long as features are read."""
        return self.device.round(self.lasting, self.asked_along(wanted))

    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what `read_extras` asks the RPC interface beyond pyasic's data."""
        return frozenset({"summary"} if OPERATION in wanted else ())

    async def explore(self) -> Features:
        """Return what this device can do; ask it where that differs, when linking."""
        return self.supported

    async def read_data(self, items: Iterable[str]) -> Any:
        """Read pyasic's plain data."""
        return await self.device.get_data(frozenset(items))

    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read what pyasic leaves out or has wrong, as far as it is wanted."""
        return Snapshot(operation=await self.read_counters(wanted))

    async def read_facts_once(self, wanted: Features) -> Snapshot:
        """Read what changes rarely, in a round of its own."""
        with self.device.round(self.lasting, ()):
            return await self.read_facts(wanted)

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

    @override
    async def read_mac(self) -> object:
        """Read the MAC address as the device tells it."""
        return (await self.read_data({"mac"})).mac

    @override
    async def read_serial(self) -> str | None:
        """Read what tells this device from all others that have no MAC address."""
        serial = (await self.read_data({"serial_number"})).serial_number
        return str(serial) if serial else None

    async def read_model(self) -> str | None:
        """Read the model where pyasic does not ask for it."""
        return None

    async def read_hostname(self) -> str | None:
        """Read the host name where pyasic does not."""
        return None

    async def read_firmware_version(self) -> str | None:
        """Read the version of the firmware where pyasic reads something else."""
        return None

    @override
    async def refuses_login(self) -> bool:
        """Ask the device whether it refuses the login; False if it says no such thing.

        Only firmware that pyasic is vague about has to be asked.
        """
        return False

    @override
    async def start_mining(self) -> None:
        """Let the device mine."""
        await self._command("resume_mining")

    @override
    async def stop_mining(self) -> None:
        """Stop mining."""
        await self._command("stop_mining")

    @override
    async def reboot(self) -> None:
        """Restart the device."""
        await self._command("reboot")

    @override
    async def restart_mining(self) -> None:
        """Restart mining, and leave the device up."""
        await self._command("restart_backend")

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light by which the device is found on or off."""
        await self._command("fault_light_on" if locating else "fault_light_off")

    def note_rating(self, limit: float | None) -> float | None:
        """Remember a power in W that the device may take; return the highest so far."""
        known = wattage(self.memory.get(RATED_POWER))
        if limit is None or (known is not None and known >= limit):
            return known
        self.memory[RATED_POWER] = limit
        return limit

    async def _command(self, method: str) -> None:
        """Give one of pyasic's commands; raise CommandRefusedError if refused."""
        if await tell(getattr(self.miner, method)) is False:
            raise CommandRefusedError(f"{self.miner} refused {method}")


def word_in(answer: object, word: MinerStatus | None) -> MinerStatus | None:
    """Return what a device says of itself; UNKNOWN where the answer is missing.

    `answer` holds the word, if the device gave any answer at all.
    """
    return word if answer else word or MinerStatus.UNKNOWN


def only_wanted(found: Snapshot, wanted: Features) -> Snapshot:
    """Return what was read, less what no feature wants; signs of life stay."""
    shown = _SIGNS_OF_LIFE.union(*(PORTS[kind].fields for kind in wanted))
    unwanted = {field.name for field in fields(found)} - shown
    return replace(found, **dict.fromkeys(unwanted))


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


def _active_pool(pools: Iterable[Any]) -> str | None:
    """Return the address of the pool that is worked for."""
    return next((str(pool.url) for pool in pools if pool.active and pool.url), None)


def _described(error: Any) -> str:
    """Return what pyasic says of one of the device's errors."""
    data = error.model_dump()
    message, code = data.get("error_message"), data.get("error_code")
    return " ".join(str(part) for part in (message, code and f"({code})") if part)
