"""Canaan's firmware."""

from collections.abc import Iterable
from dataclasses import replace
import re
import time
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType
from ....domain.snapshot import Features, Snapshot
from ....domain.values import FanSetting, Presets
from ...errors import CommandRefusedError, UnsupportedError
from ...network.device import Signs
from ...network.limits import in_short
from ...network.parsing import first, rows, section
from ..device import tell
from .avalon_module import Module, Supply
from .base import (
    FAN,
    FREQUENCY,
    LOCATE,
    MINING,
    OPERATION,
    PRESET,
    VOLTAGE,
    BoardSensors,
    Dialect,
    answer_to,
    only_wanted,
)

_POWER = MinerFeatureType.POWER_MONITORING
# What pyasic reads of the module, and partly has wrong.
_OF_MODULE: Final = frozenset(
    {"expected_hashrate", "hashboards", "env_temp", "wattage", "fans"}
)
# Where the version of the firmware stands; `CGMiner` is another program's.
_VERSIONS: Final = ("VERSION", "LVERSION", "BVERSION", "CGVERSION")

_DONE: Final = "ASC 0 set OK"
_REFUSED: Final = "set failed"
# How the library tells of an answer without content.
_NO_ANSWER: Final = ("No data returned", "Expecting value: line 1 column 1")
# How long from now, by the device's own clock, a switch is to work.
_SWITCH_DELAY: Final = 5
_FAN_PERCENT: Final = "fan_percent"
_LEAST_FAN_PERCENT: Final = 15
_AUTOMATIC: Final = "-1"
# How far a fan may run from what it was set to.
_FAN_TOLERANCE: Final = 3


