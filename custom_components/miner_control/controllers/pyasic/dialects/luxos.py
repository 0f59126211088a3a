"""Luxor's firmware, LuxOS.

Field names and meanings are those of a recorded S19k Pro with 2025.4.8 and of the
manufacturer's pages on its API (docs.luxor.tech/firmware/api, 2025), which has an S9.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSetting,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Temperature,
)
from ...errors import CommandRefusedError, UnsupportedError
from ...network.device import Signs
from ...network.limits import in_short
from ...network.parsing import (
    count,
    counters,
    first,
    frequency,
    hashrate,
    hottest,
    in_slots,
    number,
    percentage,
    rows,
    temperature,
    wattage,
)
from ..device import tell
from ..interface import Lasting
from . import bitmain_stats
from .base import (
    BOARDS,
    FAN,
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MAX_POWER,
    OPERATION,
    POWER_LIMIT,
    PRESET,
    BoardSensors,
    Dialect,
    answer_to,
    word_in,
)

_TYPES = MinerFeatureType
# What rests on the profiles, of which a device has some 25.
_OF_PROFILES: Final = frozenset({PRESET, POWER_LIMIT, MAX_POWER})
_OF_BOARDS: Final = frozenset(
    {
        BOARDS,
        FREQUENCY,
        _TYPES.CHIP_TEMPERATURE_MONITORING,
        _TYPES.BOARD_TEMPERATURE_MONITORING,
    }
)
# Words of `SystemStatus` beside "Normal"; the manufacturer lists none of them.
_WORDS: Final = (
    (MinerStatus.IDLE, ("sleep", "idle", "curtail", "paus", "stop")),
    (MinerStatus.STARTING, ("init", "start", "boot", "ramp", "wak")),
    (MinerStatus.ERROR, ("err", "fail", "fault", "panic", "overtemp", "protect")),
)
# Nobody is asked for the light.
_DARK: Final = ("auto", "off")


@dataclass(frozen=True, slots=True)
class _Profile:
    """A combination of clock and voltage, as the device estimates it."""

    name: str
    watts: float | None

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self | None:
        """Read an entry of `profiles`, None if it has no name."""
        name = row.get("Profile Name")
        return cls(str(name), wattage(row.get("Watts"))) if name else None


class LuxOsDialect(Dialect):
    """LuxOS, whose means since the start pyasic takes for hash rates.

    All that is read comes in one joined question; what changes anything needs a
    session, of which the device has one at a time and ends it after a minute.
    """

    backends = frozenset({"LUXMiner"})
    features = frozenset({FREQUENCY, FAN, PRESET, POWER_LIMIT, MAX_POWER, MAX_HASHRATE})
    reads_status = True
    unread_items = frozenset({"hashrate", "hashboards"})
    showing_identity = frozenset(_TYPES)
    # What lasts is no sign of life: it is told only along with the state.
    # pyasic reads no errors, and says that there are none.
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {
        OPERATION: frozenset({"pools"})
    }
    lasting: ClassVar[Lasting] = {
        "profiles": ("PROFILES.Profile Name", "PROFILES.Watts")
    }

    @property
    @override
    def board_sensors(self) -> BoardSensors:
        """Leave the temperatures to `read_extras`: pyasic averages some of them."""
        return BoardSensors(chip=None, board=None, inlet=None, outlet=None)

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what is asked for beside pyasic's data; the state always is."""
        more = {
            "devs": wanted & _OF_BOARDS,
            "stats": wanted & _OF_BOARDS,
            "tempctrl": FAN in wanted,
            "fans": FAN in wanted,
            "profiles": wanted & _OF_PROFILES,
        }
        return frozenset({"summary", "config", *(c for c in more if more[c])})

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the state, the hash rate as it is now, boards, fans and profiles."""
        rpc = self.miner.rpc
        config = await self._config()
        summary = first((await answer_to(rpc.summary)).get("SUMMARY"))
        found = Snapshot(
            status=word_in(config, _status(config)),
            hashrate=_present(summary, "GHS 5s", HashRateUnit.GH),
            operation=counters(summary),
            max_hashrate=hashrate(config.get("NameplateTHS"), HashRateUnit.TH),
            is_locating=_is_locating(config),
        )
        if wanted & _OF_BOARDS:
            found = await self._with_boards(found)
        if FAN in wanted:
            found = replace(found, internal_fan=await self._fan())
        if wanted & _OF_PROFILES and config:
            found = await self._with_profiles(found, str(config.get("Profile") or ""))
        return found

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read the pool and the errors; the light comes with the state."""
        facts = await super().read_facts(wanted - {LOCATE})
        if OPERATION not in wanted:
            return facts
        told = (await answer_to(self.miner.rpc.send_command, "events")).get("EVENTS")
        errors = None if told is None else tuple(map(_described, rows(told)))
        known = facts.operation or OperationalData()
        return replace(facts, operation=replace(known, errors=errors))

    @override
    async def read_signs(self) -> Signs:
        """Read who the device is, as its configuration tells."""
        config = await self._config()
        return Signs(mac=config.get("MACAddr"), serial=_serial(config))

    @override
    async def read_mac(self) -> object:
        """Read the MAC address, which pyasic forgets."""
        return (await self._config()).get("MACAddr")

    @override
    async def read_serial(self) -> str | None:
        """Read the serial number, which pyasic does not ask for."""
        return _serial(await self._config())

    @override
    async def read_hostname(self) -> str | None:
        """Read the host name, which pyasic does not ask for."""
        return str((await self._config()).get("Hostname") or "") or None

    @override
    async def start_mining(self) -> None:
        """Wake it up."""
        await self._write("curtail", "wakeup")

    @override
    async def stop_mining(self) -> None:
        """Put it to sleep, which switches boards and supply off."""
        await self._write("curtail", "sleep")

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage, or let the firmware rule them."""
        speed = -1 if setting.automatic else setting.percent
        await self._write("fanset", f"speed={speed}")

    @override
    async def select_preset(self, preset: str) -> None:
        """Set a profile."""
        if preset not in {profile.name for profile in await self._profiles()}:
            raise UnsupportedError(f"{self.miner} has no profile {preset!r}")
        await self._set_profile(preset)

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Set the profile that takes the most power within a limit."""
        powers = {p.name: p.watts for p in await self._profiles() if p.watts}
        within = [name for name, power in powers.items() if power <= watts]
        if not within:
            raise UnsupportedError(f"{self.miner} has no profile within {watts:g} W")
        await self._set_profile(max(within, key=lambda name: powers[name]))

    @override
    async def reboot(self) -> None:
        """Restart the device."""
        await self._write("rebootdevice")

    @override
    async def restart_mining(self) -> None:
        """Restart the mining process."""
        await self._write("resetminer")

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Let the red light blink, or leave it to the firmware."""
        await self._write("ledset", "red", "blink" if locating else "auto")

    async def _config(self) -> dict[str, Any]:
        """Read the configuration, which also tells the state."""
        return first((await answer_to(self.miner.rpc.config)).get("CONFIG"))

    async def _with_boards(self, found: Snapshot) -> Snapshot:
        """Return what the boards tell along with the rest."""
        rpc = self.miner.rpc
        devices = rows((await answer_to(rpc.devs)).get("DEVS"))
        stats = rows((await answer_to(rpc.stats)).get("STATS"))
        told = next((row for row in stats if "chain_acn1" in row), {})
        before = bitmain_stats.numbers_before(told)
        boards = in_slots(
            (slot, _board(row, told, before + slot + 1))
            for row in devices
            if (slot := count(row.get("ASC"))) is not None
        )
        clocks = [board.frequency.megahertz for board in boards if board.frequency]
        return replace(
            found,
            frequency=frequency(clocks),
            hashboards=boards or None,
            chip_temperature=hottest(board.chip_temperature for board in boards),
            board_temperature=hottest(board.board_temperature for board in boards),
        )

    async def _with_profiles(self, found: Snapshot, current: str) -> Snapshot:
        """Return the profiles along with the rest, as preset and as power limit."""
        profiles = await self._profiles()
        powers = sorted({profile.watts for profile in profiles if profile.watts})
        names = tuple(profile.name for profile in profiles)
        set_to = next((p.watts for p in profiles if p.name == current), None)
        return replace(
            found,
            presets=Presets(names, current or None) if names else None,
            power_limit=PowerLimit(set_to, powers[0], powers[-1], levels=tuple(powers))
            if powers
            else None,
            max_power=Power(powers[-1]) if powers else None,
        )

    async def _profiles(self) -> list[_Profile]:
        """Read the profiles, in the device's order."""
        told = rows((await answer_to(self.miner.rpc.profiles)).get("PROFILES"))
        return [found for found in map(_Profile.from_row, told) if found]

    async def _fan(self) -> FanSetting | None:
        """Read how the fans are ruled; None where the device has none."""
        rpc = self.miner.rpc
        fans = rows((await answer_to(rpc.fans)).get("FANS"))
        mode = str(first((await answer_to(rpc.tempctrl)).get("TEMPCTRL")).get("Mode"))
        speeds = [percentage(fan.get("Speed")) for fan in fans]
        speed = next((percent for percent in speeds if percent is not None), None)
        if not fans or mode == "None":
            return None
        return FanSetting(speed, automatic=mode != "Manual")

    async def _set_profile(self, profile: str) -> None:
        """Set a profile; the thermal management, which sets its own, is put aside."""
        told = first((await answer_to(self.miner.rpc.atm)).get("ATM"))
        managed = told.get("Enabled") is True
        if managed:
            await self._write("atmset", "enabled=false")
        try:
            await self._write("profileset", profile)
        finally:
            if managed:
                await self._write("atmset", "enabled=true")

    async def _write(self, command: str, *arguments: str) -> None:
        """Give a command in a session; raise CommandRefusedError if refused."""
        rpc = self.miner.rpc
        session, is_own = await self._session()
        try:
            await tell(rpc.send_command, command, session, *arguments)
        except Exception as err:
            if isinstance(err, OSError | TimeoutError):
                raise
            raise CommandRefusedError(
                f"{self.miner} refused {command}: {in_short(err)}"
            ) from err
        finally:
            if is_own:
                await answer_to(rpc.send_command, "logoff", session)

    async def _session(self) -> tuple[str, bool]:
        """Return a session, and whether it was made for this command.

        The device has one at a time: where another client did not end its own, that
        is used, as the manufacturer's own programs do.
        """
        rpc = self.miner.rpc
        made = first((await answer_to(rpc.logon)).get("SESSION")).get("SessionID")
        if made:
            return str(made), True
        found = first((await answer_to(rpc.session)).get("SESSION")).get("SessionID")
        if found:
            return str(found), False
        raise CommandRefusedError(f"{self.miner} gives no session")


