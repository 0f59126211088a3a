"""One device, as asic-rs speaks to it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final, override

from ...domain.features import MinerFeatureType
from ...domain.snapshot import Features
from ...domain.values import FanSetting
from ..errors import (
    CommandRefusedError,
    ControllerAuthError,
    ControllerUnreachableError,
    NotAMinerError,
    UnsupportedError,
)
from ..network.address import NetworkAddress
from ..network.device import NetworkDevice
from . import library, logins
from .firmware import SLEEP, Firmware, firmware_of
from .library import Field, Found, Identity, Told

F = MinerFeatureType

# The library adds up what each of its questions waits for.
CALL_TIMEOUT: Final = 12.0

# The library gives a question five seconds, and tells nothing of one that took them:
# what took so long to read has gaps.
_GAP_AFTER: Final = 4.5

# How long what changes rarely is believed, in seconds, and how soon it is asked again
# for want of an answer: of one that there was before at first, and in the end.
SLOW_INTERVAL: Final = 600.0
FIRST_RETRY_INTERVAL: Final = 5.0
RETRY_INTERVAL: Final = 60.0

RATED_POWER: Final = "rated_power"
_MODE_BEFORE_SLEEP: Final = "mode_before_sleep"

_OF_BOARDS: Final = frozenset({Field.BOARDS})
_OF_STATE: Final = frozenset({F.STATUS_MONITORING, F.MINING_CONTROL})
# What each feature needs; what a status rests on depends on the firmware.
_FIELDS: Final[dict[MinerFeatureType, frozenset[Field]]] = {
    F.HASHRATE_MONITORING: frozenset({Field.EXPECTED}),
    F.POWER_MONITORING: frozenset({Field.WATTS}),
    F.CHIP_TEMPERATURE_MONITORING: _OF_BOARDS,
    F.BOARD_TEMPERATURE_MONITORING: _OF_BOARDS,
    F.INLET_TEMPERATURE_MONITORING: frozenset({Field.INLET}),
    F.OUTLET_TEMPERATURE_MONITORING: frozenset({Field.OUTLET}),
    F.FAN_SPEED_INTERNAL_MONITORING: frozenset({Field.FANS}),
    F.VOLTAGE_MONITORING: _OF_BOARDS,
    F.FREQUENCY_MONITORING: _OF_BOARDS,
    F.HASHBOARD_MONITORING: _OF_BOARDS,
    F.OPERATIONAL_MONITORING: frozenset(
        {Field.MESSAGES, Field.POOLS, Field.BEST, Field.SESSION_BEST}
    ),
    F.POWER_LIMIT_CONTROL: frozenset({Field.TARGET, Field.RANGE}),
    F.MAX_POWER_DETECTION: frozenset({Field.TARGET, Field.RANGE}),
    F.PRESET_CONTROL: frozenset({Field.TARGET}),
    F.LOCATE_CONTROL: frozenset({Field.LIGHT}),
}
_PRESETS: Final = frozenset({F.PRESET_CONTROL, F.POWER_LIMIT_CONTROL})

# Where what was asked stands in what was told.
_KEPT_IN: Final[dict[Field, tuple[str, ...]]] = {
    Field.MESSAGES: ("messages",),
    Field.POOLS: ("pools",),
    Field.LIGHT: ("light",),
    Field.EXPECTED: ("expected",),
    Field.TARGET: ("preset", "limit"),
    Field.RANGE: ("power_range",),
}
_SIGNS_OF_LIFE: Final = frozenset({Field.HASHRATE, Field.UPTIME})
IDENTITY: Final = frozenset({Field.MAC, Field.SERIAL, Field.HOSTNAME, Field.VERSION})


def fields_for(wanted: Features, firmware: Firmware) -> frozenset[Field]:
    """Return what to ask a device for some features, and as signs of life."""
    needed = _SIGNS_OF_LIFE.union(*(_FIELDS.get(each, ()) for each in wanted))
    if wanted & _OF_STATE:
        needed |= firmware.word_needs
    return (needed | firmware.along) - firmware.unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a device told, with what is set beside: that is asked rarely."""

    told: Told
    fan: FanSetting | None = None
    presets: tuple[str, ...] = ()