class AvalonDialect(Dialect):
    """An Avalon, whose module tells all in one text of `Name[value]`.

    pyasic reads of it a mean since the start for the hash rate, the chips' mean and
    highest temperatures for those of boards and air, and the version of cgminer for
    the firmware's; it leaves out fans, and the words of the state.
    """

    backends = frozenset({"AvalonMiner"})
    features: ClassVar[Features] = frozenset({FREQUENCY, VOLTAGE, _POWER})
    reads_status = True
    showing_identity = frozenset(MinerFeatureType)
    unread_items = _OF_MODULE
    can_reboot = True
    can_restart_mining = True
    fact_items: ClassVar[Any] = {OPERATION: frozenset({"pools"})}
    supply: ClassVar[Supply] = Supply()
    # The names of the modes, by their numbers, where the module tells of one, and
    # the option that sets it.
    modes: ClassVar[tuple[str, ...]] = ()
    mode_field: ClassVar[str] = "WORKMODE"
    mode_option: ClassVar[str] = "workmode"

    @property
    @override
    def board_sensors(self) -> BoardSensors:
        """Return where to find the temperatures of boards."""
        return BoardSensors(board=None, inlet=None, outlet=None)

    @property
    @override
    def supported(self) -> Features:
        """Return what a device can do that does not list its options."""
        return super().supported - {LOCATE} | ({PRESET} if self.modes else frozenset())

    @override
    async def explore(self) -> Features:
        """Return what the device lists among its options, or can do without a list."""
        found, options = self.supported, await self._options()
        if "led" in options or (await self._module()).is_locating is not None:
            found |= {LOCATE}
        if "fan-spd" in options:
            found |= {FAN}
        if options and "softoff" not in options:
            found -= {MINING}
        if options and self.mode_option not in options:
            found -= {PRESET}
        return found

    async def _options(self) -> frozenset[str]:
        """Ask which options can be set; old firmware does not tell."""
        try:
            told = str(await self._answer_to_set("help"))
        except Exception as err:  # noqa: BLE001 - the library raises what comes up
            told = in_short(err)
        listed = re.search(r"[\w|-]+\|[\w|-]*", told)
        return frozenset(listed.group().split("|") if listed else ())

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return the question that the module answers, and that for the counters."""
        return super().asked_along(wanted) | {"estats"}

    @override
    async def read_data(self, items: Iterable[str]) -> Any:
        """Read pyasic's plain data, with the time since the start of the module."""
        wanted = frozenset(items)
        data = await super().read_data(wanted - {"uptime"})
        if "uptime" in wanted:
            uptime = (await self._module()).uptime
            data.uptime = None if uptime is None else int(uptime.total_seconds())
        return data

    @override
    async def read_signs(self) -> Signs:
        """Read the serial number, which the module tells with all the rest."""
        return Signs(serial=await self.read_serial())

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read what the module tells."""
        found = self._snapshot_of(await self._module())
        counted = await self.read_counters(wanted)
        return only_wanted(replace(found, operation=counted), wanted)

    @override
    async def read_mac(self) -> object:
        """Read the MAC address from the versions, else from a page as pyasic does."""
        return (await self._versions()).get("MAC") or await super().read_mac()

    @override
    async def read_serial(self) -> str | None:
        """Read the number that every module has of its own."""
        return (await self._module()).serial

    @override
    def recognizes(self, linked: str, serial: str) -> bool:
        """Tell whether two serial numbers are the same; pyasic makes numbers of some.

        It dropped leading zeros, and took an `e` among digits for an exponent.
        """
        return linked in (serial, _as_number(serial))

    @override
    async def read_firmware_version(self) -> str | None:
        """Read the version of the firmware instead of cgminer's."""
        told = await self._versions()
        known = next((str(told[name]) for name in _VERSIONS if told.get(name)), None)
        return known or (await self._module()).version

    @override
    async def start_mining(self) -> None:
        """Switch on; a device that wakes up may do so without an answer."""
        await self._switch("softon")

    @override
    async def stop_mining(self) -> None:
        """Switch off, and stay reachable."""
        await self._switch("softoff")

    @override
    async def select_preset(self, preset: str) -> None:
        """Set the mode."""
        if preset not in self.modes:
            raise UnsupportedError(f"{self.miner} has no mode {preset!r}")
        # As text, since the library leaves out a zero.
        await self._set(f"{self.mode_option},set", str(self.modes.index(preset)))

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage, or let the device rule them."""
        if setting.automatic or setting.percent is None:
            await self._set("fan-spd", _AUTOMATIC)
            self.memory.pop(_FAN_PERCENT, None)
            return
        if setting.percent < _LEAST_FAN_PERCENT:
            raise UnsupportedError(
                f"{self.miner} takes {_LEAST_FAN_PERCENT} to 100 % for its fans"
            )
        await self._set("fan-spd", str(setting.percent))
        self.memory[_FAN_PERCENT] = setting.percent

    @override
    async def reboot(self) -> None:
        """Restart the device, where pyasic would restart cgminer alone."""
        await self._set("reboot", "0")

    @override
    async def restart_mining(self) -> None:
        """Restart cgminer."""
        answer = section(await tell(self.miner.rpc.restart))
        if answer.get("STATUS") != "RESTART":
            raise CommandRefusedError(f"{self.miner} did not restart mining")

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off."""
        await self._set("led", f"1-{int(locating)}")

    async def _switch(self, option: str) -> None:
        """Switch on or off in a moment, by the device's clock, which may be wrong."""
        now = (await self._module()).clock or time.time()
        said = await self._answer_to_set(option, f"1:{int(now) + _SWITCH_DELAY}")
        if said is not None and "success" not in said and said != _DONE:
            raise CommandRefusedError(f"{self.miner} refused {option}: {said}")

    async def _set(self, option: str, value: str) -> None:
        """Set an option; raise CommandRefusedError if it was not taken."""
        if (said := await self._answer_to_set(option, value)) != _DONE:
            raise CommandRefusedError(f"{self.miner} refused {option}: {said}")

    async def _answer_to_set(self, option: str, value: str | None = None) -> str | None:
        """Return what the device says to an option, None if it says nothing."""
        try:
            answer = section(await tell(self.miner.rpc.ascset, 0, option, value))
        except Exception as err:
            said = in_short(err)
            if any(sign in said for sign in _NO_ANSWER):
                return None
            if _REFUSED not in said:
                raise
            return said
        return str(first(answer.get("STATUS")).get("Msg"))

    def _snapshot_of(self, module: Module) -> Snapshot:
        """Return what the module tells, as all models call it."""
        return Snapshot(
            status=module.status,
            hashrate=module.hashrate,
            expected_hashrate=module.expected_hashrate,
            power=module.power(self.supply),
            voltage=module.voltage(self.supply),
            frequency=module.frequency,
            chip_temperature=module.temperature("TMax"),
            inlet_temperature=module.temperature("ITemp", "Temp"),
            outlet_temperature=module.temperature("HBOTemp", "OTemp"),
            internal_fan_speeds=module.fan_speeds,
            internal_fan=self._fan(module),
            hashboards=module.boards(),
            is_locating=module.is_locating,
            presets=self._presets(module),
        )

    def _presets(self, module: Module) -> Presets | None:
        """Return the modes and the one that is set."""
        mode = module.number(self.mode_field)
        if mode is None or mode not in range(len(self.modes)):
            return None
        return Presets(self.modes, self.modes[int(mode)])

    def _fan(self, module: Module) -> FanSetting | None:
        """Return how fast the fans run, by our own setting while they keep to it.

        No module tells whether its fans are automatic.
        """
        percent, set_to = module.fan_percent, self.memory.get(_FAN_PERCENT)
        if percent is None:
            return None
        kept = isinstance(set_to, int) and abs(percent - set_to) <= _FAN_TOLERANCE
        return FanSetting(set_to if kept else percent, automatic=not kept)

    async def _module(self) -> Module:
        """Read what the module tells, empty if it tells nothing."""
        return Module.from_answer(await answer_to(self.miner.rpc.estats))

    async def _versions(self) -> dict[str, Any]:
        """Read the versions, among which stand address and number of the device."""
        told = rows((await answer_to(self.miner.rpc.version)).get("VERSION"))
        return {name: value for row in told for name, value in row.items()}