def _status(config: dict[str, Any]) -> MinerStatus | None:
    """Return what the device says of itself, None if nothing."""
    curtailed = config.get("CurtailMode")
    if curtailed is None:
        # Before 2024 it told no more than whether the supply is on.
        return MinerStatus.IDLE if config.get("IsPowerSupplyOn") is False else None
    if str(curtailed).lower() not in ("none", ""):
        return MinerStatus.IDLE
    said = str(config.get("SystemStatus") or "").lower()
    for status, signs in _WORDS:
        if any(sign in said for sign in signs):
            return status
    return MinerStatus.ON


def _is_locating(config: dict[str, Any]) -> bool | None:
    """Tell whether somebody asked for the light: `auto` is the firmware's own use."""
    led = config.get("RedLed")
    return None if led is None else str(led).lower() not in _DARK


def _described(event: dict[str, Any]) -> str:
    """Return what the device says of an event that goes on."""
    board, text = event.get("ID"), str(event.get("Description") or event.get("Code"))
    return text if board is None else f"{text} (board {board})"


def _serial(config: dict[str, Any]) -> str | None:
    """Return the serial number, None if there is none."""
    return str(config.get("SerialNumber") or "").strip() or None


def _present(row: dict[str, Any], name: str, unit: HashRateUnit) -> HashRate | None:
    """Return a present hash rate in TH/s, which may be none at all."""
    rate = number(row.get(name))
    return None if rate is None else HashRate(HashRate(rate, unit).to(HashRateUnit.TH))