class AsicRsDevice(NetworkDevice):
    """A device that is found when it is first needed."""

    def __init__(
        self,
        host: str,
        address: NetworkAddress,
        memory: MutableMapping[str, Any] | None = None,
    ) -> None:
        """Remember how to log in; contact nothing."""
        super().__init__(host)
        self._address = address
        self._found: Found | None = None
        self._slow = Answers(told=Told())
        self._slow_until = 0.0
        self._slow_wanted: Features = frozenset()
        # Until when slow things that were told stand in for those that are not now,
        # which slow things were ever told, and how soon those are asked for again.
        self._slow_good_until = 0.0
        self._slow_seen: frozenset[str] = frozenset()
        self._slow_retry = FIRST_RETRY_INTERVAL
        self._has_gaps = False
        self.memory: MutableMapping[str, Any] = {} if memory is None else memory

    @property
    def identity(self) -> Identity:
        """Return what the device is; raise ControllerUnreachableError if unknown."""
        return self._known.identity

    @property
    def firmware(self) -> Firmware:
        """Return how the device differs from others."""
        return firmware_of(self.identity.firmware)

    @property
    def _known(self) -> Found:
        """Return what speaks to the device once it was found."""
        if self._found is None:
            raise ControllerUnreachableError(f"{self.host} was not found yet")
        return self._found

    def supports(self, ability: str) -> bool:
        """Tell whether the library has a command for the firmware."""
        return self._known.supports(ability)

    async def find(self) -> None:
        """Find out what answers; raise NotAMinerError for nothing that is known."""
        if self._found is not None:
            return
        given = logins.given_logins(self._address)
        self._found = await _within_limit(lambda: library.find(self.host, given))
        if self._found is None:
            raise NotAMinerError(f"{self.host} is not a miner that asic-rs knows")

    async def identify(self) -> None:
        """Find out what answers when it is linked.

        Raises NotAMinerError for nothing that is known, and ControllerAuthError where
        a miner refuses the login: the library cannot tell it from an empty address.
        """
        async with self.turn(CALL_TIMEOUT):
            try:
                await self.find()
            except NotAMinerError as err:
                if await self.refuses_login():
                    raise ControllerAuthError(f"{self.host} refuses the login") from err
                raise
            if self.firmware.has_login:
                await self.check_login()

    async def _connected(self) -> Found:
        """Return what speaks to the device, found anew after it was away."""
        try:
            await self.find()
        except NotAMinerError as err:
            raise ControllerUnreachableError(f"{self.host} does not answer") from err
        return self._known

    async def read(self, wanted: Features, also: Collection[Field] = ()) -> Answers:
        """Read what some features need, slow things from time to time.

        Raises ControllerUnreachableError when nothing was told.
        """
        found = await self._connected()
        fields = fields_for(wanted, self.firmware) | frozenset(also)
        is_due = monotonic() >= self._slow_until or not wanted <= self._slow_wanted
        asked = fields if is_due else fields - self.firmware.slow
        begin = monotonic()
        told = await _within_limit(lambda: found.read(asked))
        self._has_gaps = monotonic() - begin >= _GAP_AFTER
        if not told.is_alive:
            raise ControllerUnreachableError(f"{self.host} tells nothing")
        if is_due:
            await self._note_slow(found, told, wanted)
        return replace(self._slow, told=self._with_slow(told))

    async def _note_slow(self, found: Found, told: Told, wanted: Features) -> None:
        """Remember what is not asked again soon, and ask for what stands apart."""
        controls = self.controls & wanted
        fan: FanSetting | None = None
        presets: tuple[str, ...] = ()
        if F.INTERNAL_FAN_CONTROL in controls:
            fan = await _within_limit(found.fan)
        if self.firmware.presets_are_watts and controls & _PRESETS:
            presets = await _within_limit(found.presets)
        self._slow_wanted = wanted
        now = monotonic()
        apart = {"fan": fan, "presets": presets or None}
        seen = _told_in(self._slow_part(told) | apart)
        # What takes so long each time will not be told sooner for being asked more.
        is_quick = not self._has_gaps
        is_usual = self._slow_retry >= RETRY_INTERVAL
        is_whole = seen >= self._slow_seen and (is_quick or is_usual)
        if not is_whole and now < self._slow_good_until:
            # A question that hangs spoils nothing that was told before.
            told = replace(told, **self._missing_in(told))
            fan, presets = fan or self._slow.fan, presets or self._slow.presets
        self._slow_seen |= seen
        self._slow = Answers(told=told, fan=fan, presets=presets)
        if is_whole:
            wait = SLOW_INTERVAL if seen or not self.firmware.slow else RETRY_INTERVAL
            self._slow_good_until = now + wait + RETRY_INTERVAL
            if is_quick:
                self._slow_retry = FIRST_RETRY_INTERVAL
        else:
            wait = self._slow_retry
            self._slow_retry = min(2 * wait, RETRY_INTERVAL)
            if wait == RETRY_INTERVAL:
                # What is not told for so long is not there any more.
                self._slow_seen = seen
        self._slow_until = now + wait

    def _missing_in(self, told: Told) -> dict[str, Any]:
        """Return the slow things that were told before, and are not now."""
        before, now = self._slow_part(self._slow.told), self._slow_part(told)
        return {name: before[name] for name, value in now.items() if value is None}

    def _with_slow(self, told: Told) -> Told:
        """Return what was told, with what was told before of slow things."""
        return replace(told, **self._slow_part(self._slow.told))

    def _slow_part(self, told: Told) -> dict[str, Any]:
        """Return the slow things that were told."""
        names = (name for each in self.firmware.slow for name in _KEPT_IN[each])
        return {name: getattr(told, name) for name in names}

    @property
    @override
    def has_gaps(self) -> bool:
        """Tell whether a question was left unanswered when everything was read last."""
        return self._has_gaps

    @property
    def controls(self) -> Features:
        """Return what the device can be told, and shows that it did it."""
        supports = self.supports
        can_rest = self.identity.model not in self.firmware.always_mining
        can = {
            F.MINING_CONTROL: can_rest and supports("pause") and supports("resume"),
            F.INTERNAL_FAN_CONTROL: supports("fan_config"),
            F.POWER_LIMIT_CONTROL: supports("set_power_limit"),
            F.PRESET_CONTROL: supports("tuning_config"),
            F.RESTART_CONTROL: supports("restart"),
            F.LOCATE_CONTROL: supports("set_fault_light"),
        }
        return self.firmware.controls & {each for each, able in can.items() if able}

    @override
    def forget(self) -> None:
        """Forget what was found: another device may answer next."""
        self._found = None
        self._slow_seen = frozenset()
        self.forget_settings()

    @override
    def forget_settings(self) -> None:
        """Ask for everything at the next read: something was changed, or was away."""
        self._slow = Answers(told=Told())
        self._slow_until = self._slow_good_until = 0.0
        self._slow_retry = FIRST_RETRY_INTERVAL

    @override
    async def read_mac(self) -> object:
        """Read the MAC address; None where the library does not read it."""
        return (await self._read_alone(Field.MAC)).mac

    @override
    async def read_serial(self) -> str | None:
        """Read the serial number."""
        return (await self._read_alone(Field.SERIAL)).serial

    async def _read_alone(self, field: Field) -> Told:
        """Ask for one thing."""
        found = await self._connected()
        return await _within_limit(lambda: found.read({field}))

    @override
    async def check_login(self) -> None:
        """Raise ControllerAuthError if the device refuses the login it was given."""
        if await self.refuses_login():
            raise ControllerAuthError(f"{self.host} refuses the login")

    @override
    async def refuses_login(self) -> bool:
        """Ask the pages of the firmware; the library only falls silent."""
        return await logins.is_refused(self.host, self._address)

    @override
    async def start_mining(self) -> None:
        """Let the device mine, in the mode that it had before it was stopped."""
        found = await self._connected()
        mode = self.memory.get(_MODE_BEFORE_SLEEP)
        if self.firmware.sleeps and mode in self.firmware.modes:
            await self._set(lambda: found.set_mode(mode))
        else:
            await self._set(found.resume)

    @override
    async def stop_mining(self) -> None:
        """Stop mining, and remember the mode to go back to."""
        found = await self._connected()
        if self.firmware.sleeps:
            mode = (await self._read_alone(Field.TARGET)).preset
            if mode is not None:
                self.memory[_MODE_BEFORE_SLEEP] = mode
        await self._set(found.pause)

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage, or to automatic."""
        percent = None if setting.automatic else setting.percent
        found = await self._connected()
        await self._set(lambda: found.set_fan(percent))

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Limit the power, in whole watts: a fraction is refused."""
        found = await self._connected()
        await self._tell(lambda: found.set_limit(round(watts)))

    @override
    async def select_preset(self, preset: str) -> None:
        """Set a mode or preset."""
        found = await self._connected()
        if self.firmware.presets_are_watts:
            await self._tell(lambda: found.set_preset(preset))
        elif preset not in self.firmware.modes:
            raise UnsupportedError(f"{self.host} has no preset {preset!r}")
        elif preset == SLEEP:
            await self.stop_mining()
        else:
            await self._set(lambda: found.set_mode(preset))

    @override
    async def reboot(self) -> None:
        """Restart the device: it seldom answers in the way that is expected."""
        found = await self._connected()
        await self._tell(found.restart, results_lie=True)

    @override
    async def restart_mining(self) -> None:
        """Restart mining, and leave the device up."""
        await self.reboot()

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light by which the device is found on or off."""
        found = await self._connected()
        await self._tell(lambda: found.set_light(lit=locating))

    async def _set(self, command: Callable[[], Awaitable[bool]]) -> None:
        """Give a command that may write all settings anew."""
        if self.firmware.rewrites_pools:
            await self._require_pools()
        await self._tell(command)

    async def _tell(
        self, command: Callable[[], Awaitable[bool]], *, results_lie: bool = False
    ) -> None:
        """Give a command; that it was done shows when the device is read.

        Raises CommandRefusedError where the firmware is known to mean its refusals.
        """
        results_lie |= self.firmware.results_lie
        try:
            is_taken = await _within_limit(command)
        except RuntimeError:
            # The device may have done it, and answered in a way that is not expected.
            if not results_lie:
                raise
            return
        if is_taken:
            return
        if self.firmware.has_login:
            await self.check_login()
        if not results_lie:
            raise CommandRefusedError(f"{self.host} refused the command")

    async def _require_pools(self) -> None:
        """Raise unless the settings that would be written anew have their pools."""
        if not await _within_limit(self._known.has_pools):
            raise CommandRefusedError(f"{self.host} does not tell its pools")


def _told_in(slow: Mapping[str, Any]) -> frozenset[str]:
    """Name the slow things that were told."""
    return frozenset(name for name, value in slow.items() if value is not None)


async def _within_limit[T](call: Callable[[], Awaitable[T]]) -> T:
    """Await one of the library's calls, within our own limit."""
    async with asyncio.timeout(CALL_TIMEOUT):
        return await call()