class AvalonNano3Dialect(AvalonDialect):
    """The first Nano 3, a heater with its sensors and its watts in other places."""

    backends = frozenset({"CGMinerAvalonNano3"})
    has_intake_sensor = False
    supply = Supply(volts=4, watts=5)
    modes = ("low", "medium", "high")
    mode_field = "WORKLEVEL"
    mode_option = "worklevel"

    @override
    def _snapshot_of(self, module: Module) -> Snapshot:
        """Return what the module tells, as this model calls it."""
        found, board = super()._snapshot_of(module), module.temperature("Temp")
        volts = module.voltage(self.supply)
        boards = found.hashboards or ()
        return replace(
            found,
            board_temperature=board,
            inlet_temperature=None,
            hashboards=tuple(
                replace(known, board_temperature=board, voltage=volts)
                for known in boards
            )
            or None,
        )


class AvalonNano3sDialect(AvalonDialect):
    """The Nano 3S, whose supply tells millivolts (Canaan's own source)."""

    backends = frozenset({"CGMinerAvalonNano3s"})
    supply = Supply(per_volt=1000)
    modes = ("low", "medium", "high")


class AvalonQDialect(AvalonDialect):
    """The Avalon Q, a heater with modes of its own."""

    backends = frozenset({"CGMinerAvalonQHome"})
    modes = ("eco", "standard", "super")


class AvalonMini3Dialect(AvalonDialect):
    """The Mini 3, a heater that is to heat, to mine, or to be silent at night.

    Its `HBTemp` is that of the board (pyasic#312, 25011701).
    """

    backends = frozenset({"CGMinerAvalonMini3"})
    modes = ("heater", "mining", "night")

    @override
    def _snapshot_of(self, module: Module) -> Snapshot:
        """Return what the module tells, with the heat of the board."""
        found, board = super()._snapshot_of(module), module.temperature("HBTemp")
        return replace(
            found,
            board_temperature=board,
            hashboards=tuple(
                replace(known, board_temperature=board)
                for known in found.hashboards or ()
            )
            or None,
        )


def _as_number(serial: str) -> str | None:
    """Return what pyasic made of a serial number that looks like a number."""
    if serial.isdigit():
        return str(int(serial))
    try:
        return str(float(serial))
    except ValueError:
        return None