def _board(row: dict[str, Any], stats: dict[str, Any], n: int) -> Hashboard:
    """Return a board by its entry in `devs` and its part of `stats`, of a number.

    The firmware fills `temp_chip` from the board's sensors where the chips have none.
    On an S9 both have older names, and the entry holds the heat of the chips.
    """
    on_board = stats.get(f"temp_pcb{n}", stats.get(f"temp{n}"))
    on_chips = stats.get(f"temp_chip{n}", stats.get(f"temp2_{n}"))
    return Hashboard(
        chip_temperature=_in_list(on_chips) if on_chips != on_board else None,
        board_temperature=_in_list(on_board) or temperature(row.get("Temperature")),
        frequency=_clock(stats.get(f"freq{n}") or stats.get(f"freq_avg{n}")),
        hashrate=_present(row, "MHS 5s", HashRateUnit.MH),
        nominal_hashrate=hashrate(row.get("Nominal MHS"), HashRateUnit.MH),
        chips=count(stats.get(f"chain_acn{n}")) or None,
    )


def _clock(told: object) -> Frequency | None:
    """Return a clock in MHz, None while it stands still."""
    return frequency([told])


def _in_list(told: object) -> Temperature | None:
    """Return the highest of the temperatures that a text lists, such as 47-34-34-47."""
    return hottest(temperature(part) for part in str(told or "").split("-"))
